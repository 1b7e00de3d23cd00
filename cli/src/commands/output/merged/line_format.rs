//! [`LineFormat`]: a line with the name of its process before it, as text or as JSON.

use std::io::{IsTerminal, stdout};

use jiff::tz::TimeZone;
use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;
use persistproc_api::{Process, Time};
use serde::Serialize;

use crate::render::name_column::{ColumnName, NameColumn, RESET};
use crate::session::OutputLine;
use crate::terminal::Sanitizer;

/// The width at which a name is cut on a terminal.
const MAX_NAME_WIDTH: usize = 24;

/// The process of a line.
#[derive(Clone, Debug)]
pub(super) struct LineSource {
    pub(super) id: String,
    label: String,
    pub(super) name: ColumnName,
}

/// How lines are written.
pub(super) struct LineFormat {
    json: bool,
    /// Whether names and lines have colours.
    colours: bool,
    names: NameColumn,
    /// The zone of the times before the lines; `None`: they have none.
    zone: Option<TimeZone>,
}

/// A line in JSON, with the keys of a row of `--rows` where it has them.
#[derive(Serialize)]
struct JsonLine<'a> {
    id: &'a str,
    label: &'a str,
    name: &'a str,
    run: u32,
    stream: Stream,
    time: Time,
    line: &'a str,
}

impl LineFormat {
    /// The format for standard output.
    pub(super) fn new(colours: bool, timestamps: bool, json: bool) -> Self {
        let max_width = stdout().is_terminal().then_some(MAX_NAME_WIDTH);
        Self {
            json,
            colours,
            names: NameColumn::new(max_width, colours),
            zone: timestamps.then(TimeZone::system),
        }
    }

    /// Adds a process: makes room for its name, and chooses a colour.
    pub(super) fn add(&mut self, process: &Process) -> LineSource {
        let name = self.names.add(process);
        LineSource { id: process.id.clone(), label: process.label.clone(), name }
    }

    pub(super) fn line(&self, source: &LineSource, line: &OutputLine) -> String {
        if self.json { json(source, line) } else { self.text(source, line) }
    }

    fn text(&self, source: &LineSource, line: &OutputLine) -> String {
        let name = self.names.cell(&source.name);
        let time = self.zone.as_ref().map(|zone| {
            let time = line.time.timestamp().to_zoned(zone.clone());
            time.strftime(" %H:%M:%S%.3f").to_string()
        });
        let text = plain(&line.bytes, self.colours);
        format!("{name}{} {text}", time.unwrap_or_default())
    }
}

/// The text of a line without control sequences; of a line that was rewritten, its last state.
fn plain(bytes: &[u8], colours: bool) -> String {
    let clean = Sanitizer::new(colours).sanitize(bytes);
    let text = String::from_utf8_lossy(&clean);
    let text = text.trim_end_matches('\r');
    let last = text.rsplit('\r').next().unwrap_or_default();
    if last.contains('\x1b') { format!("{last}{RESET}") } else { last.to_owned() }
}

fn json(source: &LineSource, line: &OutputLine) -> String {
    let stream = match line.source {
        Source::Stdout => Stream::Stdout,
        Source::Stderr => Stream::Stderr,
    };
    let json = JsonLine {
        id: &source.id,
        label: &source.label,
        name: source.name.text(),
        run: line.run,
        stream,
        time: line.time,
        line: &plain(&line.bytes, false),
    };
    serde_json::to_string(&json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(colours: bool, zone: Option<TimeZone>) -> LineFormat {
        LineFormat { json: false, colours, names: NameColumn::new(Some(6), colours), zone }
    }

    fn process(label: &str) -> Process {
        serde_json::from_value(serde_json::json!({
            "id": "x", "label": label, "command": ["x"], "working_directory": "/w",
            "status": "running", "pid": 1, "start_time": "2026-11-22T14:00:00Z", "end_time": null,
            "exit_code": null, "run": 1, "tty": false,
            "log_combined": "/l", "log_stdout": "/l", "log_stderr": "/l",
        }))
        .unwrap()
    }

    fn line(text: &str) -> OutputLine {
        let time = Time::from_micros(1_500_000);
        OutputLine { run: 2, source: Source::Stderr, time, bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn names_are_padded_and_coloured() {
        let mut plain = format(false, None);
        let web = plain.add(&process("web"));
        let long = plain.add(&process("a-long-name"));
        assert_eq!(plain.line(&web, &line("ready")), "web    | ready");
        assert_eq!(plain.line(&long, &line("ready")), "a-lon… | ready");
        let mut coloured = format(true, Some(TimeZone::UTC));
        let web = coloured.add(&process("web"));
        let text = coloured.line(&web, &line("\x1b[31mred"));
        let colour = web.name.colour();
        let expected = format!("\x1b[{colour}mweb |\x1b[0m 00:00:01.500 \x1b[31mred\x1b[0m");
        assert_eq!(text, expected);
    }

    #[test]
    fn only_the_last_state_of_a_line_is_text() {
        assert_eq!(plain(b"10 %\r50 %\r100 %\r", false), "100 %");
        assert_eq!(plain(b"\x1b[2K\x1b[32mdone\x1b[0m\r", false), "done");
    }

    #[test]
    fn a_line_in_json_has_the_name() {
        let mut format = format(false, None);
        format.json = true;
        let web = format.add(&process("web"));
        assert_eq!(
            format.line(&web, &line("\x1b[31mred")),
            r#"{"id":"x","label":"web","name":"web","run":2,"stream":"stderr","time":"1970-01-01T00:00:01.500Z","line":"red"}"#
        );
    }
}
