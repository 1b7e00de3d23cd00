//! The end of a process, as an exit code and as a sentence. Pure.

use std::process::ExitCode;

use persistproc_api::{ErrorCode, Exit, Problem, Process, Status};

use crate::error::{self, Failure, Outcome};
use crate::render::words;

/// The exit code of whoever watched it: its own, where it has one.
pub(super) fn outcome(process: &Process, status: &Status) -> Outcome {
    match status {
        Status::Exited { exit, .. } | Status::Terminated { exit, .. } => {
            Ok(ExitCode::from(u8::try_from(exit.shell_code()).unwrap_or(1)))
        }
        Status::Failed { error, .. } => {
            Err(Failure::with_code(error.clone(), error::shell_code(error)))
        }
        Status::Lost { .. } | Status::Running { .. } | Status::Stopping { .. } => {
            Err(Failure::with_code(lost(process), 1))
        }
    }
}

fn lost(process: &Process) -> Problem {
    let message = format!("{} ended unseen, so nobody knows how.", process.name());
    Problem::new(ErrorCode::NotRunning, message)
        .hint(format!("Start it again with `pp restart {}`.", process.id))
}

/// What there is to say about an end that explains itself to nobody: a signal, or somebody
/// else's wish.
pub(super) fn words(process: &Process, status: &Status, by_us: bool) -> Option<String> {
    match status {
        Status::Terminated { exit, .. } if !by_us => {
            Some(format!("Somebody stopped {} ({}).", process.name(), words::exit(*exit)))
        }
        Status::Exited { exit: Exit::Signal(signal), .. } => {
            Some(format!("{} was ended by {}.", process.name(), words::signal(*signal)))
        }
        _ => None,
    }
}

/// Bytes were piped to us for a process that someone else started.
pub(super) fn unwanted_input(process: &Process) -> Problem {
    let name = process.name();
    Problem::invalid(format!(
        "{name} was running already, so this input would reach a process that did not expect it."
    ))
    .hint(format!(
        "Send it on purpose with `pp send {name} -`, or begin anew with --fresh or another --label."
    ))
}
