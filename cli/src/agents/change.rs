//! What connecting an agent, or parting from it, changes: decided on the text of its settings,
//! then done, by its own command where it has one and else by us.

use std::path::PathBuf;

use persistproc_api::Problem;

use super::edit::Malformed;
use super::look::problem;
use super::places::Places;
use super::vendor::Vendor;
use super::{Agent, Door, Entry, Scope, Way, file};
use crate::programs::on_path;

/// What somebody wants of an agent.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    pub(crate) agent: Agent,
    pub(crate) scope: Scope,
    pub(crate) verb: Verb,
}

/// Connect it, or part from it.
#[derive(Clone, Debug)]
pub(crate) enum Verb {
    Connect { way: Way, door: Door },
    Part,
}

/// What is to be done about it.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) wish: Wish,
    pub(crate) file: PathBuf,
    old: String,
    step: Step,
}

#[derive(Debug)]
enum Step {
    /// All is as it was wished.
    Nothing,
    /// The agent has commands for it.
    Run(Vec<Vendor>),
    /// The settings become this.
    Write(String),
}

/// What was done, or would be.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) wish: Wish,
    pub(crate) file: PathBuf,
    pub(crate) changed: bool,
    /// The commands of the agent that were run.
    pub(crate) ran: Vec<String>,
    /// The settings before and after.
    pub(crate) before: String,
    pub(crate) after: String,
    /// Where the settings of before are kept.
    pub(crate) kept: Option<PathBuf>,
}

impl Wish {
    /// Looks at the settings and decides. Nothing is changed.
    pub(crate) fn plan(self, places: &Places) -> Result<Plan, Problem> {
        let file = places.settings(self.agent, self.scope)?;
        let old = file::read(&file)?;
        let malformed = |malformed: Malformed| problem(self.agent, &file, &malformed);
        let found = self.agent.editor().read(&old).map_err(malformed)?;
        let step = match (&self.verb, found) {
            (Verb::Part, None) => Step::Nothing,
            (Verb::Part, Some(_)) => match self.commands(true) {
                Some(commands) => Step::Run(commands),
                None => Step::Write(self.agent.editor().remove(&old).map_err(malformed)?),
            },
            (Verb::Connect { way, door }, found) => {
                let entry = self.agent.entry(*way, door)?;
                match (found.as_ref(), self.commands(found.is_some())) {
                    (Some(found), _) if entry.leads_as(found) => Step::Nothing,
                    (_, Some(commands)) => Step::Run(commands),
                    (_, None) => Step::Write(self.agent.with(&entry, &old).map_err(malformed)?),
                }
            }
        };
        Ok(Plan { wish: self, file, old, step })
    }

    /// The commands of the agent, if it has them and they are about the user.
    fn commands(&self, there: bool) -> Option<Vec<Vendor>> {
        let agent = self.agent;
        let commands = match &self.verb {
            Verb::Part => vec![agent.removing()?],
            Verb::Connect { way, door } => {
                let first = if there && agent.wants_room() { agent.removing() } else { None };
                first.into_iter().chain([agent.adding(*way, door)?]).collect()
            }
        };
        let installed =
            commands.iter().all(|command: &Vendor| on_path(command.program()).is_some());
        (self.scope == Scope::User && installed).then_some(commands)
    }
}

impl Agent {
    /// These settings with this entry in them.
    pub(crate) fn with(self, entry: &Entry, old: &str) -> Result<String, Malformed> {
        let old = if old.trim().is_empty() { self.beginning() } else { old };
        self.editor().put(old, entry)
    }
}

impl Plan {
    /// Does it, unless it is only to be shown.
    pub(crate) fn carry_out(self, dry: bool) -> Result<Done, Problem> {
        let Self { wish, file, old, step } = self;
        let done = Done {
            wish,
            file,
            changed: true,
            ran: Vec::new(),
            before: old.clone(),
            after: old,
            kept: None,
        };
        match step {
            Step::Nothing => Ok(Done { changed: false, ..done }),
            Step::Run(commands) => {
                for command in commands.iter().filter(|_| !dry) {
                    command.run().map_err(|problem| done.told_what_to_write(problem))?;
                }
                let ran = commands.iter().map(Vendor::line).collect();
                Ok(Done { ran, after: file::read(&done.file)?, ..done })
            }
            Step::Write(after) => {
                let kept = if dry { None } else { done.write(&after)? };
                Ok(Done { after, kept, ..done })
            }
        }
    }
}

impl Done {
    /// Settings of a project are for others to read.
    fn write(&self, after: &str) -> Result<Option<PathBuf>, Problem> {
        let fresh = match self.wish.scope {
            Scope::User => 0o600,
            Scope::Project => 0o644,
        };
        file::replace(&self.file, &self.before, after, fresh)
    }

    fn told_what_to_write(&self, problem: Problem) -> Problem {
        let (file, agent) = (self.file.display(), self.wish.agent.word());
        problem.hint(format!(
            "Change {file} yourself instead; what has to stand there: persistproc mcp print {agent}"
        ))
    }
}
