//! The exit code and the message with which a session ends. Pure.

use std::process::ExitCode;

use persistproc_api::problem::NextStep;
use persistproc_api::{ErrorCode, Exit, Problem, Process, Status, client_names};
use signal_hook::consts::SIGPIPE;

use crate::death::DeathSignal;
use crate::error::{self, Failure, Outcome};
use crate::render::words;

/// How long a program has run at least whose failure is reported.
const LONG_RUN_SECONDS: f64 = 10.0;

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
        .hint(NextStep::restart(process.name(), "start it again"))
}

/// How a command ends that leaves the process running, with this exit code of a shell: by the signal
/// that the code stands for, if it does.
pub(super) fn left(code: u8) -> Outcome {
    match DeathSignal::from_shell_code(code) {
        Some(death) => Err(Failure::death(death)),
        None => Ok(ExitCode::from(code)),
    }
}

/// What an end message depends on besides the process and its status.
#[derive(Clone, Copy)]
pub(super) struct EndContext<'a> {
    /// This command stopped the process.
    pub(super) stopped_by_us: bool,
    /// The client that stopped the process, if it is known.
    pub(super) stopped_by: Option<&'a str>,
    /// The client name of this command.
    pub(super) reader: &'a str,
    /// Our standard error is a terminal.
    pub(super) is_terminal: bool,
}

/// A message about an end that the output does not explain: a signal, a stop by another client, or
/// the failure of a program that has run for a while. A short command, such as a test, explains itself.
pub(super) fn message(process: &Process, status: &Status, end: EndContext<'_>) -> Option<String> {
    match status {
        Status::Terminated { exit, .. } if !end.stopped_by_us => {
            Some(stop_sentence(process.name(), *exit, end))
        }
        Status::Exited { exit: Exit::Code(code), start_time, end_time, .. }
            if end.is_terminal && !end.stopped_by_us && is_crash(*code) =>
        {
            let seconds = end_time.seconds_since(*start_time);
            (seconds >= LONG_RUN_SECONDS).then(|| {
                let after = words::duration(seconds);
                format!("{} exited with code {code} after {after}.", process.name())
            })
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

/// The text of a notice in the terminal that watches a process: it has failed after a while, so its user may
/// look at another window.
pub(super) fn notice(process: &Process, status: &Status, end: EndContext<'_>) -> Option<String> {
    let Status::Exited { exit, start_time, end_time, .. } = status else { return None };
    let is_failure = match exit {
        Exit::Code(code) => is_crash(*code),
        Exit::Signal(signal) => DeathSignal::new(*signal).is_none(),
    };
    let seconds = end_time.seconds_since(*start_time);
    let is_late =
        is_failure && end.is_terminal && !end.stopped_by_us && seconds >= LONG_RUN_SECONDS;
    is_late.then(|| format!("{} {}", process.name(), status.end_phrase()))
}

/// Whether an exit code reports a failure. A shell reports the death by a signal that was typed as a
/// code of 128 and more.
fn is_crash(code: i32) -> bool {
    code != 0 && DeathSignal::from_shell_code(u8::try_from(code).unwrap_or(1)).is_none()
}

/// Who stopped a process: `claude-code stopped web (SIGTERM).`
fn stop_sentence(name: &str, exit: Exit, end: EndContext<'_>) -> String {
    let Some(client) = end.stopped_by else {
        return format!("Another client stopped {name} ({exit}).");
    };
    let subject = client_names::subject_for_reader(client, end.reader);
    let place = match client {
        client_names::CLI => " in another terminal",
        client_names::NUSHELL => " in Nushell",
        _ => "",
    };
    format!("{subject} stopped {name}{place} ({exit}).")
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

#[cfg(test)]
mod tests {
    use persistproc_api::Time;

    use super::*;
    use crate::render::table::tests::process;

    fn message_of(status: &Status, stopped_by: Option<&str>, is_terminal: bool) -> Option<String> {
        let process = process("web", None, &["npm"], "/", status.clone());
        let end =
            EndContext { stopped_by_us: false, stopped_by, reader: client_names::CLI, is_terminal };
        message(&process, status, end)
    }

    fn exited(code: i32, seconds: i64) -> Status {
        let (start_time, end_time) = (Time::from_micros(0), Time::from_micros(seconds * 1_000_000));
        Status::Exited { pid: 7, start_time, end_time, exit: Exit::Code(code) }
    }

    #[test]
    fn it_says_who_stopped_a_process() {
        for (client, text) in [
            (Some("claude-code"), "claude-code stopped web (SIGTERM)."),
            (Some("cli"), "You stopped web in another terminal (SIGTERM)."),
            (Some("nushell"), "You stopped web in Nushell (SIGTERM)."),
            (None, "Another client stopped web (SIGTERM)."),
        ] {
            let (start_time, end_time) = (Time::from_micros(0), Time::from_micros(1));
            let exit = Exit::Signal(15);
            let stopped = Status::Terminated { pid: 7, start_time, end_time, exit };
            assert_eq!(message_of(&stopped, client, false).as_deref(), Some(text));
        }
    }

    #[test]
    fn a_terminal_shows_a_notice_of_a_failure_after_a_while() {
        let notice_of = |status: &Status, stopped_by_us: bool| {
            let process = process("web", None, &["npm"], "/", status.clone());
            let reader = client_names::CLI;
            let end = EndContext { stopped_by_us, stopped_by: None, reader, is_terminal: true };
            notice(&process, status, end)
        };
        let text = "web exited with code 42";
        assert_eq!(notice_of(&exited(42, 190), false).as_deref(), Some(text));
        assert_eq!(notice_of(&exited(42, 190), true), None, "stopped here");
        assert_eq!(notice_of(&exited(42, 2), false), None, "a short command");
        assert_eq!(notice_of(&exited(0, 190), false), None, "a success");
    }

    #[test]
    fn a_failure_after_a_while_is_reported_on_a_terminal() {
        let text = "web exited with code 42 after 3 min.";
        assert_eq!(message_of(&exited(42, 190), None, true).as_deref(), Some(text));
        assert_eq!(message_of(&exited(42, 190), None, false), None, "not on a terminal");
        assert_eq!(message_of(&exited(42, 2), None, true), None, "a short command");
        assert_eq!(message_of(&exited(0, 190), None, true), None, "a success");
        assert_eq!(message_of(&exited(130, 190), None, true), None, "Ctrl+C");
    }
}
