//! The errors of the supervisor, each with the next step.

use persistproc_api::problem::NextStep;
use persistproc_api::{ErrorCode, Exit, Problem, Process, Status};

/// How a process ended, as a clause.
fn how_it_ended(process: &Process) -> String {
    match &process.status {
        Status::Exited { exit: Exit::Code(code), .. } => format!("it exited with code {code}"),
        Status::Exited { exit: Exit::Signal(signal), .. } => format!("signal {signal} ended it"),
        Status::Terminated { .. } => "it was stopped".to_owned(),
        Status::Failed { error, .. } => {
            format!("it could not be started: {}", error.message.trim_end_matches('.'))
        }
        Status::Lost { .. } => "how it ended is not known".to_owned(),
        Status::Running { .. } | Status::Stopping { .. } => "it has just ended".to_owned(),
    }
}

pub(super) fn not_running(process: &Process) -> Problem {
    let message = format!("`{}` is not running: {}.", process.label, how_it_ended(process));
    Problem::new(ErrorCode::NotRunning, message).hint(
        NextStep::restart(process.name(), "start it again")
            .then(NextStep::output(process.name(), "see its last lines")),
    )
}

/// The process did not read the input that it was sent before the timeout.
pub(super) fn unread(process: &Process) -> Problem {
    let message = format!("`{}` does not read its input, and no more of it fits.", process.label);
    Problem::new(ErrorCode::Timeout, message).hint(
        NextStep::from("What fitted will reach the process when it reads again.")
            .then(NextStep::output(process.name(), "see what it is doing"))
            .then(NextStep::restart(process.name(), "start a new run")),
    )
}

pub(super) fn already_running(process: &Process) -> Problem {
    let pid = process.status.pid().unwrap_or_default();
    let message = format!("`{}` is already running with PID {pid}.", process.label);
    Problem::new(ErrorCode::AlreadyRunning, message)
        .hint(NextStep::restart(process.name(), "start a new run"))
}

pub(super) fn still_running(process: &Process) -> Problem {
    Problem::new(ErrorCode::StillRunning, format!("`{}` is still running.", process.label))
        .hint(NextStep::stop(process.name(), "end it first"))
}

/// The label of a start request belongs to another process, which is running.
pub(super) fn label_in_use(process: &Process) -> Problem {
    let pid = process.status.pid().unwrap_or_default();
    let message = format!(
        "The label `{}` belongs to a running process: PID {pid}, `{}` in {}.",
        process.label,
        process.command_line(),
        process.working_directory.display()
    );
    Problem::new(ErrorCode::LabelInUse, message).hint(
        NextStep::from("Give another label.").then(NextStep::stop(process.name(), "free this one")),
    )
}

/// As many processes are running as the daemon may have.
pub(super) fn full(max_running: usize) -> Problem {
    let message = format!("{max_running} processes are running, and the daemon cannot take more.");
    Problem::new(ErrorCode::Busy, message)
        .hint("Stop one first, or raise the daemon's limit of open files (`ulimit -Hn`).")
}
