//! Tab completion: targets with their status and command line, and words of closed sets with their
//! meaning. It never starts a daemon, and gives up on one that does not answer.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use nu_plugin::EngineInterface;
use nu_protocol::DynamicSuggestion;
use nu_protocol::engine::ArgType;
use persistproc_api::Process;
use persistproc_api::process::ListQuery;

use crate::choices::{Choice, FORMATS, GOALS, IF_RUNNING, SIGNALS, STATUSES, STREAMS};
use crate::shell::Shell;

/// How long to wait for the daemon. It normally answers within a few milliseconds.
const DAEMON_TIMEOUT: Duration = Duration::from_millis(200);

/// What the positional arguments of a command are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Positionals {
    Processes,
    RunningProcesses,
    EndedProcesses,
    /// A signal, then running processes.
    SignalAndProcesses,
    /// A running process, then text.
    ProcessAndText,
    /// A program and its arguments, which Nushell itself completes.
    CommandLine,
    /// Free text, or none at all.
    Text,
}

/// The suggestions for an argument. `None` means that Nushell's own completion is used.
pub(crate) fn suggestions(
    engine: &EngineInterface,
    arg: &ArgType<'_>,
    positionals: Positionals,
) -> Option<Vec<DynamicSuggestion>> {
    match arg {
        ArgType::Flag(name) => flag_values(engine, name),
        ArgType::Positional(index) => positional_values(engine, *index, positionals),
    }
}

fn flag_values(engine: &EngineInterface, name: &str) -> Option<Vec<DynamicSuggestion>> {
    match name {
        "stream" => Some(words(&STREAMS)),
        "status" => Some(words(&STATUSES)),
        "for" | "wait-for" => Some(words(&GOALS)),
        "if-running" => Some(words(&IF_RUNNING)),
        "format" => Some(words(&FORMATS)),
        "target" | "command-or-label" => Some(targets(engine, |_| true)),
        "label" => Some(labels(engine)),
        "data-dir" | "working-directory" => None,
        _ => Some(Vec::new()),
    }
}

fn positional_values(
    engine: &EngineInterface,
    index: usize,
    positionals: Positionals,
) -> Option<Vec<DynamicSuggestion>> {
    match positionals {
        Positionals::Processes => Some(targets(engine, |_| true)),
        Positionals::RunningProcesses => Some(targets(engine, is_alive)),
        Positionals::EndedProcesses => Some(targets(engine, |process| !is_alive(process))),
        Positionals::SignalAndProcesses if index == 0 => Some(words(&SIGNALS)),
        Positionals::SignalAndProcesses => Some(targets(engine, is_alive)),
        Positionals::ProcessAndText if index == 0 => Some(targets(engine, is_alive)),
        Positionals::ProcessAndText | Positionals::Text => Some(Vec::new()),
        Positionals::CommandLine => None,
    }
}

fn is_alive(process: &Process) -> bool {
    process.status.is_alive()
}

fn words<T>(choices: &[Choice<T>]) -> Vec<DynamicSuggestion> {
    choices.iter().map(|choice| suggestion(choice.word, choice.description.to_owned())).collect()
}

fn targets(engine: &EngineInterface, filter: fn(&Process) -> bool) -> Vec<DynamicSuggestion> {
    let mut processes = processes(engine);
    processes.retain(filter);
    processes.iter().map(|process| suggestion(process.name(), description(process))).collect()
}

fn labels(engine: &EngineInterface) -> Vec<DynamicSuggestion> {
    let processes = processes(engine);
    processes.iter().map(|process| suggestion(&process.label, description(process))).collect()
}

/// A process in one line: `running in /home/me/todo: npm run dev`.
fn description(process: &Process) -> String {
    let status = process.status.word();
    let directory = process.working_directory.display();
    let command = process.command_line();
    without_control_characters(&format!("{status} in {directory}: {command}"))
}

fn suggestion(word: &str, description: String) -> DynamicSuggestion {
    DynamicSuggestion {
        value: quote(word),
        description: Some(description),
        ..DynamicSuggestion::default()
    }
}

/// Quotes a word if Nushell would not parse it as a single string.
fn quote(word: &str) -> String {
    let is_plain = word.chars().all(|c| c.is_alphanumeric() || "-_./:@+".contains(c));
    let is_number_like = word.starts_with(|c: char| c.is_ascii_digit() || "-+.".contains(c));
    if !word.is_empty() && is_plain && !is_number_like {
        return word.to_owned();
    }
    let word = without_control_characters(word);
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// Replaces control characters, which could move the cursor of the terminal.
fn without_control_characters(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The processes that the daemon lists; none if no daemon answers in time.
fn processes(engine: &EngineInterface) -> Vec<Process> {
    let Ok(shell) = Shell::without_flags(engine) else { return Vec::new() };
    let client = shell.client_without_autostart();
    let (sender, receiver) = sync_channel(1);
    thread::spawn(move || {
        // Fails if the receiver has timed out; then the answer is not needed.
        sender.send(client.list(&ListQuery::default())).ok();
    });
    match receiver.recv_timeout(DAEMON_TIMEOUT) {
        Ok(Ok(list)) => list.processes,
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_if_nushell_would_not_parse_them_as_strings() {
        for (word, expected) in [
            ("web", "web"),
            ("todo-npm-run-dev", "todo-npm-run-dev"),
            ("npm run dev", "\"npm run dev\""),
            ("4711", "\"4711\""),
            ("", "\"\""),
            ("a\"b\\", "\"a\\\"b\\\\\""),
            ("$x", "\"$x\""),
        ] {
            assert_eq!(quote(word), expected);
        }
    }
}
