//! The help: the keys of the table in two columns.

use ratatui_core::buffer::Buffer;
use ratatui_core::layout::Rect;
use ratatui_core::style::Style;

use super::{bold, put};
use crate::tui::keys::{KeyBinding, LOG_KEYS, PROCESS_KEYS};

/// The width of the keys before their texts.
const KEY_WIDTH: u16 = 10;

/// Draws the table of keys.
pub(super) fn draw(area: Rect, buffer: &mut Buffer) {
    let half = area.width / 2;
    let left = Rect { x: area.x + 1, width: half.saturating_sub(1), ..area };
    let right = Rect { x: area.x + half, width: area.width - half, ..area };
    draw_column("Process", PROCESS_KEYS, left, buffer);
    draw_column("Log and screen", LOG_KEYS, right, buffer);
}

fn draw_column(heading: &str, bindings: &[KeyBinding], area: Rect, buffer: &mut Buffer) {
    let mut rows = area.rows();
    if let Some(row) = rows.next() {
        put(heading, bold(), row, buffer);
    }
    let named = bindings.iter().filter(|binding| !binding.shown.is_empty());
    for (binding, row) in named.zip(rows) {
        put(binding.shown, bold(), row, buffer);
        let indent = KEY_WIDTH.min(row.width);
        let text = Rect { x: row.x + indent, width: row.width - indent, ..row };
        put(binding.help, Style::new(), text, buffer);
    }
}
