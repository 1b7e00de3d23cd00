//! The lines of the log on the screen.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Modifier;
use ratatui_core::text::Line;

use super::{dim, put};
use crate::render::words;
use crate::tui::layout::Panes;
use crate::tui::log_window::LogLine;
use crate::tui::model::UiModel;
use crate::tui::styled_text::StyledText;

/// The match at which the search is, and the other ones.
const CURRENT_MATCH: Modifier = Modifier::REVERSED.union(Modifier::BOLD);
const OTHER_MATCH: Modifier = Modifier::UNDERLINED.union(Modifier::BOLD);

/// Draws the lines. The newest ones stand at the bottom.
pub(super) fn draw(model: &UiModel, area: Rect, buffer: &mut Buffer) {
    let width = usize::from(area.width);
    let height = usize::from(area.height);
    let visible = model.log.visible(Panes::of(model).log_size());
    let lines = &model.log.lines()[visible];
    let drawn: Vec<Line<'static>> =
        lines.iter().flat_map(|line| rows_of(model, line, width)).collect();
    let surplus = if model.log.is_following() { drawn.len().saturating_sub(height) } else { 0 };
    for (row, line) in area.rows().zip(&drawn[surplus..]) {
        buffer.set_line(row.x, row.y, line, row.width);
    }
    if lines.is_empty()
        && let Some(text) = empty_text(model)
        && let Some(row) = area.rows().next()
    {
        put(text, dim(), row, buffer);
    }
}

fn empty_text(model: &UiModel) -> Option<&'static str> {
    let processes = model.list.with_log();
    let has_run = processes.iter().any(|process| process.run > 0);
    has_run.then_some("No output yet.")
}

/// A line of the log as rows of the screen.
fn rows_of(model: &UiModel, line: &LogLine, width: usize) -> Vec<Line<'static>> {
    let log = &model.log;
    let prefix = StyledText::parse(&log.prefix(line)).part(0, width);
    let prefix_width = prefix.width();
    let width = width.saturating_sub(prefix_width).max(1);
    if line.is_heading {
        let heading = format!("── run {} {}", line.row.run, "─".repeat(width));
        let heading = StyledText::parse(&words::shown(&heading)).within(dim());
        return vec![joined(prefix, heading.part(0, width))];
    }
    let mut text = StyledText::parse(&line.row.line);
    if let Some(pattern) = log.marked() {
        let is_current = log.is_current_match(line);
        text = text.marking(pattern, if is_current { CURRENT_MATCH } else { OTHER_MATCH });
    }
    if !log.wraps {
        return vec![joined(prefix, text.part(log.left, width))];
    }
    let mut rows = text.wrapped(width).into_iter();
    let first = joined(prefix, rows.next().unwrap_or_default());
    let indent = || Line::from(" ".repeat(prefix_width));
    std::iter::once(first).chain(rows.map(|row| joined(indent(), row))).collect()
}

fn joined(mut first: Line<'static>, second: Line<'static>) -> Line<'static> {
    first.spans.extend(second.spans);
    first
}
