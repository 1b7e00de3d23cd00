//! [`running_here`]: what an agent reads at the start of a session: the processes that run in its
//! directory, with their URLs.

use std::path::Path;

use persistproc_api::Process;
use persistproc_api::words::{join_words, shown};

/// The most characters of the text: at most 300 tokens.
const MAX_CHARACTERS: usize = 1_000;

/// The longest command that is shown, in characters.
const MAX_COMMAND_CHARACTERS: usize = 80;

/// Running processes in the directory, below it or above it. `None` if there are none. `program` is this
/// program as the agent's shell finds it.
pub(crate) fn running_here(
    processes: &[Process],
    directory: &Path,
    program: &str,
) -> Option<String> {
    let is_here = |process: &&Process| {
        let own = &process.working_directory;
        process.status.is_alive() && (own.starts_with(directory) || directory.starts_with(own))
    };
    let here: Vec<_> = processes.iter().filter(is_here).collect();
    let first = here.first()?;
    let name = join_words(&[shown(first.name())]);
    let intro = "Running here under persistproc, shared with people and other agents; do not start a \
                 second copy:";
    let outro = format!(
        "Read output: `{program} output {name}`; restart: `{program} restart {name}`; or the MCP tools \
         of persistproc."
    );
    let mut left = MAX_CHARACTERS.saturating_sub(intro.len() + outro.len() + 40);
    let mut lines = vec![intro.to_owned()];
    for (index, process) in here.iter().enumerate() {
        let line = line(process, directory);
        let length = line.chars().count() + 1;
        if length > left {
            lines.push(format!("- and {} more: `{program} list`", here.len() - index));
            break;
        }
        left -= length;
        lines.push(line);
    }
    lines.push(outro);
    Some(lines.join("\n"))
}

/// `- web: npm run dev in client, http://localhost:5173/`
fn line(process: &Process, directory: &Path) -> String {
    let mut line = format!("- {}: {}", shown(process.name()), shortened(&process.command_line()));
    match process.working_directory.strip_prefix(directory) {
        Ok(below) if below.as_os_str().is_empty() => {}
        Ok(below) => line.push_str(&format!(" in {}", shown(&below.display().to_string()))),
        Err(_) => {
            let directory = process.working_directory.display().to_string();
            line.push_str(&format!(" in {}", shown(&directory)));
        }
    }
    let facts = process.facts.as_deref();
    let url = facts.and_then(|facts| facts.url.clone());
    let ports = facts.map(|facts| facts.ports.as_slice()).unwrap_or_default();
    match (url, ports) {
        (Some(url), _) => line.push_str(&format!(", {}", shown(&url))),
        (None, [port, ..]) => line.push_str(&format!(", http://localhost:{port}/")),
        (None, []) => {}
    }
    line
}

fn shortened(command: &str) -> String {
    let command = shown(command);
    if command.chars().count() <= MAX_COMMAND_CHARACTERS {
        return command;
    }
    let start: String = command.chars().take(MAX_COMMAND_CHARACTERS - 1).collect();
    format!("{start}…")
}
