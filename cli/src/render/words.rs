//! Formats ages, phrases, ports and sizes as text. Pure: the current time is a parameter.

pub(crate) use persistproc_api::words::{directory, duration, shown, shown_lines, slug};
use persistproc_api::{Process, Status, Time, client_names};

/// What stands in the place of an empty list: the fact and the next step.
pub(crate) const NO_PROCESSES: [&str; 2] =
    ["No processes.", "Start one by putting pp before its command: pp npm run dev"];

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

/// How the latest run of a process ended, in words for `reader`, as a phrase that follows its name:
/// `was stopped by you, in a terminal (SIGTERM)`.
pub(crate) fn end_phrase(process: &Process, reader: &str) -> String {
    if process.status.is_alive() {
        status_phrase(&process.status)
    } else {
        process.end_phrase_for(reader)
    }
}

/// What a session shows when a new run follows one that ended with this status.
pub(crate) fn new_run_note(ended: &Status, started_by: Option<&str>, reader: &str) -> String {
    let phrase = status_phrase(ended);
    match started_by.map(|client| client_names::subject_for_reader(client, reader)) {
        Some(client) => {
            format!("It {phrase}; {} started a new run.", client_names::within_sentence(client))
        }
        None => format!("It {phrase}; a new run begins."),
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
    use persistproc_api::Exit;

    use super::*;

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
