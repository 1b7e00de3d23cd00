//! The colours of text on a terminal. There are none outside a terminal or if `NO_COLOR` is set.

use std::env;

use super::words;

/// Whether to use colour on a stream.
pub(crate) fn use_colour(terminal: bool) -> bool {
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    terminal && !no_color
}

/// Dims secondary text. Escapes control characters, because it may contain labels.
pub(crate) fn dim(text: &str, terminal: bool) -> String {
    paint("2", &words::shown_lines(text), terminal)
}

/// Marks errors.
pub(crate) fn red(text: &str, terminal: bool) -> String {
    paint("31", text, terminal)
}

/// Marks a search match, regardless of the terminal.
pub(crate) fn highlighted(text: &str) -> String {
    format!("\x1b[1;31m{text}\x1b[0m")
}

fn paint(code: &str, text: &str, terminal: bool) -> String {
    if use_colour(terminal) { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}
