//! [`frame`]: the bytes that turn one screen of characters into the next. Pure.

use std::fmt::Write;

use ratatui_core::buffer::{Buffer, Cell};
use ratatui_core::style::{Color, Modifier};

/// Terminals that know this show all of a frame at once.
const BEGIN: &str = "\x1b[?2026h";
const END: &str = "\x1b[0m\x1b[?2026l";

const MODIFIERS: [(Modifier, &str); 6] = [
    (Modifier::BOLD, ";1"),
    (Modifier::DIM, ";2"),
    (Modifier::ITALIC, ";3"),
    (Modifier::UNDERLINED, ";4"),
    (Modifier::REVERSED, ";7"),
    (Modifier::CROSSED_OUT, ";9"),
];

/// The bytes for the terminal; empty if nothing has changed. After a change of the size, everything is
/// drawn.
pub(super) fn frame(old: &Buffer, new: &Buffer) -> String {
    if old.area != new.area {
        let empty = Buffer::empty(new.area);
        return format!("\x1b[0m\x1b[2J{}", frame(&empty, new));
    }
    let mut bytes = String::new();
    let mut next = None;
    let mut style = String::new();
    for (x, y, cell) in old.diff(new) {
        if next != Some((x, y)) {
            // Fails never: the target is a string. So does the next one.
            write!(bytes, "\x1b[{};{}H", y + 1, x + 1).ok();
        }
        let wanted = sgr(cell);
        if wanted != style {
            bytes.push_str(&wanted);
            style = wanted;
        }
        bytes.push_str(cell.symbol());
        // After a wide character, the cursor is placed again.
        next = (cell.symbol().len() == 1).then_some((x + 1, y));
    }
    if bytes.is_empty() { bytes } else { format!("{BEGIN}\x1b[0m{bytes}{END}") }
}

/// The sequence that sets the style of a cell and resets all others.
fn sgr(cell: &Cell) -> String {
    let mut codes = "\x1b[0".to_owned();
    for (modifier, code) in MODIFIERS {
        if cell.modifier.contains(modifier) {
            codes.push_str(code);
        }
    }
    codes.push_str(&colour(cell.fg, 30));
    codes.push_str(&colour(cell.bg, 40));
    codes.push('m');
    codes
}

/// A colour as parameters. `base` is 30 for text and 40 for its background.
fn colour(colour: Color, base: u8) -> String {
    match colour {
        Color::Indexed(index @ 0..8) => format!(";{}", base + index),
        Color::Indexed(index @ 8..16) => format!(";{}", base + 60 + index - 8),
        Color::Indexed(index) => format!(";{};5;{index}", base + 8),
        Color::Rgb(red, green, blue) => format!(";{};2;{red};{green};{blue}", base + 8),
        // The dashboard uses no names of colours.
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use ratatui_core::layout::Rect;
    use ratatui_core::style::Style;

    use super::*;

    #[test]
    fn only_what_has_changed_is_written() {
        let area = Rect::new(0, 0, 10, 2);
        let mut old = Buffer::empty(area);
        old.set_string(0, 0, "one", Style::new());
        let mut new = old.clone();
        assert_eq!(frame(&old, &new), "");
        new.set_string(0, 0, "ore", Style::new());
        new.set_string(2, 1, "ab", Style::new().fg(Color::Indexed(1)));
        new.set_string(4, 1, "c", Style::new().fg(Color::Indexed(9)).bg(Color::Rgb(1, 2, 3)));
        let expected = "\x1b[?2026h\x1b[0m\x1b[1;2H\x1b[0mr\x1b[2;3H\x1b[0;31mab\
                        \x1b[0;91;48;2;1;2;3mc\x1b[0m\x1b[?2026l";
        assert_eq!(frame(&old, &new), expected);
    }

    #[test]
    fn after_a_resize_everything_is_written() {
        let mut new = Buffer::empty(Rect::new(0, 0, 4, 1));
        new.set_string(0, 0, "ok", Style::new().add_modifier(Modifier::BOLD));
        let text = frame(&Buffer::default(), &new);
        assert!(text.starts_with("\x1b[0m\x1b[2J"), "{text:?}");
        assert!(text.contains("\x1b[1;1H\x1b[0;1mok"), "{text:?}");
    }
}
