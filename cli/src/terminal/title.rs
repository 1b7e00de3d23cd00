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

/// Rings the bell. Terminals that support OSC 9 or OSC 777 also show the text as a desktop notification,
/// most of them only while another window is in front.
pub(crate) fn notify(text: &str) {
    if stderr().is_terminal() {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let sequence = notification(text, &variable("TERM"), &variable("VTE_VERSION"));
        write(&mut stderr().lock(), &format!("{sequence}\x07"));
    }
}

/// The sequence that the terminal knows. One that knows both would show two notifications.
fn notification(text: &str, term: &str, vte_version: &str) -> String {
    if term.starts_with("rxvt") || !vte_version.is_empty() {
        format!("\x1b]777;notify;persistproc;{text}\x07")
    } else {
        format!("\x1b]9;{text}\x07")
    }
}

/// Ignores errors: they mean that the terminal has hung up.
fn write(terminal: &mut impl Write, text: &str) {
    terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush()).ok();
}

#[cfg(test)]
mod tests {
    use super::notification;

    #[test]
    fn each_terminal_gets_the_sequence_that_it_knows() {
        for term in ["xterm-kitty", "foot", "xterm-256color", "tmux-256color"] {
            assert_eq!(notification("web ended", term, ""), "\x1b]9;web ended\x07", "{term}");
        }
        let other = "\x1b]777;notify;persistproc;web ended\x07";
        assert_eq!(notification("web ended", "rxvt-unicode-256color", ""), other);
        assert_eq!(notification("web ended", "xterm-256color", "7600"), other);
    }
}
