//! The table of processes: pleasant at 80 columns and at 160, complete when piped.
//! It is handed the time, the home and the width, and reads none of them itself.

use std::path::Path;

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Row, Table, Width};
use persistproc_api::{Exit, Process, Time};

use unicode_width::UnicodeWidthStr;

use super::words::shown;
use super::{facts, style, words};

/// What the table looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    pub(crate) now: Time,
    pub(crate) home: Option<&'a Path>,
    /// Columns of the terminal; none: as wide as it gets, nothing cut.
    pub(crate) width: Option<u16>,
    pub(crate) colour: bool,
}

/// From this width on there is room for the directories.
const WIDE: u16 = 110;

const PID: usize = 2;

/// One line per process, under a line of headings; its facts, where they were asked for, below.
pub(crate) fn processes(processes: &[Process], look: Look) -> Vec<String> {
    let mut heading = vec!["NAME", "STATUS", "PID", "FOR", "EXIT", "COMMAND"];
    if with_directory(look) {
        heading.push("DIRECTORY");
    }
    let heading = heading.into_iter().map(str::to_owned).collect();
    let rows = std::iter::once(heading).chain(processes.iter().map(|it| cells(it, look)));
    let lines = match look.width {
        Some(width) => fitted(rows, width),
        None => spread(&rows.collect::<Vec<_>>(), Some(PID)),
    };
    let rows = std::iter::once(None).chain(processes.iter().map(Some));
    let lines = lines.into_iter().zip(rows);
    let trimmed = lines.map(|(line, process)| (line.trim_end().to_owned(), process));
    trimmed.flat_map(|(line, process)| with_facts(line, process, look)).collect()
}

/// Rows of any cells, one line each, as wide as they get; nothing but spaces between them.
pub(crate) fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    spread(rows, None)
}

/// Every column as wide as its widest cell. Whoever reads hundreds of rows in a pipe waits for
/// nothing that only a terminal needs.
fn spread(rows: &[Vec<String>], right: Option<usize>) -> Vec<String> {
    let mut widths = Vec::new();
    for row in rows {
        widths.resize(row.len().max(widths.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let line = |row: &Vec<String>| {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - cell.width());
            let (before, after) = if right == Some(at) { (&*space, "") } else { ("", &*space) };
            line.extend([before, cell, after, "  "]);
        }
        line
    };
    rows.iter().map(line).collect()
}

/// As wide as a terminal: long cells are cut.
fn fitted(mut rows: impl Iterator<Item = Vec<String>>, width: u16) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(NOTHING).set_truncation_indicator("…");
    table.set_header(single_line(rows.next().unwrap_or_default()));
    table.add_rows(rows.map(single_line));
    arrange(&mut table, width);
    table.lines().collect()
}

fn with_facts(line: String, process: Option<&Process>, look: Look) -> Vec<String> {
    let facts = process.map(|process| facts::lines(process, look.width)).unwrap_or_default();
    let facts = facts.into_iter().map(|line| style::dim(&line, look.colour));
    std::iter::once(painted(line, process, look)).chain(facts).collect()
}

fn with_directory(look: Look) -> bool {
    look.width.is_none_or(|width| width >= WIDE)
}

fn single_line(cells: Vec<String>) -> Row {
    let mut row = Row::from(cells);
    row.max_height(1);
    row
}

fn cells(process: &Process, look: Look) -> Vec<String> {
    let mut cells = vec![
        shown(process.name()),
        process.status.word().to_owned(),
        process.status.pid().map(|pid| pid.to_string()).unwrap_or_default(),
        words::age(&process.status, look.now).unwrap_or_default(),
        exit(process),
        shown(&process.command_line()),
    ];
    if with_directory(look) {
        cells.push(shown(&words::directory(&process.working_directory, look.home)));
    }
    cells
}

fn exit(process: &Process) -> String {
    match process.status.exit() {
        Some(Exit::Code(code)) => code.to_string(),
        Some(Exit::Signal(signal)) => words::signal(signal).trim_start_matches("SIG").to_owned(),
        None => String::new(),
    }
}

fn arrange(table: &mut Table, width: u16) {
    table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        match index {
            0 => {
                column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(width / 3)));
            }
            1..=4 => {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            _ => {}
        }
        if index == PID {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// What has ended stands back, what went wrong stands out.
fn painted(line: String, process: Option<&Process>, look: Look) -> String {
    let Some(process) = process else { return style::dim(&line, look.colour) };
    match words::went_wrong(&process.status) {
        true => style::red(&line, look.colour),
        false if !process.status.is_alive() => style::dim(&line, look.colour),
        false => line,
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
