//! Processes to choose from, in an error or before a question: one line each.

use std::ops::RangeInclusive;
use std::path::Path;

use persistproc_api::Process;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{table, words};

/// How many processes are shown.
const MAX_LINES: usize = 8;

/// The width into which a line has to fit, if its name and its directory do.
const LINE_WIDTH: usize = 80;

/// The widths of a column of commands.
const COMMAND_WIDTHS: RangeInclusive<usize> = 10..=28;

/// Name, status, command and directory of each process, and how many more there are.
pub(crate) fn lines(processes: &[Process], home: Option<&Path>) -> Vec<String> {
    let shown = &processes[..processes.len().min(MAX_LINES)];
    let mut rows: Vec<_> = shown.iter().map(|process| cells(process, home)).collect();
    // The name cannot be cut, because it is typed. It often tells the command.
    let left = LINE_WIDTH.saturating_sub(2 + table_width(&rows));
    if left >= *COMMAND_WIDTHS.start() {
        for (row, process) in rows.iter_mut().zip(shown) {
            let command = words::shown(&process.command_line());
            row.insert(2, cut(&command, left.min(*COMMAND_WIDTHS.end())));
        }
    }
    let table = table::aligned(&rows);
    let mut lines: Vec<_> = table.iter().map(|line| format!("  {}", line.trim_end())).collect();
    if processes.len() > MAX_LINES {
        lines.push(format!("  and {} more", processes.len() - MAX_LINES));
    }
    lines
}

fn cells(process: &Process, home: Option<&Path>) -> Vec<String> {
    vec![
        words::shown(process.name()),
        process.status_text(),
        words::shown(&words::directory(&process.working_directory, home)),
    ]
}

/// The width of these columns, each with the space after it.
fn table_width(rows: &[Vec<String>]) -> usize {
    let mut widths = [0; 3];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    widths.iter().map(|width| width + 2).sum()
}

/// The text, with its end replaced by `…` if it is wider than this.
pub(crate) fn cut(text: &str, max_width: usize) -> String {
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
}
