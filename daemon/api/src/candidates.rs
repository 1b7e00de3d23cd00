//! [`lines`]: processes to choose from, in an error or before a question: one line each.

use std::ops::RangeInclusive;
use std::path::Path;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::process::Process;
use crate::words::{directory, shown};

/// How many processes are shown.
const MAX_LINES: usize = 8;

/// The width into which a line has to fit, if its name and its directory do.
const LINE_WIDTH: usize = 80;

/// The widths of a column of commands.
const COMMAND_WIDTHS: RangeInclusive<usize> = 10..=28;

/// The spaces before a line and between its columns.
const GAP: usize = 2;

/// Name, status, command and directory of each process, running ones first, and how many more there
/// are.
pub fn lines(processes: &[&Process], home: Option<&Path>) -> Vec<String> {
    let mut sorted = processes.to_vec();
    sorted.sort_by_key(|process| !process.status.is_alive());
    sorted.truncate(MAX_LINES);
    let mut rows: Vec<_> = sorted.iter().map(|process| cells(process, home)).collect();
    // The name cannot be cut, because it is typed. It often tells the command.
    let used: usize = column_widths(&rows).iter().map(|width| GAP + width).sum();
    let left = LINE_WIDTH.saturating_sub(used + GAP);
    if left >= *COMMAND_WIDTHS.start() {
        for (row, process) in rows.iter_mut().zip(&sorted) {
            let command = shown(&process.command_line());
            row.insert(2, cut(&command, left.min(*COMMAND_WIDTHS.end())));
        }
    }
    let widths = column_widths(&rows);
    let mut lines: Vec<_> = rows.iter().map(|row| aligned(row, &widths)).collect();
    if processes.len() > MAX_LINES {
        lines.push(format!("  and {} more", processes.len() - MAX_LINES));
    }
    lines
}

fn cells(process: &Process, home: Option<&Path>) -> Vec<String> {
    let directory = shown(&directory(&process.working_directory, home));
    vec![shown(process.name()), process.status_text(), directory]
}

fn column_widths(rows: &[Vec<String>]) -> Vec<usize> {
    let count = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max();
    (0..count).map(|column| width(column).unwrap_or_default()).collect()
}

fn aligned(row: &[String], widths: &[usize]) -> String {
    let gap = " ".repeat(GAP);
    let mut line = String::new();
    for (cell, width) in row.iter().zip(widths) {
        line += &gap;
        line += cell;
        line += &" ".repeat(width - cell.width());
    }
    line.trim_end().to_owned()
}

/// The text, with its end replaced by `…` if it is wider than this.
pub fn cut(text: &str, max_width: usize) -> String {
    if text.width() <= max_width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut width = 0;
    for character in text.chars() {
        width += character.width().unwrap_or(0);
        if width >= max_width {
            break;
        }
        short.push(character);
    }
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_text_is_cut() {
        assert_eq!(cut("npm run dev", 11), "npm run dev");
        assert_eq!(cut("npm run dev", 8), "npm run…");
        assert_eq!(cut("日本語日本語", 6), "日本…");
    }

    #[test]
    fn columns_are_aligned_by_their_width() {
        let rows = [["日本", "running", "~"], ["web", "exited", "/a"]];
        let rows = rows.map(|row| row.map(str::to_owned).to_vec());
        let widths = column_widths(&rows);
        assert_eq!(
            rows.map(|row| aligned(&row, &widths)),
            ["  日本  running  ~", "  web   exited   /a"]
        );
    }
}
