//! Our own terminal, if there is one: size, modes, keys, title, and unbuffered output.

mod keys;
mod raw;
mod sanitizer;
mod sink;
mod title;

use std::io::{IsTerminal, stderr, stdin, stdout};

use persistproc_api::process::Size;
use rustix::process::getpgrp;
use rustix::termios::{tcgetpgrp, tcgetwinsize};

pub(crate) use keys::{Key, split_keys};
pub(crate) use raw::{Mode, Terminal};
pub(crate) use sink::{Sink, SinkObserver};
pub(crate) use title::{Title, notify};

/// Used if the terminal does not report its size.
const DEFAULT_SIZE: Size = Size { rows: 24, columns: 80 };

pub(crate) fn stdin_is_terminal() -> bool {
    stdin().is_terminal()
}

/// Whether standard input and standard output are terminals.
pub(crate) fn is_interactive() -> bool {
    stdin().is_terminal() && stdout().is_terminal()
}

/// Whether a question can be shown on stderr and answered on standard input.
pub(crate) fn can_ask() -> bool {
    stdin().is_terminal() && stderr().is_terminal()
}

/// Whether our process group is the foreground group of the terminal.
pub(crate) fn in_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group == getpgrp())
}

/// The size of our terminal: of the one on standard output, if it is a terminal.
pub(crate) fn size() -> Size {
    let reported = tcgetwinsize(stdout())
        .or_else(|_| tcgetwinsize(stderr()))
        .or_else(|_| tcgetwinsize(stdin()));
    match reported {
        Ok(size) if size.ws_row > 0 && size.ws_col > 0 => {
            Size { rows: size.ws_row, columns: size.ws_col }
        }
        _ => DEFAULT_SIZE,
    }
}
