//! Formats ages, statuses, ports and sizes as text. Pure: the current time is a parameter.

pub(crate) use persistproc_api::words::{directory, duration, shown, shown_lines, slug};
use persistproc_api::{Exit, Process, Status, Time, client_names};

/// How long the process has had its current status.
pub(crate) fn age(status: &Status, now: Time) -> Option<String> {
    let since = status.end_time().or_else(|| status.start_time())?;
    match status {
        // The time of the loss is unknown.
        Status::Lost { .. } => None,
        _ => Some(duration(now.seconds_since(since))),
    }
}

/// The status as a phrase that follows the name of the process: `exited with code 1`.
pub(crate) fn status_phrase(status: &Status) -> String {
    match status {
        Status::Running { pid, .. } => format!("is running (PID {pid})"),
        Status::Stopping { pid, .. } => format!("is stopping (PID {pid})"),
        _ => status.end_phrase(),
    }
}

/// The status of a process in words for `reader`: `exited (3)`, `stopped by claude-code`.
pub(crate) fn status(process: &Process, reader: &str) -> String {
    match (&process.status, &process.stopped_by) {
        (Status::Terminated { .. }, Some(client)) => {
            let client = client_names::subject_for_reader(client, reader);
            format!("stopped by {}", lower_pronoun(client))
        }
        (Status::Exited { exit: exit @ Exit::Signal(_), .. }, _) => format!("killed ({exit})"),
        (Status::Failed { .. }, _) => "failed to start".to_owned(),
        _ => short_status(process),
    }
}

/// The same in one or two words, for narrow terminals.
pub(crate) fn short_status(process: &Process) -> String {
    match &process.status {
        Status::Exited { exit: Exit::Code(code), .. } => format!("exited ({code})"),
        Status::Exited { .. } => "killed".to_owned(),
        Status::Terminated { .. } => "stopped".to_owned(),
        _ => process.status_text(),
    }
}

/// `You` and `A person` within a sentence.
fn lower_pronoun(subject: String) -> String {
    match subject.as_str() {
        "You" => "you".to_owned(),
        "A person" => "a person".to_owned(),
        _ => subject,
    }
}

/// How the latest run of a process ended, in words for `reader`, as a phrase that follows its name:
/// `was stopped by you, in a terminal (SIGTERM)`.
pub(crate) fn end_phrase(process: &Process, reader: &str) -> String {
    match (&process.status, &process.stopped_by) {
        (Status::Terminated { exit, .. }, Some(client)) => {
            format!("was stopped {} ({exit})", client_names::by_for_reader(client, reader))
        }
        (status, _) => status_phrase(status),
    }
}

/// What a session shows when a new run follows one that ended with this status.
pub(crate) fn new_run_note(ended: &Status, started_by: Option<&str>, reader: &str) -> String {
    let phrase = status_phrase(ended);
    match started_by.map(|client| client_names::subject_for_reader(client, reader)) {
        Some(client) => {
            format!("It {phrase}; {} started a new run.", lower_pronoun(client))
        }
        None => format!("It {phrase}; a new run begins."),
    }
}

/// Whether the process exited with an error, could not be started, or was lost.
pub(crate) fn is_failure(status: &Status) -> bool {
    match status {
        Status::Exited { exit, .. } => *exit != Exit::Code(0),
        Status::Failed { .. } | Status::Lost { .. } => true,
        Status::Running { .. } | Status::Stopping { .. } | Status::Terminated { .. } => false,
    }
}

/// `port 3000`, `ports 3000 and 3001`; `None` if there are none.
pub(crate) fn ports(ports: &[u16]) -> Option<String> {
    match ports {
        [] => None,
        [port] => Some(format!("port {port}")),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(u16::to_string).collect();
            Some(format!("ports {} and {last}", first.join(", ")))
        }
    }
}

/// A size with about two digits and one unit, in the units that flags accept: `7 B`, `1.5 MiB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1023.5 && unit + 1 < units.len() {
        size /= 1024.0;
        unit += 1;
    }
    let digits = usize::from(size < 9.95);
    format!("{size:.digits$} {}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::table::tests::process;

    #[test]
    fn statuses_name_who_stopped_a_process() {
        let time = Time::from_micros(0);
        let ended = |exit| Status::Exited { pid: 7, start_time: time, end_time: time, exit };
        let exit = Exit::Signal(15);
        let stopped = Status::Terminated { pid: 7, start_time: time, end_time: time, exit };
        let words = |status: Status, stopped_by: Option<&str>, reader: &str| {
            let stopped_by = stopped_by.map(str::to_owned);
            let process = Process { stopped_by, ..process("web", None, &["npm"], "/", status) };
            let end = end_phrase(&process, reader);
            format!("{}, {}, {end}", self::status(&process, reader), short_status(&process))
        };
        for (status, stopped_by, reader, text) in [
            (ended(Exit::Code(0)), None, "cli", "exited (0), exited (0), exited with code 0"),
            (
                ended(Exit::Signal(9)),
                None,
                "cli",
                "killed (SIGKILL), killed, was killed by SIGKILL",
            ),
            (stopped.clone(), None, "cli", "stopped, stopped, was stopped (SIGTERM)"),
            (
                stopped.clone(),
                Some("cli"),
                "cli",
                "stopped by you, stopped, was stopped by you, in a terminal (SIGTERM)",
            ),
            (
                stopped.clone(),
                Some("cli"),
                "claude-code",
                "stopped by a person, stopped, was stopped by a person, in a terminal (SIGTERM)",
            ),
            (
                stopped,
                Some("claude-code"),
                "cli",
                "stopped by claude-code, stopped, was stopped by claude-code (SIGTERM)",
            ),
        ] {
            assert_eq!(words(status, stopped_by, reader), text);
        }
    }

    #[test]
    fn a_new_run_is_announced_with_who_started_it() {
        let (start_time, end_time) = (Time::from_micros(0), Time::from_micros(1));
        let exit = Exit::Code(1);
        let ended = Status::Exited { pid: 7, start_time, end_time, exit };
        for (client, text) in [
            (Some("claude-code"), "It exited with code 1; claude-code started a new run."),
            (Some("cli"), "It exited with code 1; you started a new run."),
            (None, "It exited with code 1; a new run begins."),
        ] {
            assert_eq!(new_run_note(&ended, client, "cli"), text);
        }
    }

    #[test]
    fn sizes_and_ports_are_short() {
        let texts = [7, 1023, 1024, 1_540_000, 12_345_678, 1_048_500, 256 << 20, 3 << 40].map(size);
        let expected = "7 B, 1023 B, 1.0 KiB, 1.5 MiB, 12 MiB, 1.0 MiB, 256 MiB, 3.0 TiB";
        assert_eq!(texts.join(", "), expected);
        let texts = [&[][..], &[1], &[1, 2], &[1, 2, 3]].map(ports).map(Option::unwrap_or_default);
        assert_eq!(texts, ["", "port 1", "ports 1 and 2", "ports 1, 2 and 3"]);
    }
}
