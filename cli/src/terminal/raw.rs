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
    LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp,
    tcsetattr,
};

use super::key_lock::KeyLock;
use super::keys::SignalKeys;
use crate::job_ids;

/// The mode of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The original mode; usually with line editing, echo and signals.
    Original,
    /// Every key is read at once and without echo, and line ends are written as in the original mode:
    /// other programs may print too. For a process that has its own pseudo-terminal.
    Keys,
    /// The same, but output is written as it is.
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
    /// Held in every mode but the original.
    lock: KeyLock,
}

impl Terminal {
    /// Takes the terminal on standard input, or else our controlling terminal. Saves its mode and
    /// installs a panic hook that restores it. Fails if another command has the keys of the terminal:
    /// its mode is not the one that a user has set.
    pub(crate) fn open() -> io::Result<Self> {
        let stdin = io::stdin();
        let fd = if stdin.is_terminal() {
            stdin.as_fd().try_clone_to_owned()?
        } else {
            controlling_terminal()?
        };
        let lock = KeyLock::of(&fd);
        let is_free = lock.try_share();
        let original = tcgetattr(&fd)?;
        if !is_free && !original.local_modes.contains(LocalModes::ICANON) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        lock.release();
        let handle = TerminalHandle { fd: Arc::new(fd), original: Arc::new(original) };
        let restored = handle.clone();
        let previous_hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            // Fails if the terminal has hung up.
            restored.apply(Mode::Original).ok();
            previous_hook(panic);
        }));
        Ok(Self { handle, mode: Mode::Original, lock })
    }

    /// Whether we are in the foreground, and no other command has the keys.
    pub(super) fn is_ours(&self) -> bool {
        let is_free = self.lock.try_share();
        self.lock.release();
        is_free && self.handle.in_foreground()
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
        // A command that was stopped keeps the lock, and the shell has set the mode again.
        let has_keys = self.mode != Mode::Original
            || self.lock.try_take()
            || (self.lock.is_holder_stopped() && self.handle.is_in_original_mode());
        if !has_keys {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let applied = self.handle.apply(mode);
        if applied.is_ok() {
            self.mode = mode;
        }
        if self.mode == Mode::Original {
            self.lock.release();
        }
        applied
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

    /// Whether the terminal shows a character that is typed in the original mode, and a control
    /// character as `^` and a letter.
    pub(crate) fn shows_control_keys(&self) -> bool {
        self.original.local_modes.contains(LocalModes::ECHO | LocalModes::ECHOCTL)
    }

    /// Whether the terminal writes a carriage return before each newline in this mode.
    pub(crate) fn maps_newlines(&self, mode: Mode) -> bool {
        modified(&self.original, mode).output_modes.contains(NEWLINES)
    }

    /// The keys that the terminal turned into signals when it was found.
    pub(crate) fn signal_keys(&self) -> SignalKeys {
        let key = |index| Some(self.original.special_codes[index]).filter(|code| *code != 0);
        SignalKeys {
            interrupt: key(SpecialCodeIndex::VINTR),
            suspend: key(SpecialCodeIndex::VSUSP),
            literal: key(SpecialCodeIndex::VLNEXT)
                .filter(|_| self.original.local_modes.contains(LocalModes::IEXTEN)),
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

/// The output modes that write a carriage return before each newline.
const NEWLINES: OutputModes = OutputModes::OPOST.union(OutputModes::ONLCR);

fn modified(original: &Termios, mode: Mode) -> Termios {
    let mut termios = original.clone();
    match mode {
        Mode::Original => {}
        Mode::Raw => termios.make_raw(),
        Mode::Keys => {
            termios.make_raw();
            // All other output modes have been applied by the terminal of the process.
            termios.output_modes = original.output_modes & NEWLINES;
        }
        Mode::Unechoed => {
            termios.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
            termios.special_codes[SpecialCodeIndex::VMIN] = 1;
            termios.special_codes[SpecialCodeIndex::VTIME] = 0;
        }
    }
    termios
}
