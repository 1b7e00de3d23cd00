//! The table of processes for `list`. It is fitted to the width of a terminal and complete in a pipe. Time, home and width are
//! parameters, so the output is reproducible.

use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, Width};
use persistproc_api::{Exit, Process, Time, signals};

use unicode_width::UnicodeWidthStr;

use super::words::shown;
use super::{facts, style, words};

/// How to format the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableFormat<'a> {
    pub(crate) now: Time,
    pub(crate) home: Option<&'a Path>,
    /// The columns of the terminal; `None` for a pipe, where nothing is cut.
    pub(crate) width: Option<u16>,
    pub(crate) colour: bool,
}

/// The smallest width with a column for the directory.
const MIN_WIDTH_FOR_DIRECTORY: u16 = 110;

/// The index of the PID column.
const PID: usize = 2;

/// The index of the column of assigned ports, which is there if a process has one.
const PORT: usize = 3;

/// A heading, one row per process, and below each row its facts, if it has any.
pub(crate) fn processes(processes: &[Process], format: TableFormat) -> Vec<String> {
    let with_port = processes.iter().any(|process| process.assigned_port.is_some());
    let mut heading = vec!["NAME", "STATUS", "PID", "FOR", "EXIT", "COMMAND"];
    if with_port {
        heading.insert(PORT, "PORT");
    }
    if with_directory(format) {
        heading.push("DIRECTORY");
    }
    let heading = heading.into_iter().map(str::to_owned).collect();
    let rows = processes.iter().map(|process| cells(process, with_port, format));
    let rows = std::iter::once(heading).chain(rows);
    let lines = match format.width {
        Some(width) => fit(rows, width, with_port),
        None => align(&rows.collect::<Vec<_>>(), Some(PID)),
    };
    let rows = std::iter::once(None).chain(processes.iter().map(Some));
    let lines = lines.into_iter().zip(rows);
    lines
        .flat_map(|(line, process)| with_facts(line.trim_end().to_owned(), process, format))
        .collect()
}

/// One line per row, in left-aligned columns.
pub(crate) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    align(rows, None)
}

/// Makes every column as wide as its widest cell. Faster than [`fit`], because it skips the layout that
/// only a terminal needs.
fn align(rows: &[Vec<String>], right_aligned: Option<usize>) -> Vec<String> {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(row.len().max(widths.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    rows.iter().map(|row| padded(row, &widths, right_aligned)).collect()
}

fn padded(row: &[String], widths: &[usize], right_aligned: Option<usize>) -> String {
    let mut line = String::new();
    for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
        let padding = " ".repeat(width - cell.width());
        if right_aligned == Some(index) {
            line.extend([&padding, cell, "  "]);
        } else {
            line.extend([cell, &*padding, "  "]);
        }
    }
    line
}

/// Fits the rows into the width of a terminal: long cells are cut.
fn fit(mut rows: impl Iterator<Item = Vec<String>>, width: u16, with_port: bool) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_truncation_indicator("…");
    table.set_header(single_line(rows.next().unwrap_or_default()));
    table.add_rows(rows.map(single_line));
    arrange(&mut table, width, with_port);
    table.lines().collect()
}

fn with_facts(line: String, process: Option<&Process>, format: TableFormat) -> Vec<String> {
    let facts = process.map(|process| facts::lines(process, format.width)).unwrap_or_default();
    let facts = facts.into_iter().map(|line| style::dim(&line, format.colour));
    std::iter::once(paint(line, process, format)).chain(facts).collect()
}

fn with_directory(format: TableFormat) -> bool {
    format.width.is_none_or(|width| width >= MIN_WIDTH_FOR_DIRECTORY)
}

fn single_line(cells: Vec<String>) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

fn cells(process: &Process, with_port: bool, format: TableFormat) -> Vec<String> {
    let mut cells = vec![
        shown(process.name()),
        process.status_text(),
        process.status.pid().map(|pid| pid.to_string()).unwrap_or_default(),
        words::age(&process.status, format.now).unwrap_or_default(),
        exit(process),
        shown(&process.command_line()),
    ];
    if with_port {
        let port = process.assigned_port.map(|port| port.to_string());
        cells.insert(PORT, port.unwrap_or_default());
    }
    if with_directory(format) {
        cells.push(shown(&words::directory(&process.working_directory, format.home)));
    }
    cells
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

fn arrange(table: &mut Table, width: u16, with_port: bool) {
    let last_short = if with_port { 5 } else { 4 };
    table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        match index {
            0 => {
                column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(width / 3)));
            }
            _ if index <= last_short => {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            _ => {}
        }
        if index == PID {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// Dims the heading and ended processes, and marks failed ones.
fn paint(line: String, process: Option<&Process>, format: TableFormat) -> String {
    let Some(process) = process else { return style::dim(&line, format.colour) };
    if words::is_failure(&process.status) {
        style::red(&line, format.colour)
    } else if process.status.is_alive() {
        line
    } else {
        style::dim(&line, format.colour)
    }
}

#[cfg(test)]
pub(super) mod tests;
