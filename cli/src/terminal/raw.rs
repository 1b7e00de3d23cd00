//! `Terminal`: our terminal, with the mode in which it was found. Dropping it restores that mode, and
//! so does a panic. Signals are handled as events, which lead to a normal drop.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::panic;
use std::sync::Arc;

use rustix::fs::OFlags;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

use super::keys::SignalKeys;
use crate::job_ids;

/// The mode of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The original mode; usually with line editing, echo and signals.
    Original,
    /// Every key is read at once, and input and output are unchanged. For a process that has its own
    /// pseudo-terminal.
    Raw,
    /// Every key is read at once and without echo, otherwise like the original mode. For a question,
    /// and for hidden input while other programs print to the terminal.
    Unechoed,
}

/// A terminal that several threads read and check. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct TerminalHandle {
    fd: Arc<OwnedFd>,
    original: Arc<Termios>,
}

/// Our terminal. Dropping it restores the original mode.
#[derive(Debug)]
pub(crate) struct Terminal {
    handle: TerminalHandle,
    mode: Mode,
}

impl Terminal {
    /// Takes the terminal on standard input, or else our controlling terminal. Saves its mode and
    /// installs a panic hook that restores it.
    pub(crate) fn open() -> io::Result<Self> {
        let stdin = io::stdin();
        let fd = if stdin.is_terminal() {
            stdin.as_fd().try_clone_to_owned()?
        } else {
            controlling_terminal()?
        };
        let original = tcgetattr(&fd)?;
        let handle = TerminalHandle { fd: Arc::new(fd), original: Arc::new(original) };
        let restored = handle.clone();
        let previous_hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            // Fails if the terminal has hung up.
            restored.apply(Mode::Original).ok();
            previous_hook(panic);
        }));
        Ok(Self { handle, mode: Mode::Original })
    }

    pub(crate) fn handle(&self) -> &TerminalHandle {
        &self.handle
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
        self.handle.apply(mode)?;
        self.mode = mode;
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Fails if the terminal has hung up.
        self.enter(Mode::Original).ok();
    }
}

impl TerminalHandle {
    /// Whether our process group is the foreground group of the terminal.
    pub(crate) fn in_foreground(&self) -> bool {
        let own = job_ids::group();
        own.is_some() && tcgetpgrp(&self.fd).ok().map(|group| group.as_raw_nonzero()) == own
    }

    /// Whether the terminal is in the mode in which it was found: no program that shares it reads
    /// keys.
    pub(crate) fn is_in_original_mode(&self) -> bool {
        let modes = |termios: &Termios| {
            let input = termios.input_modes.bits();
            (input, termios.output_modes.bits(), termios.local_modes.bits())
        };
        tcgetattr(&self.fd).is_ok_and(|now| modes(&now) == modes(&self.original))
    }

    /// The keys that the terminal turned into signals when it was found.
    pub(crate) fn signal_keys(&self) -> SignalKeys {
        let key = |index| Some(self.original.special_codes[index]).filter(|code| *code != 0);
        SignalKeys {
            interrupt: key(SpecialCodeIndex::VINTR),
            suspend: key(SpecialCodeIndex::VSUSP),
        }
    }

    /// Applies the mode at once. Waiting for the output to drain could block without end.
    fn apply(&self, mode: Mode) -> io::Result<()> {
        let termios = modified(&self.original, mode);
        Ok(tcsetattr(&self.fd, OptionalActions::Now, &termios)?)
    }
}

impl AsFd for TerminalHandle {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Opens our controlling terminal. Fails if we have none.
pub(crate) fn controlling_terminal() -> io::Result<OwnedFd> {
    let flags = OFlags::NOCTTY.bits() as i32;
    let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open("/dev/tty")?;
    Ok(file.into())
}

fn modified(original: &Termios, mode: Mode) -> Termios {
    let mut termios = original.clone();
    match mode {
        Mode::Original => {}
        Mode::Raw => termios.make_raw(),
        Mode::Unechoed => {
            termios.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            termios.special_codes[SpecialCodeIndex::VMIN] = 1;
            termios.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
    }
    termios
}
