//! What came of a wait, as a sentence and the lines that prove it. Pure.

use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Goal, Reason, Waited};
use persistproc_api::{Exit, Status};

use super::words;

/// The sentence, the line that decided or the last lines, and what is in the way.
pub(crate) fn lines(waited: &Waited, goal: Goal, with_output: bool) -> Vec<String> {
    let indented = |line: &String| format!("  {line}");
    let mut lines = vec![sentence(waited, goal)];
    if with_output || is_over(waited) {
        lines.extend(waited.output.iter().map(indented));
    } else {
        lines.extend(waited.matched_line.iter().map(indented));
    }
    lines.extend((!waited.note.is_empty()).then(|| waited.note.clone()));
    lines
}

/// Nothing more will come, so its last lines are what there is to go by.
fn is_over(waited: &Waited) -> bool {
    !waited.reached || waited.reason == Reason::Exit
}

fn sentence(waited: &Waited, goal: Goal) -> String {
    let name = words::shown(waited.process.name());
    let after = seconds(waited.waited_seconds);
    match waited.reason {
        Reason::DaemonStopping => {
            format!("The daemon left after {after}; {name} is unaffected. Wait again.")
        }
        Reason::Timeout => format!("Timeout after {after}: {}", missed(&name, goal)),
        Reason::Exit => format!("{name} {}, after {after}", end(&waited.process.status)),
        Reason::Quiet => format!("{name} is quiet, after {after}"),
        Reason::Pattern => format!("{name} printed a line that matches, after {after}"),
        Reason::Port | Reason::Ready => {
            let place = place(waited).map(|place| format!(": {place}"));
            format!("{name} is ready{}, after {after}", place.unwrap_or_default())
        }
    }
}

/// Where it can be reached, as far as it is known.
fn place(waited: &Waited) -> Option<String> {
    let ports = words::ports(&waited.ports);
    match (&waited.url, ports) {
        (Some(url), Some(ports)) => Some(format!("{} ({ports})", words::shown(url))),
        (Some(url), None) => Some(words::shown(url)),
        (None, ports) => ports,
    }
}

fn missed(name: &str, goal: Goal) -> String {
    match goal {
        Goal::Ready => format!("{name} runs, but does not say that it is ready"),
        Goal::Port => format!("{name} runs, but the port accepts no connections"),
        Goal::Pattern => format!("{name} runs, but no line matched"),
        Goal::Exit => format!("{name} still runs"),
        Goal::Quiet => format!("{name} still prints"),
    }
}

fn end(status: &Status) -> String {
    match status {
        Status::Exited { exit: Exit::Code(code), .. } => format!("ended with exit code {code}"),
        Status::Exited { exit: Exit::Signal(signal), .. } => {
            format!("was ended by {}", words::signal(*signal))
        }
        // A new run may have begun before the answer was made.
        Status::Running { .. } | Status::Stopping { .. } => "ended".to_owned(),
        Status::Terminated { .. } | Status::Failed { .. } | Status::Lost { .. } => {
            words::fate(status).trim_end_matches('.').to_owned()
        }
    }
}

/// Tenths, as waits are told; a wait is not measured to be compared.
fn seconds(seconds: Seconds) -> String {
    format!("{:.1} s", f64::from(seconds))
}

#[cfg(test)]
#[path = "waited_tests.rs"]
mod tests;
