//! Who is here, and who is connected: what `install` and `doctor` show before anything is done.

use std::path::{Path, PathBuf};

use persistproc_api::{ErrorCode, Problem};
use serde::Serialize;
use serde_json::Value;

use super::edit::{Editor, Malformed};
use super::entry::leads_to;
use super::places::Places;
use super::{Agent, Door, Scope, file};
use crate::programs::on_path;

/// An agent that we know, and how it stands to persistproc.
#[derive(Debug, Serialize)]
pub(crate) struct Acquaintance {
    pub(crate) agent: Agent,
    pub(crate) name: &'static str,
    /// It has left traces on this machine, or its program is on the PATH.
    pub(crate) here: bool,
    #[serde(flatten)]
    pub(crate) state: State,
    /// Its settings for this user.
    pub(crate) file: PathBuf,
}

/// How an agent stands to persistproc.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum State {
    /// Its settings lead here.
    Connected,
    /// They say nothing of persistproc.
    Apart,
    /// They name persistproc, and lead somewhere else.
    Elsewhere { leads_to: String },
    /// They cannot be read or understood.
    Unreadable { error: Problem },
}

/// All agents.
pub(crate) fn around(places: &Places, door: &Door) -> Vec<Acquaintance> {
    Agent::all().iter().map(|agent| acquaintance(*agent, places, door)).collect()
}

fn acquaintance(agent: Agent, places: &Places, door: &Door) -> Acquaintance {
    let installed = || agent.facts().program.is_some_and(|name| on_path(name).is_some());
    Acquaintance {
        agent,
        name: agent.name(),
        here: places.has_traces_of(agent) || installed(),
        state: state(agent, places, door),
        file: places.settings(agent, Scope::User).unwrap_or_default(),
    }
}

fn state(agent: Agent, places: &Places, door: &Door) -> State {
    let found = places.settings(agent, Scope::User).and_then(|path| {
        let text = file::read(&path)?;
        agent.editor().read(&text).map_err(|malformed| problem(agent, &path, &malformed))
    });
    match found {
        Ok(None) => State::Apart,
        Ok(Some(found)) if leads_here(agent, &found, door) => State::Connected,
        Ok(Some(found)) => State::Elsewhere { leads_to: leads_to(&found) },
        Err(error) => State::Unreadable { error },
    }
}

/// Over whichever way.
fn leads_here(agent: Agent, found: &Value, door: &Door) -> bool {
    [false, true]
        .into_iter()
        .any(|stdio| agent.entry(agent.way(stdio), door).is_ok_and(|entry| entry.leads_as(found)))
}

impl Agent {
    pub(crate) fn editor(self) -> Editor {
        let facts = self.facts();
        Editor { syntax: facts.syntax, container: facts.container }
    }
}

/// Settings that are no settings: which file, which line, what now.
pub(crate) fn problem(agent: Agent, path: &Path, malformed: &Malformed) -> Problem {
    let Malformed { line, what } = malformed;
    let place = if *line == 0 { String::new() } else { format!(", line {line}") };
    let what = what.trim_end_matches('.');
    let message = format!("{}{place}: {what}.", path.display());
    Problem::new(ErrorCode::Storage, message).hint(format!(
        "Nothing was changed. Mend the file and try again, or see what to write there: \
         persistproc mcp print {}",
        agent.word()
    ))
}
