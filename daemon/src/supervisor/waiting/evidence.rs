//! Why a process has ended: the first line of its last output that reports an error, and the holder
//! of the port that the output complains about. Both are looked for in more lines than an answer
//! holds: the cause stands above the stack trace.

use std::sync::LazyLock;

use persistproc_api::Process;
use persistproc_api::output::{Lines, Stream};
use regex::Regex;

use super::open_ports::ports_in;
use crate::logs::page;
use crate::logs::page_query::PageQuery;
use crate::platform::sockets::{self, PortHolder};
use crate::supervisor::line_kinds::error_lines;
use crate::supervisor::registry::Registry;

/// How many of the last lines are searched.
const SEARCHED_LINES: u64 = 400;

/// The longest error line in a note, in characters.
const MAX_LINE: usize = 300;

/// Lines that programs print when a port is taken; a group holds its number.
static PORT_IN_USE_LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) (?: EADDRINUSE | address \s already \s in \s use ) .*? : (\d{1,5}) \b
        | \b port \s+ (\d{1,5}) \s+ (?: is \s+ )? (?: already \s+ )? (?: in \s use | allocated | taken | used )
        | : (\d{1,5}) \b .* address \s already \s in \s use",
    )
    .ok()
});

/// What the last output of a run says about its end.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    lines: Vec<String>,
}

impl Evidence {
    /// Reads the last lines of the process's latest run.
    pub(super) fn read(registry: &Registry, process: &Process) -> Self {
        let folder = registry.folder(&process.id).run(process.run);
        let query = PageQuery::plain(Stream::Combined, Lines::AtMost(SEARCHED_LINES));
        let page = page::last(&folder, process.run, &query);
        let lines = page.map(|page| page.output).unwrap_or_default();
        Self { lines }
    }

    /// The first line that reports an error, unless it is among the lines shown.
    pub(super) fn first_error(&self, shown: &[String]) -> Option<String> {
        let line = self.lines.iter().find(|line| error_lines::is_message(line))?;
        if shown.contains(line) {
            return None;
        }
        let line: String = line.trim().chars().take(MAX_LINE).collect();
        Some(format!("The first error: {line}"))
    }

    /// The holder of the port that the lines complain about. A complaint without a number may be
    /// about a port in the command.
    pub(super) fn port_conflict(&self, registry: &Registry, process: &Process) -> Option<String> {
        let mut lines = self.lines.iter().rev();
        let port = lines.find_map(|line| port_in_use(line, &process.command))?;
        // A port that stands in the command is not replaced.
        let is_default = !ports_in(&process.command).any(|named| named == port);
        let advice = if is_default && process.assigned_port.is_none() {
            " A start with assign_port gives it a free port of its own."
        } else {
            ""
        };
        let Some(holder) = sockets::holder_of(port) else {
            return Some(format!("Port {port} is in use.{advice}"));
        };
        let managed = registry.owner_of(holder.pid);
        let name = managed
            .map_or_else(String::new, |process| format!(", managed here as `{}`", process.name()));
        let PortHolder { pid, command } = holder;
        Some(format!("Port {port} is held by PID {pid}, `{command}`{name}.{advice}"))
    }
}

/// The port that a line says is in use. If the line has no number, the last number in the command
/// that can be a port.
fn port_in_use(line: &str, command: &[String]) -> Option<u16> {
    if let Some(found) = PORT_IN_USE_LINE.as_ref()?.captures(line) {
        return (1..found.len()).find_map(|group| found.get(group)?.as_str().parse().ok());
    }
    if !line.to_ascii_lowercase().contains("address already in use") {
        return None;
    }
    ports_in(command).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_programs_that_find_their_port_taken() {
        for line in [
            "Error: listen EADDRINUSE: address already in use :::5173",
            "Error: Port 5173 is already in use",
            "bind: address already in use 127.0.0.1:5173",
            "listen tcp :5173: bind: address already in use",
        ] {
            assert_eq!(port_in_use(line, &[]), Some(5173), "{line}");
        }
        let command = ["python3", "-m", "http.server", "8123"].map(str::to_owned);
        assert_eq!(port_in_use("OSError: [Errno 98] Address already in use", &command), Some(8123));
        assert_eq!(port_in_use("listening on :5173", &command), None);
    }

    #[test]
    fn the_first_error_is_named_unless_it_is_shown() {
        let lines: Vec<String> = [
            "starting, 0 errors so far",
            "node:events:497",
            "Error: listen EADDRINUSE: address already in use :::5173",
            "    at Server.setupListenHandle [as _listen2] (node:net:1937:16)",
            "ImportError: a later one",
        ]
        .map(str::to_owned)
        .to_vec();
        let evidence = Evidence { lines: lines.clone() };
        let note = "The first error: Error: listen EADDRINUSE: address already in use :::5173";
        assert_eq!(evidence.first_error(&lines[3..]).as_deref(), Some(note));
        assert_eq!(evidence.first_error(&lines), None);
        assert_eq!(Evidence::default().first_error(&[]), None);
    }
}
