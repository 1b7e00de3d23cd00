//! `Terminal`: switches the mode of the terminal on standard input. Dropping it restores the original
//! mode, and so does a panic. Signals are handled as events, which lead to a normal drop.

use std::io;
use std::panic;
use std::sync::Arc;

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

/// The mode of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The original mode; usually with line editing, echo and signals.
    Original,
    /// Every key is read at once, and input and output are unchanged. For a process that has its own
    /// pseudo-terminal.
    Raw,
    /// Every key is read at once and without echo, otherwise like the original mode. For a question.
    Question,
}

/// The terminal on standard input. Dropping it restores the original mode.
#[derive(Debug)]
pub(crate) struct Terminal {
    original: Arc<Termios>,
    mode: Mode,
}

impl Terminal {
    /// Saves the current mode and installs a panic hook that restores it.
    pub(crate) fn take() -> io::Result<Self> {
        let original = Arc::new(tcgetattr(io::stdin())?);
        let saved = Arc::clone(&original);
        let previous_hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            // Fails if the terminal has hung up.
            apply(&saved).ok();
            previous_hook(panic);
        }));
        Ok(Self { original, mode: Mode::Original })
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// Changes the mode. If it is set already, the terminal is not touched, because in the background
    /// that would stop us with SIGTTOU.
    pub(crate) fn enter(&mut self, mode: Mode) -> io::Result<()> {
        if mode == self.mode {
            return Ok(());
        }
        apply(&modified(&self.original, mode))?;
        self.mode = mode;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.mode != Mode::Original {
            // Fails if the terminal has hung up.
            apply(&self.original).ok();
        }
    }
}

fn modified(original: &Termios, mode: Mode) -> Termios {
    let mut termios = original.clone();
    match mode {
        Mode::Original => {}
        Mode::Raw => termios.make_raw(),
        Mode::Question => {
            termios.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            termios.special_codes[SpecialCodeIndex::VMIN] = 1;
            termios.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
    }
    termios
}

/// Applies the mode at once. Waiting for the output to drain could block without end.
fn apply(termios: &Termios) -> io::Result<()> {
    Ok(tcsetattr(io::stdin(), OptionalActions::Now, termios)?)
}
