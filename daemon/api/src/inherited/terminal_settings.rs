//! [`TerminalSettings`]: the settings of a terminal as `stty` shows them, apart from its speed.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use serde::{Deserialize, Serialize};

/// The flags and control characters of a terminal, in the numbers of this platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TerminalSettings {
    pub input: u64,
    pub output: u64,
    pub control: u64,
    pub local: u64,
    /// The control characters, such as the one that erases.
    pub characters: Vec<u8>,
}

#[cfg(target_os = "linux")]
const SPEED: libc::tcflag_t = libc::CBAUD | libc::CBAUDEX | libc::CIBAUD;
#[cfg(not(target_os = "linux"))]
const SPEED: libc::tcflag_t = 0;

impl TerminalSettings {
    /// The settings of a terminal.
    pub fn of(terminal: impl AsFd) -> io::Result<Self> {
        let termios = read(terminal)?;
        Ok(Self {
            input: u64::from(termios.c_iflag),
            output: u64::from(termios.c_oflag),
            control: u64::from(termios.c_cflag & !SPEED),
            local: u64::from(termios.c_lflag),
            characters: termios.c_cc.to_vec(),
        })
    }

    /// Whether the terminal passes on single keys instead of lines. A program that was started from
    /// a shell finds this only where another program, such as a pager, is using the terminal at the
    /// same time.
    pub fn is_raw(&self) -> bool {
        self.local & u64::from(libc::ICANON) == 0
    }

    /// Sets the settings of a terminal. Its speed stays as it is.
    pub fn apply(&self, terminal: impl AsFd) -> io::Result<()> {
        let mut termios = read(&terminal)?;
        termios.c_iflag = self.input as libc::tcflag_t;
        termios.c_oflag = self.output as libc::tcflag_t;
        let speed = termios.c_cflag & SPEED;
        termios.c_cflag = (self.control as libc::tcflag_t & !SPEED) | speed;
        termios.c_lflag = self.local as libc::tcflag_t;
        for (character, set) in termios.c_cc.iter_mut().zip(&self.characters) {
            *character = *set;
        }
        set(terminal, &termios)
    }
}

#[expect(unsafe_code, reason = "rustix does not give out the control characters as a list")]
fn read(terminal: impl AsFd) -> io::Result<libc::termios> {
    // SAFETY: the call fills the structure or fails.
    unsafe {
        let mut termios: libc::termios = std::mem::zeroed();
        match libc::tcgetattr(terminal.as_fd().as_raw_fd(), &raw mut termios) {
            0 => Ok(termios),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[expect(unsafe_code, reason = "the counterpart of `read`")]
fn set(terminal: impl AsFd, termios: &libc::termios) -> io::Result<()> {
    // SAFETY: the structure was read from this terminal and changed in its numbers only.
    match unsafe { libc::tcsetattr(terminal.as_fd().as_raw_fd(), libc::TCSANOW, termios) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
