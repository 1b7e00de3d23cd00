//! The errors of the supervisor, each with the next step.

use persistproc_api::problem::{Call, NextStep};
use persistproc_api::process::StdinSource;
use persistproc_api::process_client::ProcessClient;
use persistproc_api::{ErrorCode, Problem, Process, Time};

use super::requests::requester::Requester;

pub(super) fn not_running(process: &Process) -> Problem {
    let message =
        format!("`{}` is not running: it {}.", process.name(), process.end_phrase_at(Time::now()));
    Problem::new(ErrorCode::NotRunning, message).hint(
        NextStep::restart(process.name(), "start it again")
            .then(NextStep::output(process.name(), "see its last lines")),
    )
}

/// The shim of the process does not answer.
pub(super) fn not_answering(process: &Process, shim: Option<u32>) -> Problem {
    let which = shim.map_or_else(String::new, |pid| format!(" (PID {pid})"));
    let message = format!("The shim of `{}`{which} does not answer.", process.name());
    let resume = match shim {
        Some(pid) => format!("Run `kill -CONT {pid}` if a signal has stopped it."),
        None => "Try again in a moment.".to_owned(),
    };
    let next = NextStep::from(resume).then(NextStep::stop(process.name(), "end the process"));
    Problem::new(ErrorCode::Timeout, message).hint(next)
}

/// The process did not read the input that it was sent before the timeout.
pub(super) fn unread(process: &Process) -> Problem {
    let message =
        format!("`{}` does not read its input, and its input buffer is full.", process.name());
    Problem::new(ErrorCode::Timeout, message).hint(
        NextStep::from("The part that fit reaches the process when it reads again.")
            .then(NextStep::output(process.name(), "see what it is doing"))
            .then(NextStep::restart(process.name(), "start a new run")),
    )
}

/// The process has no standard input of its own to which clients could send.
pub(super) fn takes_no_input(process: &Process) -> Problem {
    let message = match process.stdin {
        StdinSource::DevNull => {
            format!(
                "The standard input of `{}` is /dev/null, so it takes no input.",
                process.name()
            )
        }
        StdinSource::Handed | StdinSource::Own => format!(
            "`{}` reads the input of the command that started it, so it takes no other input.",
            process.name()
        ),
    };
    let call = Call::Start;
    Problem::invalid(message).hint(NextStep::Call { call, purpose: "start one that takes input" })
}

pub(super) fn already_running(process: &Process) -> Problem {
    let pid = process.status.pid().unwrap_or_default();
    let started = process.agent_start_phrase(Time::now());
    let started = started.map(|started| format!(", {started}")).unwrap_or_default();
    let message = format!("`{}` is already running with PID {pid}{started}.", process.name());
    Problem::new(ErrorCode::AlreadyRunning, message)
        .hint(NextStep::restart(process.name(), "start a new run"))
}

pub(super) fn still_running(process: &Process) -> Problem {
    Problem::new(ErrorCode::StillRunning, format!("`{}` is still running.", process.name()))
        .hint(NextStep::stop(process.name(), "end it first"))
}

/// Another client uses the process. `step` is the request that is carried out.
pub(super) fn in_use(
    process: &Process,
    client: &ProcessClient,
    asker: &Requester,
    step: NextStep,
) -> Problem {
    let asker_name = asker.name().unwrap_or_default();
    let mut subject = client.subject_for(&asker_name);
    if client.name == asker_name {
        subject += ", in another session,";
    }
    let phrase = client.phrase(Time::now());
    let message =
        format!("`{}` is in use: {subject} {phrase}. Nothing was stopped.", process.name());
    Problem::new(ErrorCode::InUse, message).hint(step)
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

/// A label is the name or the id of another process already.
pub(super) fn name_in_use(label: &str, process: &Process) -> Problem {
    let role = if process.label == label {
        "the name of another process".to_owned()
    } else {
        format!("the id of `{}`", process.name())
    };
    let message = format!(
        "`{label}` is {role}: `{}` in {} ({}).",
        process.command_line(),
        process.working_directory.display(),
        process.status.word(),
    );
    Problem::new(ErrorCode::LabelInUse, message).hint("Give another label.")
}

/// The daemon runs as many processes as its file descriptors allow.
pub(super) fn full(max_running: usize) -> Problem {
    let message = format!("{max_running} processes are running, and the daemon cannot take more.");
    Problem::new(ErrorCode::Busy, message)
        .hint("Stop one first, or raise the daemon's limit of open files (`ulimit -Hn`).")
}
