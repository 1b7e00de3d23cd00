//! The result of a wait as text: a sentence and the lines of output that show why. Pure.

use persistproc_api::process::let_go_sentence;
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Goal, Reason, Waited};

use super::words;

/// The sentence, the line that matched or the last lines, and the note about what blocks the process.
pub(crate) fn lines(waited: &Waited, goal: Goal, with_output: bool) -> Vec<String> {
    let mut lines = vec![sentence(waited, goal)];
    if with_output || shows_last_lines(waited) {
        lines.extend(waited.output.iter().map(|line| format!("  {line}")));
    } else {
        lines.extend(waited.matched_line.iter().map(|line| format!("  {line}")));
    }
    if waited.reason == Reason::Exit {
        let sentence = let_go_sentence(&waited.process.let_go);
        lines.extend(sentence.map(|sentence| words::shown(&sentence)));
    }
    if !waited.note.is_empty() {
        lines.push(waited.note.clone());
    }
    lines
}

/// Whether the last lines are the best explanation: the goal was not reached, or the process has ended.
fn shows_last_lines(waited: &Waited) -> bool {
    !waited.reached || matches!(waited.reason, Reason::Exit | Reason::Change)
}

fn sentence(waited: &Waited, goal: Goal) -> String {
    let name = words::shown(waited.process.name());
    let after = seconds(waited.waited_seconds);
    match waited.reason {
        Reason::DaemonStopping => {
            format!("The daemon stopped after {after}; {name} keeps running. Wait again.")
        }
        Reason::Timeout => format!("Timeout after {after}: {}", not_reached(&name, goal)),
        Reason::Exit => format!("{name} {}, after {after}", waited.process.status.end_phrase()),
        Reason::Quiet => format!("{name} is quiet, after {after}"),
        Reason::Change => format!("{name} printed something, after {after}"),
        Reason::Pattern => format!("{name} printed a line that matches, after {after}"),
        Reason::Port | Reason::Ready => {
            let address = address(waited).map(|address| format!(": {address}"));
            format!("{name} is ready{}, after {after}", address.unwrap_or_default())
        }
    }
}

/// The URL and the ports, as far as they are known.
fn address(waited: &Waited) -> Option<String> {
    let ports = words::ports(&waited.ports);
    match (&waited.url, ports) {
        (Some(url), Some(ports)) => Some(format!("{} ({ports})", words::shown(url))),
        (Some(url), None) => Some(words::shown(url)),
        (None, ports) => ports,
    }
}

fn not_reached(name: &str, goal: Goal) -> String {
    match goal {
        Goal::Ready => format!("{name} is running, but listens on no port yet"),
        Goal::Port => format!("{name} is running, but the port accepts no connections"),
        Goal::Pattern => format!("{name} is running, but no line matched"),
        Goal::Exit => format!("{name} is still running"),
        Goal::Quiet => format!("{name} still prints output"),
        Goal::Change => format!("{name} has printed nothing new"),
    }
}

/// Seconds with tenths.
fn seconds(seconds: Seconds) -> String {
    format!("{:.1} s", f64::from(seconds))
}

#[cfg(test)]
mod tests;
