//! The sentences in which the supervisor says no, each with the next step.

use persistproc_api::{ErrorCode, Problem, Process};

/// How a process ended, as part of a sentence.
fn ended(process: &Process) -> String {
    use persistproc_api::{Exit, Status};
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
    Problem::new(
        ErrorCode::NotRunning,
        format!("`{}` does not run: {}.", process.label, ended(process)),
    )
    .hint(format!(
        "`persistproc restart {}` starts it again; `persistproc output {0}` shows its last lines.",
        process.name()
    ))
}

/// It was sent more than it reads.
pub(super) fn unread(process: &Process) -> Problem {
    let message = format!("`{}` does not read its input, and no more of it fits.", process.label);
    Problem::new(ErrorCode::Timeout, message).hint(format!(
        "What fitted waits for it. `persistproc output {}` shows what it is doing; \
         `persistproc restart {0}` begins anew.",
        process.name()
    ))
}

pub(super) fn already_running(process: &Process) -> Problem {
    let pid = process.status.pid().unwrap_or_default();
    Problem::new(
        ErrorCode::AlreadyRunning,
        format!("`{}` runs already, with PID {pid}.", process.label),
    )
    .hint(format!("`persistproc restart {}` starts it anew.", process.name()))
}

pub(super) fn still_running(process: &Process) -> Problem {
    Problem::new(ErrorCode::StillRunning, format!("`{}` still runs.", process.label))
        .hint(format!("Stop it first: `persistproc stop {}`.", process.name()))
}

/// Another process has the label that was asked for.
pub(super) fn label_in_use(process: &Process) -> Problem {
    let pid = process.status.pid().unwrap_or_default();
    let message = format!(
        "The label `{}` belongs to a running process: PID {pid}, `{}` in {}.",
        process.label,
        process.command_line(),
        process.working_directory.display()
    );
    Problem::new(ErrorCode::LabelInUse, message).hint(format!(
        "Give another label, or stop that one first: `persistproc stop {}`.",
        process.name()
    ))
}

/// No more of them.
pub fn full(most: usize) -> Problem {
    Problem::new(ErrorCode::Busy, format!("{most} processes run, which are all that can."))
        .hint("Stop one first, or give the daemon a higher limit of open files (`ulimit -Hn`).")
}
