//! The exit code and the message with which a session ends. Pure.

use std::process::ExitCode;

use persistproc_api::problem::NextStep;
use persistproc_api::{ErrorCode, Exit, Problem, Process, Status};
use signal_hook::consts::SIGPIPE;

use crate::death::DeathSignal;
use crate::error::{self, Failure, Outcome};

/// How an attached command ends: as the process has ended.
pub(super) fn outcome(process: &Process, status: &Status) -> Outcome {
    match status {
        Status::Exited { exit, .. } | Status::Terminated { exit, .. } => {
            if let Exit::Signal(signal) = exit
                && let Some(death) = DeathSignal::new(*signal)
            {
                return Err(Failure::death(death));
            }
            Ok(ExitCode::from(u8::try_from(exit.shell_code()).unwrap_or(1)))
        }
        Status::Failed { error, .. } => {
            Err(Failure::with_code(error.clone(), error::shell_code(error)))
        }
        Status::Lost { .. } | Status::Running { .. } | Status::Stopping { .. } => {
            Err(Failure::with_code(exit_unknown(process), 1))
        }
    }
}

fn exit_unknown(process: &Process) -> Problem {
    let message = format!("{} ended, but its exit status is unknown.", process.name());
    Problem::new(ErrorCode::NotRunning, message)
        .hint(NextStep::restart(&process.id, "start it again"))
}

/// How a command ends that leaves the process running, with this exit code of a shell: by the signal
/// that the code stands for, if it does.
pub(super) fn left(code: u8) -> Outcome {
    match DeathSignal::from_shell_code(code) {
        Some(death) => Err(Failure::death(death)),
        None => Ok(ExitCode::from(code)),
    }
}

/// A message about an end that the output does not explain: a signal, or a stop by another client.
pub(super) fn message(process: &Process, status: &Status, stopped_by_us: bool) -> Option<String> {
    match status {
        Status::Terminated { exit, .. } if !stopped_by_us => {
            Some(format!("Another client stopped {} ({}).", process.name(), exit))
        }
        // A program ends like this when the reader of its output has enough. That is no failure.
        Status::Exited { exit: Exit::Signal(SIGPIPE), .. } => None,
        // The shell names a signal by which this command ends too.
        Status::Exited { exit: Exit::Signal(signal), .. }
            if DeathSignal::new(*signal).is_none() =>
        {
            Some(format!("{} {}.", process.name(), status.end_phrase()))
        }
        _ => None,
    }
}

/// The error for piped input to a process that another command started.
pub(super) fn input_refused(process: &Process) -> Problem {
    let name = process.name();
    Problem::invalid(format!(
        "{name} was already running, so it does not expect the input of this command."
    ))
    .hint(format!(
        "Run `pp send {name} -` to send the input, or start a new run with --fresh or another --label."
    ))
}
