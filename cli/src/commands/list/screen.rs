//! [`AlternateScreen`]: a screen of its own for a list that is drawn again and again. The text and the
//! scrollback of the terminal stay as they are.

use std::io;

use crate::terminal::{Mode, Terminal, TerminalHandle, alternate_screen};

/// The alternate screen. Dropping it restores the terminal.
pub(super) struct AlternateScreen {
    /// `None` if our keys belong to another command, or if there is no terminal to read from.
    terminal: Option<Terminal>,
    is_entered: bool,
}

impl AlternateScreen {
    pub(super) fn enter() -> io::Result<Self> {
        let mut screen = Self { terminal: Terminal::open().ok(), is_entered: false };
        screen.show()?;
        Ok(screen)
    }

    /// Switches to the alternate screen, if it is not shown. What is typed is not shown there.
    pub(super) fn show(&mut self) -> io::Result<()> {
        if self.is_entered {
            return Ok(());
        }
        if let Some(terminal) = self.terminal.as_mut().filter(|it| it.handle().in_foreground()) {
            // Fails if another command has the keys of the terminal.
            terminal.enter(Mode::Unechoed).ok();
        }
        self.is_entered = true;
        alternate_screen::enter()
    }

    /// Switches back.
    pub(super) fn hide(&mut self) {
        if !self.is_entered {
            return;
        }
        self.is_entered = false;
        alternate_screen::leave();
        if let Some(terminal) = &mut self.terminal {
            // Fails if the terminal has hung up.
            terminal.enter(Mode::Original).ok();
        }
    }

    /// Draws the lines from the top of the screen on. There must be no more than it has rows.
    pub(super) fn draw(&self, lines: &[String]) -> io::Result<()> {
        alternate_screen::write(frame(lines).as_bytes())
    }

    /// The terminal to read keys from.
    pub(super) fn keys(&self) -> Option<TerminalHandle> {
        self.terminal.as_ref().map(|terminal| terminal.handle().clone())
    }
}

impl Drop for AlternateScreen {
    fn drop(&mut self) {
        self.hide();
    }
}

/// The lines as a text for the terminal. It erases what was there line by line, since a screen that is
/// cleared first flickers. No newline follows the last line: it would scroll a full screen.
fn frame(lines: &[String]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("{line}\x1b[K")).collect();
    format!("\x1b[H{}\x1b[J", lines.join("\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_replaces_the_one_before_and_does_not_scroll() {
        let lines = ["a".to_owned(), "b".to_owned()];
        assert_eq!(frame(&lines), "\x1b[Ha\x1b[K\r\nb\x1b[K\x1b[J");
    }
}
