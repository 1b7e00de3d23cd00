//! The terminal we are in, if we are in one: its size, its modes, its keys, its bytes.
//! It knows no process and no daemon.

mod keys;
mod raw;
mod sink;
mod tame;
mod title;

use std::io::{IsTerminal, stderr, stdin, stdout};

use persistproc_api::process::Size;
use rustix::process::getpgrp;
use rustix::termios::{tcgetpgrp, tcgetwinsize};

pub(crate) use keys::{Key, split};
pub(crate) use raw::{Mode, Terminal};
pub(crate) use sink::Sink;
pub(crate) use title::{Title, notify};

/// What a terminal is taken for that does not tell its size.
const USUAL: Size = Size { rows: 24, columns: 80 };

/// Input comes from a person at a terminal.
pub(crate) fn keyboard() -> bool {
    stdin().is_terminal()
}

/// Keys come from a terminal and output goes to one.
pub(crate) fn is_interactive() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

/// A person can be asked, and can answer.
pub(crate) fn can_ask() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Whether the terminal's keys are ours now, rather than another job's.
pub(crate) fn in_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group == getpgrp())
}

/// The size of the terminal our output goes to.
pub(crate) fn size() -> Size {
    match tcgetwinsize(stdout()) {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => {
            Size { rows: size.ws_row, columns: size.ws_col }
        }
        _ => USUAL,
    }
}
