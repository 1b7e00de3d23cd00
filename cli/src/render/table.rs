//! The table of processes for `list`. On a terminal it is fitted to the width and worded for a person.
//! In a pipe it has the words of the API and all columns. Time, home and width are parameters, so the
//! output is reproducible.

use std::iter;
use std::path::Path;

use persistproc_api::{Exit, Process, Time, signals};
use unicode_width::UnicodeWidthStr;

use super::columns::{Column, CutSide, GAP, Step, cut, fit};
use super::words::{shown, slug};
use super::{facts, style, words};

/// How to format the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableFormat<'a> {
    pub(crate) now: Time,
    pub(crate) home: Option<&'a Path>,
    /// The columns of the terminal; `None` for a pipe.
    pub(crate) width: Option<u16>,
    pub(crate) colour: bool,
    /// Show the facts of each process below its row.
    pub(crate) long: bool,
    /// The client name of this command, for texts that name who did something.
    pub(crate) reader: &'a str,
}

/// How much of a command the table shows in a pipe. JSON has the rest.
const MAX_COMMAND_WIDTH: usize = 60;

/// A heading, and the lines of each process.
#[derive(Debug, Default)]
pub(crate) struct ProcessTable {
    pub(crate) heading: String,
    pub(crate) rows: Vec<Vec<String>>,
}

impl ProcessTable {
    pub(crate) fn new(processes: &[Process], format: TableFormat<'_>) -> Self {
        let lines = match format.width {
            Some(width) if format.long => long_lines(processes, width, format),
            Some(width) => short_lines(processes, width, format),
            None => pipe_lines(processes, format),
        };
        let mut lines = lines.into_iter();
        let heading = style::dim(&lines.next().unwrap_or_default(), format.colour);
        let rows = lines.zip(processes).map(|(line, process)| with_facts(line, process, format));
        Self { heading, rows: rows.collect() }
    }

    /// All lines.
    pub(crate) fn lines(self) -> Vec<String> {
        iter::once(self.heading).chain(self.rows.into_iter().flatten()).collect()
    }

    /// At most this many lines, for a screen of this height. The last one counts the processes that
    /// do not fit.
    pub(crate) fn first_lines(self, height: usize) -> Vec<String> {
        let count = self.rows.len();
        let total = 1 + self.rows.iter().map(Vec::len).sum::<usize>();
        let room = if total <= height { height } else { height.saturating_sub(1) };
        let mut lines = vec![self.heading];
        let mut fitting = 0;
        for row in self.rows {
            if lines.len() + row.len() > room {
                break;
            }
            lines.extend(row);
            fitting += 1;
        }
        if fitting < count {
            lines.push(format!("+ {} more", count - fitting));
        }
        lines.truncate(height);
        lines
    }
}

/// One line per row, in left-aligned columns, each with the gap that follows it.
pub(crate) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(row.len().max(widths.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let padded = |(cell, width): (&String, &usize)| {
        format!("{cell}{}", " ".repeat(width - cell.width() + GAP))
    };
    rows.iter().map(|row| row.iter().zip(&widths).map(padded).collect()).collect()
}

/// A column of the cells that this function makes.
fn column(heading: &str, processes: &[Process], cell: impl Fn(&Process) -> String) -> Column {
    Column::new(cells(heading, processes, cell))
}

fn cells(heading: &str, processes: &[Process], cell: impl Fn(&Process) -> String) -> Vec<String> {
    iter::once(heading.to_owned()).chain(processes.iter().map(cell)).collect()
}

/// What a person looks for: the name, whether it runs, and where. The command is shown where it says
/// more than the name.
fn short_lines(processes: &[Process], width: u16, format: TableFormat<'_>) -> Vec<String> {
    const NAME: usize = 0;
    const STATUS: usize = 1;
    const URL: usize = 3;
    const DIRECTORY: usize = 4;
    const PID: usize = 5;
    const COMMAND: usize = 6;
    let has_url = processes.iter().any(|process| url(process).is_some());
    let url_heading = if has_url { "URL" } else { "PORT" };
    let url_or_port = |process: &Process| url(process).unwrap_or_else(|| port(process));
    let columns = vec![
        name_column(processes),
        status_column(processes, format.reader),
        age_column(processes, format.now),
        column(url_heading, processes, url_or_port)
            .or(cells("PORT", processes, port))
            .unless_empty(),
        directory_column(processes, format.home),
        pid_column(processes).unless_empty(),
        column("COMMAND", processes, further_command).unless_empty(),
    ];
    let steps = [
        Step::Cut(COMMAND, 30),
        Step::Cut(NAME, 36),
        Step::Cut(DIRECTORY, 30),
        Step::Shorten(URL),
        Step::Cut(NAME, 24),
        Step::Cut(COMMAND, 16),
        Step::Cut(DIRECTORY, 20),
        Step::LeaveOut(PID),
        Step::Cut(COMMAND, 12),
        Step::LeaveOut(COMMAND),
        Step::Cut(NAME, 20),
        Step::Cut(DIRECTORY, 14),
        Step::Shorten(STATUS),
        Step::Cut(NAME, 16),
        Step::LeaveOut(DIRECTORY),
        Step::Cut(NAME, 10),
        Step::LeaveOut(URL),
    ];
    fit(columns, &steps, Some(width.into()))
}

/// The columns above the facts, which have the URL and the command.
fn long_lines(processes: &[Process], width: u16, format: TableFormat<'_>) -> Vec<String> {
    const NAME: usize = 0;
    const STATUS: usize = 1;
    const PID: usize = 3;
    const DIRECTORY: usize = 4;
    let columns = vec![
        name_column(processes),
        status_column(processes, format.reader),
        age_column(processes, format.now),
        pid_column(processes).unless_empty(),
        directory_column(processes, format.home),
    ];
    let steps = [
        Step::Cut(DIRECTORY, 30),
        Step::Cut(NAME, 28),
        Step::Cut(DIRECTORY, 20),
        Step::Cut(NAME, 20),
        Step::Cut(DIRECTORY, 14),
        Step::Shorten(STATUS),
        Step::Cut(NAME, 10),
        Step::LeaveOut(PID),
        Step::LeaveOut(DIRECTORY),
    ];
    fit(columns, &steps, Some(width.into()))
}

/// The same columns and words for every list, which scripts can rely on.
fn pipe_lines(processes: &[Process], format: TableFormat<'_>) -> Vec<String> {
    let columns = vec![
        name_column(processes),
        column("STATUS", processes, Process::status_text),
        pid_column(processes),
        age_column(processes, format.now),
        column("EXIT", processes, exit),
        column("PORT", processes, |process| {
            process.assigned_port.map(|port| port.to_string()).unwrap_or_default()
        })
        .unless_empty(),
        column("COMMAND", processes, |process| {
            cut(&shown(&process.command_line()), MAX_COMMAND_WIDTH, CutSide::End)
        }),
        directory_column(processes, format.home),
    ];
    fit(columns, &[], None)
}

fn name_column(processes: &[Process]) -> Column {
    column("NAME", processes, |process| shown(process.name()))
}

fn status_column(processes: &[Process], reader: &str) -> Column {
    column("STATUS", processes, |process| process.status_for(reader)).or(cells(
        "STATUS",
        processes,
        Process::short_status,
    ))
}

fn age_column(processes: &[Process], now: Time) -> Column {
    column("FOR", processes, |process| words::age(&process.status, now).unwrap_or_default())
}

/// The PIDs of processes that run. Another process may have that of an ended one.
fn pid_column(processes: &[Process]) -> Column {
    let pid = |process: &Process| {
        let pid = process.status.pid().filter(|_| process.status.is_alive());
        pid.map(|pid| pid.to_string()).unwrap_or_default()
    };
    column("PID", processes, pid).right_aligned()
}

fn directory_column(processes: &[Process], home: Option<&Path>) -> Column {
    let directory = |process: &Process| shown(&words::directory(&process.working_directory, home));
    column("DIRECTORY", processes, directory).cut_at_start()
}

/// The URL that a running process has printed.
fn url(process: &Process) -> Option<String> {
    let facts = process.facts.as_ref().filter(|_| process.status.is_alive())?;
    facts.url.as_deref().map(shown)
}

/// The port of a running process: that of its URL, or its first, or the assigned one.
fn port(process: &Process) -> String {
    if !process.status.is_alive() {
        return String::new();
    }
    let facts = process.facts.as_deref();
    let in_url = facts.and_then(facts::url_port);
    let first = facts.and_then(|facts| facts.ports.first().copied());
    let port = in_url.or(first).or(process.assigned_port);
    port.map(|port| format!(":{port}")).unwrap_or_default()
}

/// The command, if it says more than the name. A name that was not given is made of the directory and
/// the command.
fn further_command(process: &Process) -> String {
    let program = process.command.first().map(Path::new).and_then(Path::file_name);
    let program = program.map(|name| name.to_string_lossy().into_owned());
    let words: Vec<String> =
        program.into_iter().chain(process.command.iter().skip(1).cloned()).collect();
    let in_name = slug(&words.join(" "));
    let number = process.id.rsplit('-').next().filter(|end| end.parse::<u32>().is_ok());
    let numbered = number.map(|number| format!("{in_name}-{number}"));
    let is_in_name =
        |words: &str| process.id == words || process.id.ends_with(&format!("-{words}"));
    if is_in_name(&in_name) || numbered.is_some_and(|words| is_in_name(&words)) {
        String::new()
    } else {
        shown(&process.command_line())
    }
}

fn exit(process: &Process) -> String {
    match process.status.exit() {
        Some(Exit::Code(code)) => code.to_string(),
        Some(Exit::Signal(signal)) => {
            signals::name_or_number(signal).trim_start_matches("SIG").to_owned()
        }
        None => String::new(),
    }
}

fn with_facts(line: String, process: &Process, format: TableFormat<'_>) -> Vec<String> {
    let facts = if format.long {
        // In a pipe, the command has a column.
        let command = format.width.map(|_| further_command(process)).unwrap_or_default();
        facts::lines(process, &command, format.width, format.reader)
    } else {
        Vec::new()
    };
    let facts = facts.into_iter().map(|line| style::dim(&line, format.colour));
    iter::once(paint(line, process, format.colour)).chain(facts).collect()
}

/// Dims ended processes, and marks failed ones.
fn paint(line: String, process: &Process, colour: bool) -> String {
    if process.status.is_failure() {
        style::red(&line, colour)
    } else if process.status.is_alive() {
        line
    } else {
        style::dim(&line, colour)
    }
}

#[cfg(test)]
pub(crate) mod tests;
