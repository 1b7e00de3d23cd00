//! The title of the terminal while somebody watches a process, and a notice to somebody who does
//! not: sequences that change nothing on the screen itself.

use std::io::{IsTerminal, Write, stderr, stdout};

/// The title says what is watched; dropped, it is what it was.
#[derive(Debug)]
pub(crate) struct Title {
    set: bool,
}

impl Title {
    /// `name` has no control characters in it any more.
    pub(crate) fn set(name: &str) -> Self {
        let set = stdout().is_terminal() && std::env::var_os("TERM").is_some_and(|it| it != "dumb");
        if set {
            say(&mut stdout().lock(), &format!("\x1b[22;2t\x1b]2;{name}\x07"));
        }
        Self { set }
    }
}

impl Drop for Title {
    fn drop(&mut self) {
        if self.set {
            say(&mut stdout().lock(), "\x1b[23;2t");
        }
    }
}

/// Rings the bell of this terminal, and where it knows how, its desktop shows the text.
pub(crate) fn notify(text: &str) {
    if stderr().is_terminal() {
        say(&mut stderr().lock(), &format!("\x1b]9;{text}\x07\x07"));
    }
}

/// A terminal that is gone has no title.
fn say(terminal: &mut impl Write, text: &str) {
    terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush()).ok();
}
