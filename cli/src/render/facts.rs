//! The facts of a process in `list --long`, as indented lines below its row: URL and ports, CPU,
//! memory and log size, then its last line of output. Cut to the width of the terminal.

use persistproc_api::Process;
use persistproc_api::facts::Facts;

use super::words;

const INDENT: &str = "  ";

/// Returns no lines if the process has no facts.
pub(crate) fn lines(process: &Process, width: Option<u16>) -> Vec<String> {
    let Some(facts) = &process.facts else { return Vec::new() };
    let width = width.map(|width| usize::from(width).saturating_sub(INDENT.len()));
    let last = facts.last_line.iter().map(|line| line.trim()).filter(|line| !line.is_empty());
    let mut lines = wrap(parts(process, facts), width);
    lines.extend(last.map(|line| format!("› {line}")));
    lines.iter().map(|line| format!("{INDENT}{}", cut(&words::shown(line), width))).collect()
}

/// Joins the parts with ` · ` and breaks lines at the width.
fn wrap(parts: Vec<String>, width: Option<usize>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let longer = lines.last().map(|line| format!("{line} · {part}"));
        match longer.filter(|line| width.is_none_or(|width| line.chars().count() <= width)) {
            Some(longer) => {
                lines.pop();
                lines.push(longer);
            }
            None => lines.push(part),
        }
    }
    lines
}

fn parts(process: &Process, facts: &Facts) -> Vec<String> {
    let alive = process.status.is_alive();
    let mut parts: Vec<String> = facts.url.iter().filter(|_| alive).cloned().collect();
    parts.extend(facts.name_url.iter().filter(|_| alive).cloned());
    parts.extend(words::ports(&further_ports(facts)));
    if alive {
        parts.push(format!("CPU {}", cpu(f64::from(facts.cpu_seconds))));
        parts.push(memory(facts));
    }
    parts.push(format!("log {}", words::size(facts.log_size)));
    if process.lost_bytes > 0 {
        parts.push(format!("{} lost to a full disk", words::size(process.lost_bytes)));
    }
    if !process.streams.is_split() {
        parts.push("stderr merged with stdout".to_owned());
    }
    parts.extend(by("started", process.started_by.as_deref()));
    parts.extend(by("stopped", process.stopped_by.as_deref()));
    parts
}

/// `started by X`, if the client gave its name.
fn by(what: &str, client: Option<&str>) -> Option<String> {
    client.map(|client| format!("{what} by {}", words::shown(client)))
}

/// The ports that the URL does not contain.
fn further_ports(facts: &Facts) -> Vec<u16> {
    let url = facts.url.as_deref().unwrap_or_default();
    facts.ports.iter().copied().filter(|port| !contains_port(url, *port)).collect()
}

fn contains_port(url: &str, port: u16) -> bool {
    let port = format!(":{port}");
    url.split_once(&port).is_some_and(|(_, rest)| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// CPU time, with tenths of a second below a minute.
fn cpu(seconds: f64) -> String {
    if seconds < 59.95 { format!("{seconds:.1} s") } else { words::duration(seconds) }
}

fn memory(facts: &Facts) -> String {
    let size = words::size(facts.memory);
    match facts.tree {
        0 | 1 => size,
        processes => format!("{size} in {processes} processes"),
    }
}

fn cut(line: &str, width: Option<usize>) -> String {
    let Some(width) = width.filter(|width| line.chars().count() > *width) else {
        return line.to_owned();
    };
    line.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_the_url_is_not_repeated() {
        let url = Some("http://localhost:3000/".to_owned());
        let facts = Facts { url, ports: vec![300, 3000, 9229], ..Facts::default() };
        assert_eq!(further_ports(&facts), [300, 9229]);
    }

    #[test]
    fn a_line_is_cut_to_the_width() {
        assert_eq!(cut("abcdef", Some(4)), "abc…");
        assert_eq!(cut("abcd", Some(4)), "abcd");
        assert_eq!(cut("abcdef", None), "abcdef");
    }

    #[test]
    fn cpu_time_has_tenths_below_a_minute() {
        assert_eq!([0.04, 59.9, 61.0, 7200.0].map(cpu), ["0.0 s", "59.9 s", "1 min", "2 h"]);
    }
}
