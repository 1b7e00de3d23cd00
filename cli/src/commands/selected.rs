//! [`select`]: the processes that a command acts on: those that its words name, those that its flags
//! select, or the one of this directory.

mod by_words;
mod refusal;
mod without_target;

use std::env;
use std::path::{Path, PathBuf};

use persistproc_api::client::Client;
use persistproc_api::control::ProcessQuery;
use persistproc_api::problem::NextStep;
use persistproc_api::process::ListQuery;
use persistproc_api::selection::{SelectedState, Selection};
use persistproc_api::{ErrorCode, Problem, Process, Target};

use crate::args::{EndedFlags, OptionalTargetArgs, ScopeFlags, TargetArgs};
use crate::context::Context;
use crate::error::Failure;
use crate::paths;

pub(super) use by_words::as_one_name;
pub(super) use persistproc_api::selection::WithoutTarget;

/// What a command does with the processes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purpose<'a> {
    /// The command as it is typed, without its target: `stop`, `signal HUP`.
    pub(super) command: &'a str,
    /// The beginning of the question whether to do it: `Stop`, `Send HUP to`.
    pub(super) question: &'a str,
    /// Whether it changes a process. Then a part of a name reaches no other project.
    pub(super) changes: bool,
    /// The processes that flags select.
    pub(super) state: SelectedState,
    pub(super) without_target: WithoutTarget,
}

/// What the user has typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct SelectionRequest<'a> {
    pub(super) words: &'a [String],
    /// The directory that was given. It is a filter.
    pub(super) directory: Option<&'a Path>,
    pub(super) scope: ScopeFlags,
    pub(super) ended: EndedFlags,
    pub(super) purpose: Purpose<'a>,
}

/// The processes that a command acts on.
pub(super) struct Selected {
    pub(super) processes: Vec<Process>,
    /// Whether several were asked for. The answer in JSON is an array then.
    pub(super) is_list: bool,
    /// Processes that start later in this directory and below belong to the selection.
    pub(super) later_in: Option<PathBuf>,
}

impl<'a> SelectionRequest<'a> {
    /// The processes that words name.
    pub(super) fn of_words(
        words: &'a [String],
        directory: Option<&'a Path>,
        purpose: Purpose<'a>,
    ) -> Self {
        let scope = ScopeFlags::default();
        Self { words, directory, scope, ended: EndedFlags::default(), purpose }
    }

    pub(super) fn new(args: &'a TargetArgs, purpose: Purpose<'a>) -> Self {
        Self::of_words(&args.target, args.working_directory.as_deref(), purpose)
    }

    pub(super) fn optional(
        args: &'a OptionalTargetArgs,
        scope: ScopeFlags,
        purpose: Purpose<'a>,
    ) -> Self {
        let directory = args.working_directory.as_deref();
        Self { scope, ..Self::of_words(&args.target, directory, purpose) }
    }

    /// What the flags select, if there are any.
    fn selection(&self) -> Option<Selection> {
        let ScopeFlags { here, all } = self.scope;
        let state = match self.ended {
            EndedFlags { lost: true, .. } => SelectedState::Lost,
            EndedFlags { ended: true, .. } => SelectedState::Ended,
            _ if here || all => self.purpose.state,
            _ => return None,
        };
        Some(Selection { here, state })
    }
}

impl Selected {
    fn one(process: Process) -> Self {
        Self { processes: vec![process], is_list: false, later_in: None }
    }
}

/// Finds the processes that a request is about. A selection by flags may be empty.
pub(super) fn select(
    client: &Client,
    request: &SelectionRequest<'_>,
    context: &Context,
) -> Result<Selected, Failure> {
    if let Some(selection) = request.selection() {
        return Ok(by_flags(client, selection)?);
    }
    if request.words.is_empty() {
        let directory = paths::absolute_directory(request.directory)?;
        let processes = client.list(&ListQuery::default())?.processes;
        return Ok(without_target::find(
            &processes,
            &directory,
            request.purpose,
            home().as_deref(),
        )?);
    }
    let found = by_words::find(request.words, |name| find(client, name, request));
    match found {
        Ok(mut processes) if processes.len() == 1 => Ok(Selected::one(processes.remove(0))),
        Ok(processes) => Ok(Selected { processes, is_list: true, later_in: None }),
        Err((name, problem)) => {
            let process = refusal::settle(client, &name, *problem, request.purpose, context)?;
            Ok(Selected::one(process))
        }
    }
}

/// The one process that words name.
pub(super) fn one(
    client: &Client,
    request: &SelectionRequest<'_>,
    context: &Context,
) -> Result<Process, Failure> {
    let name = as_one_name(request.words);
    match find(client, &name, request) {
        Ok(process) => Ok(process),
        Err(problem) => refusal::settle(client, &name, problem, request.purpose, context),
    }
}

/// The one process that the words of a command name that only reads.
pub(super) fn one_to_read(
    client: &Client,
    args: &TargetArgs,
    command: &str,
    context: &Context,
) -> Result<Process, Failure> {
    let purpose = Purpose {
        command,
        question: "Read",
        changes: false,
        state: SelectedState::Any,
        without_target: WithoutTarget::Any,
    };
    one(client, &SelectionRequest::new(args, purpose), context)
}

fn by_flags(client: &Client, selection: Selection) -> Result<Selected, Problem> {
    let directory = if selection.here { paths::absolute_directory(None)? } else { "/".into() };
    let mut processes = client.list(&ListQuery::default())?.processes;
    processes.retain(|process| selection.includes(process, &directory));
    Ok(Selected { processes, is_list: true, later_in: Some(directory) })
}

/// The process of a name. If the current directory was deleted, it is looked for everywhere.
fn find(client: &Client, name: &str, request: &SelectionRequest<'_>) -> Result<Process, Problem> {
    if name.trim().is_empty() {
        return Err(Problem::new(ErrorCode::NotFound, "An empty name matches no process.")
            .hint(NextStep::list()));
    }
    let changes = request.purpose.changes;
    if request.directory.is_some() {
        let query = ProcessQuery {
            working_directory: Some(paths::absolute_directory(request.directory)?),
            for_change: changes.then_some(true),
            only_in_directory: Some(true),
        };
        return client.find(name, &query);
    }
    let target = Target::new(name, paths::absolute_directory(None).ok());
    if changes { client.process_to_change(&target) } else { client.process(&target) }
}

fn home() -> Option<PathBuf> {
    env::var_os("HOME").map(PathBuf::from)
}
