//! [`draw`]: the model as a screen of characters.

mod foot;
mod help;
mod log;

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::layout::{Panes, fact_lines};
use super::model::{Overlay, UiModel};
use super::styled_text::StyledText;
use crate::render::columns::{CutSide, cut};
use crate::render::table::{ProcessTable, TableFormat};
use crate::render::words;

/// What stands before a row of the list: a sign for the selected process, and one for marked ones.
const GUTTER: u16 = 2;

/// Draws the dashboard.
pub(super) fn draw(model: &UiModel, buffer: &mut Buffer) {
    let panes = Panes::of(model);
    if model.overlay == Overlay::Help {
        let height = buffer.area.height.saturating_sub(panes.foot.height);
        help::draw(Rect { height, ..buffer.area }, buffer);
    } else {
        draw_list(model, panes.list, buffer);
        draw_rule(model, panes.rule, buffer);
        for (row, line) in panes.facts.rows().zip(fact_lines(model)) {
            put(&line, dim(), row, buffer);
        }
        log::draw(model, panes.log, buffer);
    }
    foot::draw(model, panes.foot, buffer);
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// Puts a text, with its escape sequences as colours, into a row.
fn put(text: &str, style: Style, row: Rect, buffer: &mut Buffer) {
    let line = StyledText::parse(text).within(style).part(0, row.width.into());
    buffer.set_line(row.x, row.y, &line, row.width);
}

/// The table of `pp list`.
fn draw_list(model: &UiModel, area: Rect, buffer: &mut Buffer) {
    let rows = Rect { x: area.x + GUTTER, width: area.width.saturating_sub(GUTTER), ..area };
    let list = &model.list;
    let mut rows = rows.rows();
    if list.shown().is_empty() {
        let lines = match (list.is_known, list.hidden()) {
            (false, _) => ["Connecting to the daemon…", ""],
            (true, 0) => words::NO_PROCESSES,
            (true, _) => ["No processes are running.", "Press a to see those that have ended."],
        };
        rows.zip(lines).for_each(|(row, line)| put(line, Style::new(), row, buffer));
        return;
    }
    let format = TableFormat {
        now: model.now,
        home: model.settings.home.as_deref(),
        width: Some(area.width.saturating_sub(GUTTER)),
        colour: model.settings.has_colours,
        long: false,
        reader: model.settings.reader,
    };
    let table = ProcessTable::new(list.shown(), format);
    if let Some(row) = rows.next() {
        put(&table.heading, dim(), row, buffer);
    }
    let selected = list.selected_index();
    let lines = table.rows.iter().enumerate().skip(list.offset);
    for ((index, line), row) in lines.zip(rows.by_ref()) {
        put(&line.concat(), Style::new(), row, buffer);
        let is_selected = selected == Some(index);
        let is_marked = list.shown().get(index).is_some_and(|process| list.is_marked(process));
        let gutter = [if is_selected { ">" } else { " " }, if is_marked { "*" } else { " " }];
        buffer.set_string(area.x, row.y, gutter.concat(), bold());
        if is_selected {
            let whole = Rect { x: area.x, width: area.width, ..row };
            buffer.set_style(whole, Style::new().add_modifier(Modifier::REVERSED));
        }
    }
    if list.hidden() > 0
        && let Some(row) = rows.next()
    {
        put(&format!("{} more ended: press a", list.hidden()), dim(), row, buffer);
    }
}

/// The line above the log: whose it is, and which part of it is shown.
fn draw_rule(model: &UiModel, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let width = usize::from(area.width);
    buffer.set_string(area.x, area.y, "─".repeat(width), dim());
    let place = format!(" {} ", place(model));
    let names = model.log.names().join(" + ");
    let status = match model.list.with_log()[..] {
        [process] if model.shows_log => {
            let age = words::age(&process.status, model.now);
            let age = match age {
                Some(age) if process.status.is_alive() => format!(" for {age}"),
                Some(age) => format!(" {age} ago"),
                None => String::new(),
            };
            format!(" · {}{age}", process.status_for(model.settings.reader))
        }
        _ => String::new(),
    };
    let room = width.saturating_sub(place.width() + 4);
    let title = cut(&format!("{names}{status}"), room.saturating_sub(2), CutSide::End);
    if !names.is_empty() && room > 2 {
        buffer.set_string(area.x + 2, area.y, format!(" {title} "), bold());
        let x = area.right().saturating_sub(place.width() as u16 + 2);
        buffer.set_string(x, area.y, place, dim());
    }
}

/// Which part of the log is shown.
fn place(model: &UiModel) -> String {
    let is_alive = model.list.with_log().iter().any(|process| process.status.is_alive());
    match model.log.place() {
        Some((Some(number), _)) => format!("line {number}"),
        Some((None, time)) => crate::render::line_time::LineTime::of_stdout().text(time),
        None if is_alive => "following".to_owned(),
        None => "end".to_owned(),
    }
}

#[cfg(test)]
mod tests;
