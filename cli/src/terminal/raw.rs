//! Modes of the terminal, and the promise that it is left as it was found: at the normal end,
//! at an early return and in a panic. Signals are turned into early returns elsewhere.

use std::io;
use std::panic;
use std::sync::Arc;

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

/// How the terminal behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// As it was found: lines, echo, signals.
    Found,
    /// Every key at once and unchanged, every byte of output unchanged: for a program that has
    /// a terminal of its own.
    Raw,
    /// One key at a time, unseen; all else as it was: for a question.
    Question,
}

/// The terminal on standard input; dropped, it is as it was found.
#[derive(Debug)]
pub(crate) struct Terminal {
    found: Arc<Termios>,
    mode: Mode,
}

impl Terminal {
    /// Remembers how the terminal is. Also a panic will put it back.
    pub(crate) fn take() -> io::Result<Self> {
        let found = Arc::new(tcgetattr(io::stdin())?);
        let (saved, before) = (Arc::clone(&found), panic::take_hook());
        panic::set_hook(Box::new(move |panic| {
            apply(&saved).ok();
            before(panic);
        }));
        Ok(Self { found, mode: Mode::Found })
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Changes the mode. Without a change the terminal is not touched: in the background that
    /// would stop us.
    pub(crate) fn enter(&mut self, mode: Mode) -> io::Result<()> {
        if mode == self.mode {
            return Ok(());
        }
        apply(&modified(&self.found, mode))?;
        self.mode = mode;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.mode != Mode::Found {
            // A terminal that is gone needs no mode.
            apply(&self.found).ok();
        }
    }
}

fn modified(found: &Termios, mode: Mode) -> Termios {
    let mut termios = found.clone();
    match mode {
        Mode::Found => {}
        Mode::Raw => termios.make_raw(),
        Mode::Question => {
            termios.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            termios.special_codes[SpecialCodeIndex::VMIN] = 1;
            termios.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
    }
    termios
}

/// At once: to wait for the output to drain could be to wait for ever.
fn apply(termios: &Termios) -> io::Result<()> {
    Ok(tcsetattr(io::stdin(), OptionalActions::Now, termios)?)
}
