//! `Title` sets the title of the terminal while a process is attached; `notify` rings the bell and shows
//! a desktop notification. Neither changes the screen.

use std::io::{IsTerminal, Write, stderr, stdout};

/// The title of the terminal. Dropping it restores the previous one.
#[derive(Debug)]
pub(crate) struct Title {
    set: bool,
}

impl Title {
    /// Sets the title. `name` must not contain control characters.
    pub(crate) fn set(name: &str) -> Self {
        let set = stdout().is_terminal() && std::env::var_os("TERM").is_some_and(|it| it != "dumb");
        if set {
            write(&mut stdout().lock(), &format!("\x1b[22;2t\x1b]2;{name}\x07"));
        }
        Self { set }
    }
}

impl Drop for Title {
    fn drop(&mut self) {
        if self.set {
            write(&mut stdout().lock(), "\x1b[23;2t");
        }
    }
}

/// Rings the bell. Terminals that support OSC 9 also show the text as a desktop notification.
pub(crate) fn notify(text: &str) {
    if stderr().is_terminal() {
        write(&mut stderr().lock(), &format!("\x1b]9;{text}\x07\x07"));
    }
}

/// Ignores errors: they mean that the terminal has hung up.
fn write(terminal: &mut impl Write, text: &str) {
    terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush()).ok();
}
