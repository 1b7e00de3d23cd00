//! Formats durations, statuses, ports, sizes and directories as text. Pure: the current time and the
//! home are parameters.

use std::path::Path;

pub(crate) use persistproc_api::words::{shown, shown_lines};
use persistproc_api::{Exit, Status, Time};

/// A duration, rounded down to one unit: `5 min`.
pub(crate) fn duration(seconds: f64) -> String {
    let seconds = seconds as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

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

/// A directory, with `~` for the home.
pub(crate) fn directory(path: &Path, home: Option<&Path>) -> String {
    match home.filter(|home| home.parent().is_some()).and_then(|home| path.strip_prefix(home).ok())
    {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        let texts = [0.4, 59.9, 60.0, 3_599.0, 3_600.0, 90_000.0].map(duration);
        assert_eq!(texts, ["0 s", "59 s", "1 min", "59 min", "1 h", "1 d"]);
    }

    #[test]
    fn only_the_home_itself_becomes_a_tilde() {
        let home = Some(Path::new("/home/ada"));
        assert_eq!(directory(Path::new("/home/ada/todo"), home), "~/todo");
        assert_eq!(directory(Path::new("/home/ada"), home), "~");
        assert_eq!(directory(Path::new("/home/adam"), home), "/home/adam");
        assert_eq!(directory(Path::new("/srv"), Some(Path::new("/"))), "/srv");
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
