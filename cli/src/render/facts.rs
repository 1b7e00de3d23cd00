//! The facts of a process in `list --long`, as indented lines below its row: its command, if the name
//! does not say it; URL and ports, CPU, memory, log size and who started it; and its last line of
//! output. Cut to the width of the terminal.

use persistproc_api::facts::Facts;
use persistproc_api::process_client::{ClientUse, ProcessClient};
use persistproc_api::{Process, Time, client_names};
use unicode_width::UnicodeWidthStr;

use super::columns::{CutSide, cut};
use super::words;

const INDENT: &str = "  ";

/// The most of a line of output that is shown where no terminal limits it.
const MAX_LINE_WIDTH: usize = 150;

/// How many clients are shown that use the process, and how many that have used it.
const MAX_ACTIVE_CLIENTS: usize = 4;
const MAX_PAST_CLIENTS: usize = 2;

/// A shorter time gives no meaningful percentage.
const MIN_UPTIME_SECONDS: f64 = 0.1;

/// Returns no lines if the process has no facts. `command` is empty if it is shown elsewhere.
pub(crate) fn lines(
    process: &Process,
    command: &str,
    width: Option<u16>,
    reader: &str,
) -> Vec<String> {
    let Some(facts) = &process.facts else { return Vec::new() };
    let width = width.map(|width| usize::from(width).saturating_sub(INDENT.len()));
    let mut lines = Vec::new();
    if !command.is_empty() {
        lines.push(format!("$ {command}"));
    }
    let mut parts = parts(process, facts, reader);
    parts.extend(clients(facts, reader, Time::now()));
    lines.extend(wrap(parts, width));
    lines.extend(last_line(facts).map(|line| cut(&line, MAX_LINE_WIDTH, CutSide::End)));
    let fitted = |line: &String| {
        let line = words::shown(line);
        width.map_or_else(|| line.clone(), |width| cut(&line, width, CutSide::End))
    };
    lines.iter().map(|line| format!("{INDENT}{}", fitted(line))).collect()
}

/// What is known of a process, on as many lines of this width as it takes: who started it, its URL and
/// ports, CPU, memory and the size of its log.
pub(crate) fn summary(process: &Process, width: usize, reader: &str) -> Vec<String> {
    let unknown = Facts::default();
    let facts = process.facts.as_deref();
    let mut parts = parts(process, facts.unwrap_or(&unknown), reader);
    if facts.is_none() {
        parts.retain(|part| part.starts_with("started") || part.starts_with("stopped"));
    }
    // The first line may be the only one.
    parts.sort_by_key(|part| !part.starts_with("started"));
    let lines = wrap(parts, Some(width));
    lines.iter().map(|line| cut(&words::shown(line), width, CutSide::End)).collect()
}

/// The last line of output, with single spaces. Programs that draw on the screen leave long gaps.
fn last_line(facts: &Facts) -> Option<String> {
    let line = words::shown(facts.last_line.as_deref()?);
    let words: Vec<&str> = line.split_whitespace().collect();
    (!words.is_empty()).then(|| format!("› {}", words.join(" ")))
}

/// The port of the URL, if the process listens on it.
pub(super) fn url_port(facts: &Facts) -> Option<u16> {
    let url = facts.url.as_deref()?;
    facts.ports.iter().copied().find(|port| contains_port(url, *port))
}

/// Joins the parts with ` · ` and breaks lines at the width.
fn wrap(parts: Vec<String>, width: Option<usize>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let longer = lines.last().map(|line| format!("{line} · {part}"));
        match longer.filter(|line| width.is_none_or(|width| line.width() <= width)) {
            Some(longer) => {
                lines.pop();
                lines.push(longer);
            }
            None => lines.push(part),
        }
    }
    lines
}

fn parts(process: &Process, facts: &Facts, reader: &str) -> Vec<String> {
    let alive = process.status.is_alive();
    let mut parts: Vec<String> = facts.url.iter().filter(|_| alive).cloned().collect();
    parts.extend(facts.name_url.iter().filter(|_| alive).cloned());
    parts.extend(words::ports(&further_ports(facts)));
    if alive {
        parts.push(format!("CPU {}", cpu(facts)));
        parts.push(memory(facts));
    }
    parts.push(format!("log {}", words::size(facts.log_size)));
    if process.lost_bytes > 0 {
        parts.push(format!("{} lost to a full disk", words::size(process.lost_bytes)));
    }
    if !process.streams.is_split() {
        parts.push("stderr merged with stdout".to_owned());
    }
    parts.extend(by("started", process.started_by.as_deref(), reader));
    parts.extend(by("stopped", process.stopped_by.as_deref(), reader));
    parts
}

/// The clients that use the process, and the two that read its output or sent something last: `attached:
/// you`, `read 20 s ago: codex`. Who started it is said elsewhere.
fn clients(facts: &Facts, reader: &str, now: Time) -> Vec<String> {
    let (active, past): (Vec<_>, Vec<_>) = facts.clients.iter().partition(|client| client.active);
    let past = past
        .into_iter()
        .filter(|client| !matches!(client.kind, ClientUse::Start | ClientUse::Restart));
    let shown = active.into_iter().take(MAX_ACTIVE_CLIENTS).chain(past.take(MAX_PAST_CLIENTS));
    let text = |client: &ProcessClient| {
        format!("{}: {}", client.short_phrase(now), client.subject_for(reader))
    };
    shown.map(text).collect()
}

/// `started by claude-code`, if the client gave its name.
fn by(what: &str, client: Option<&str>, reader: &str) -> Option<String> {
    client.map(|client| format!("{what} {}", client_names::by_for_reader(client, reader)))
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

/// The CPU time since the start as a percentage of the time that has passed, as `ps` shows it. It is
/// above 100 % for a process that uses several cores.
fn cpu(facts: &Facts) -> String {
    let uptime = f64::from(facts.uptime).max(MIN_UPTIME_SECONDS);
    let percent = f64::from(facts.cpu_seconds) / uptime * 100.0;
    if percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

fn memory(facts: &Facts) -> String {
    let size = words::size(facts.memory);
    match facts.tree {
        0 | 1 => size,
        processes => format!("{size} in {processes} processes"),
    }
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
    fn cpu_is_a_share_of_the_time_that_has_passed() {
        let cpu = |cpu_seconds: f64, uptime: f64| {
            let [cpu_seconds, uptime] = [cpu_seconds, uptime].map(|it| it.try_into().unwrap());
            cpu(&Facts { cpu_seconds, uptime, ..Facts::default() })
        };
        assert_eq!(cpu(0.9, 600.0), "0.1 %");
        assert_eq!(cpu(60.0, 600.0), "10 %");
        assert_eq!(cpu(20.0, 10.0), "200 %");
        assert_eq!(cpu(0.0, 0.0), "0.0 %");
    }

    #[test]
    fn the_last_line_has_no_gaps() {
        let facts = Facts { last_line: Some("  >>> a     return 5 ".into()), ..Facts::default() };
        assert_eq!(last_line(&facts).unwrap(), "› >>> a return 5");
        assert_eq!(last_line(&Facts { last_line: Some("  ".into()), ..facts }), None);
    }
}
