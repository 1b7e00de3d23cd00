//! What Tab offers: processes with what they are, and words of closed sets with what they mean. No
//! daemon is started for it, and one that is silent is not waited for.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use nu_plugin::EngineInterface;
use nu_protocol::DynamicSuggestion;
use nu_protocol::engine::ArgType;
use persistproc_api::Process;
use persistproc_api::process::ListQuery;

use crate::flags::{GOALS, STATUSES, STREAMS};
use crate::shell::Shell;

/// Longer than a daemon ever takes that is well.
const PATIENCE: Duration = Duration::from_millis(200);

/// Which processes a command can do something with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    All,
    Running,
    Ended,
    /// A signal, then those that run.
    Signals,
    /// One that runs, then text.
    OneRunning,
    /// Files and programs, as Nushell itself has it.
    Other,
    /// Text, of which nobody knows any.
    Nothing,
}

/// `None`: whatever Nushell itself would offer.
pub(crate) fn suggestions(
    engine: &EngineInterface,
    arg: &ArgType<'_>,
    offer: Offer,
) -> Option<Vec<DynamicSuggestion>> {
    match arg {
        ArgType::Flag(name) => flag(engine, name),
        ArgType::Positional(at) => positional(engine, *at, offer),
    }
}

fn flag(engine: &EngineInterface, name: &str) -> Option<Vec<DynamicSuggestion>> {
    match name {
        "stream" => Some(words(STREAMS.map(|(word, about, _)| (word, about)))),
        "status" => Some(words(STATUSES.map(|(word, about, _)| (word, about)))),
        "for" | "wait-for" => Some(words(GOALS.map(|(word, about, _)| (word, about)))),
        "if-running" => Some(words(IF_RUNNING)),
        "format" => Some(words([("text", "a table"), ("json", "text for programs")])),
        "target" | "command-or-label" => Some(targets(engine, |_| true)),
        "label" => Some(processes(engine).iter().map(labelled).collect()),
        "data-dir" | "working-directory" => None,
        _ => Some(Vec::new()),
    }
}

fn positional(engine: &EngineInterface, at: usize, offer: Offer) -> Option<Vec<DynamicSuggestion>> {
    match offer {
        Offer::All => Some(targets(engine, |_| true)),
        Offer::Running => Some(targets(engine, |process| process.status.is_alive())),
        Offer::Ended => Some(targets(engine, |process| !process.status.is_alive())),
        Offer::Signals if at == 0 => Some(words(SIGNALS)),
        Offer::Signals => Some(targets(engine, |process| process.status.is_alive())),
        Offer::OneRunning if at == 0 => Some(targets(engine, |process| process.status.is_alive())),
        Offer::OneRunning | Offer::Nothing => Some(Vec::new()),
        Offer::Other => None,
    }
}

fn words<const N: usize>(words: [(&str, &str); N]) -> Vec<DynamicSuggestion> {
    words.into_iter().map(|(word, about)| suggestion(word, about.to_owned())).collect()
}

fn targets(engine: &EngineInterface, wanted: fn(&Process) -> bool) -> Vec<DynamicSuggestion> {
    let named = |process: &Process| suggestion(process.name(), about(process));
    processes(engine).iter().filter(|process| wanted(process)).map(named).collect()
}

fn labelled(process: &Process) -> DynamicSuggestion {
    suggestion(&process.label, about(process))
}

/// `running in /home/me/todo: npm run dev`.
fn about(process: &Process) -> String {
    let (status, directory) = (process.status.word(), process.working_directory.display());
    shown(&format!("{status} in {directory}: {}", process.command_line()))
}

fn suggestion(word: &str, about: String) -> DynamicSuggestion {
    let value = quoted(word);
    DynamicSuggestion { value, description: Some(about), ..DynamicSuggestion::default() }
}

/// As Nushell reads it as one word of text.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@+".contains(c);
    let number = word.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c));
    if !word.is_empty() && word.chars().all(plain) && !number {
        return word.to_owned();
    }
    let escaped = shown(word).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// Without what would move a terminal's cursor.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What the daemon knows; nothing, if there is none or it takes too long.
fn processes(engine: &EngineInterface) -> Vec<Process> {
    let Ok(shell) = Shell::find(engine, None, None) else { return Vec::new() };
    let client = shell.client_of_running_daemon();
    let (answered, answer) = sync_channel(1);
    // Whoever waited in vain is told nothing.
    thread::spawn(move || answered.send(client.list(&ListQuery::default())).ok());
    match answer.recv_timeout(PATIENCE) {
        Ok(Ok(list)) => list.processes,
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

const IF_RUNNING: [(&str, &str); 3] = [
    ("return", "answer with the one that runs"),
    ("error", "fail"),
    ("restart", "stop it and start it anew"),
];

const SIGNALS: [(&str, &str); 10] = [
    ("HUP", "its terminal is gone; often: read the settings again"),
    ("INT", "Ctrl+C"),
    ("QUIT", "Ctrl+\\; often: say what you are doing, and end"),
    ("USR1", "whatever the program makes of it"),
    ("USR2", "whatever the program makes of it"),
    ("TERM", "end, please"),
    ("KILL", "end, without being asked"),
    ("STOP", "stand still"),
    ("CONT", "go on"),
    ("WINCH", "the terminal has another size"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_nushell_would_read_them_otherwise() {
        for (word, expected) in [
            ("web", "web"),
            ("todo-npm-run-dev", "todo-npm-run-dev"),
            ("npm run dev", "\"npm run dev\""),
            ("4711", "\"4711\""),
            ("", "\"\""),
            ("a\"b\\", "\"a\\\"b\\\\\""),
            ("$x", "\"$x\""),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
