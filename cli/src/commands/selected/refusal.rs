//! [`settle`]: asks whether a name means the one process of another project that it matches, or lists the
//! processes to choose from.

use persistproc_api::client::Client;
use persistproc_api::process::ListQuery;
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Process};

use super::{Purpose, home};
use crate::context::Context;
use crate::error::Failure;
use crate::render::words;
use crate::terminal::question;

/// The process that the user confirms, or the error.
pub(super) fn settle(
    client: &Client,
    name: &str,
    problem: Problem,
    purpose: Purpose<'_>,
    context: &Context,
) -> Result<Process, Failure> {
    if problem.candidates().is_empty() {
        return Err(problem.into());
    }
    let mut processes = client.list(&ListQuery::default())?.processes;
    processes.retain(|process| problem.candidates().contains(&process.id));
    match (&processes[..], problem.code) {
        ([only], ErrorCode::NotFound) if !context.json() && question::can_ask() => {
            confirm(name, only, purpose)
        }
        (processes, _) => {
            let id = problem.candidates().first();
            let first = processes.iter().find(|process| Some(&process.id) == id);
            Err(with_command(problem, first, processes.len(), purpose).into())
        }
    }
}

fn confirm(name: &str, process: &Process, purpose: Purpose<'_>) -> Result<Process, Failure> {
    let directory = words::directory(&process.working_directory, home().as_deref());
    let question = format!(
        "`{name}` matches nothing here. {} {} in {directory}?",
        purpose.question,
        process.name()
    );
    if question::confirm(&words::shown(&question))? {
        return Ok(process.clone());
    }
    let problem = Problem::new(ErrorCode::NotFound, "Nothing was changed.");
    Err(Failure::with_code(problem, 1))
}

/// The problem with the command to type.
fn with_command(
    problem: Problem,
    example: Option<&Process>,
    count: usize,
    purpose: Purpose<'_>,
) -> Problem {
    let Some(example) = example else { return problem };
    let command = format!("pp {} {}", purpose.command, join_words(&[example.name()]));
    match count {
        1 => problem.hint(format!("Run `{command}`.")),
        _ => problem.hint(format!("Give the whole name of the one you mean: {command}")),
    }
}
