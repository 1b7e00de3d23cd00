//! The few colours there are, and when there are none: not out of a terminal, and not for
//! those who set NO_COLOR.

use std::env;

use super::words;

/// Whether to use colour on a stream.
pub(crate) fn wanted(terminal: bool) -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    terminal && !refused
}

/// For what is said in passing, whoever's names are in it.
pub(crate) fn dim(text: &str, terminal: bool) -> String {
    painted("2", &words::shown_lines(text), terminal)
}

/// For what went wrong.
pub(crate) fn red(text: &str, terminal: bool) -> String {
    painted("31", text, terminal)
}

/// For the part of a line that was looked for, where colour is wanted.
pub(crate) fn standing_out(text: &str) -> String {
    format!("\x1b[1;31m{text}\x1b[0m")
}

fn painted(code: &str, text: &str, terminal: bool) -> String {
    if wanted(terminal) { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}
