//! [`UiScreen`]: the terminal of the dashboard. Dropping it restores the terminal.

use std::io;

use persistproc_api::{ErrorCode, Problem};
use ratatui_core::buffer::Buffer;
use ratatui_core::layout::{Rect, Size};

use super::painter;
use crate::error::Failure;
use crate::terminal::{self, Mode, Terminal, TerminalHandle, alternate_screen};

/// Marks what is pasted. It must not be read as commands.
const MARK_PASTES: &[u8] = b"\x1b[?2004h";

/// Reports presses and the wheel, as SGR sequences.
const TAKE_MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";

const RELEASE_MOUSE: &[u8] = b"\x1b[?1006l\x1b[?1000l";

/// The terminal, with what it shows.
pub(super) struct UiScreen {
    terminal: Terminal,
    shown: Buffer,
    is_entered: bool,
}

impl UiScreen {
    /// Takes the terminal. It is not changed before [`UiScreen::show`].
    pub(super) fn open() -> Result<Self, Failure> {
        let terminal = Terminal::open().map_err(|error| not_ours(&error))?;
        alternate_screen::leave_on_panic();
        Ok(Self { terminal, shown: Buffer::default(), is_entered: false })
    }

    /// Switches to the alternate screen. In the background, this stops us until we are in the
    /// foreground again.
    pub(super) fn show(&mut self, uses_mouse: bool) -> Result<(), Failure> {
        if self.is_entered {
            return Ok(());
        }
        self.terminal.enter(Mode::Raw).map_err(|error| not_ours(&error))?;
        self.is_entered = true;
        self.shown = Buffer::default();
        alternate_screen::enter()?;
        alternate_screen::write(MARK_PASTES)?;
        if uses_mouse {
            self.use_mouse(true)?;
        }
        Ok(())
    }

    /// Switches back, and restores the mode of the terminal.
    pub(super) fn hide(&mut self) {
        if std::mem::take(&mut self.is_entered) {
            alternate_screen::leave();
            // Fails if the terminal has hung up.
            self.terminal.enter(Mode::Original).ok();
        }
    }

    pub(super) fn is_shown(&self) -> bool {
        self.is_entered
    }

    pub(super) fn use_mouse(&self, is_used: bool) -> io::Result<()> {
        alternate_screen::write(if is_used { TAKE_MOUSE } else { RELEASE_MOUSE })
    }

    /// An empty screen of the size of the terminal.
    pub(super) fn blank(size: Size) -> Buffer {
        Buffer::empty(Rect::new(0, 0, size.width, size.height))
    }

    pub(super) fn size() -> Size {
        let size = terminal::size();
        Size::new(size.columns, size.rows)
    }

    /// Shows these characters.
    pub(super) fn paint(&mut self, buffer: Buffer) -> io::Result<()> {
        let frame = painter::frame(&self.shown, &buffer);
        self.shown = buffer;
        if frame.is_empty() { Ok(()) } else { alternate_screen::write(frame.as_bytes()) }
    }

    /// The terminal to read keys from.
    pub(super) fn keys(&self) -> TerminalHandle {
        self.terminal.handle().clone()
    }
}

impl Drop for UiScreen {
    fn drop(&mut self) {
        self.hide();
    }
}

fn not_ours(error: &io::Error) -> Failure {
    let problem = if error.kind() == io::ErrorKind::WouldBlock {
        Problem::new(ErrorCode::Busy, "Another command reads the keys of this terminal.")
            .hint("Leave that command, or use another terminal.")
    } else {
        Problem::invalid(format!("Cannot use the terminal: {error}."))
            .hint("Run `pp list --watch` to see the processes without keys.")
    };
    problem.into()
}
