//! What to type or to write, and where, so that an agent is connected: for those who do it
//! themselves.

use std::path::PathBuf;

use persistproc_api::Problem;
use serde::Serialize;

use super::places::Places;
use super::{Agent, Door, Entry, NAME, Scope, Way};

/// One way to connect one agent.
#[derive(Debug, Serialize)]
pub(crate) struct Recipe {
    pub(crate) agent: Agent,
    pub(crate) name: &'static str,
    pub(crate) way: Way,
    /// The agent's own command; absent: it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
    pub(crate) file: PathBuf,
    /// Where in the file the entry belongs.
    pub(crate) path: [&'static str; 2],
    pub(crate) entry: Entry,
    /// The whole file, if there is nothing else in it.
    pub(crate) text: String,
}

/// All agents, over HTTP unless they cannot.
pub(crate) fn all(stdio: bool, scope: Scope, door: &Door, places: &Places) -> Vec<Recipe> {
    let recipe = |agent: &Agent| recipe(*agent, stdio, scope, door, places).ok();
    Agent::all().iter().filter_map(recipe).collect()
}

/// One agent, if it has settings of that scope.
pub(crate) fn recipe(
    agent: Agent,
    stdio: bool,
    scope: Scope,
    door: &Door,
    places: &Places,
) -> Result<Recipe, Problem> {
    let way = agent.way(stdio);
    let entry = agent.entry(way, door)?;
    let command = agent.adding(way, door).filter(|_| scope == Scope::User);
    let text = agent.with(&entry, "").map_err(|malformed| Problem::internal(malformed.what))?;
    Ok(Recipe {
        agent,
        name: agent.name(),
        way,
        command: command.map(|command| command.line()),
        file: places.settings(agent, scope)?,
        path: [agent.facts().container, NAME],
        entry,
        text,
    })
}
