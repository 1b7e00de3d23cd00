//! Our own terminal, if there is one: size, modes, keys, title, and unbuffered output.

pub(crate) mod alternate_screen;
mod detach_keys;
mod key_lock;
mod keys;
pub(crate) mod question;
mod raw;
mod sanitizer;
mod sink;
mod title;

use std::io::{IsTerminal, stderr, stdin, stdout};
use std::os::fd::AsFd;

use persistproc_api::process::Size;
use rustix::fs::{FileType, fstat};
use rustix::termios::tcgetwinsize;

pub(crate) use detach_keys::DetachKeys;
pub(crate) use keys::{Key, KeySplitter, SignalKeys};
pub(crate) use raw::{Mode, Terminal, TerminalHandle};
pub(crate) use sanitizer::Sanitizer;
pub(crate) use sink::{Sink, SinkObserver};
pub(crate) use title::{Title, notify};

/// Used if the terminal does not report its size.
const DEFAULT_SIZE: Size = Size { rows: 24, columns: 80 };

pub(crate) fn stdin_is_terminal() -> bool {
    stdin().is_terminal()
}

/// Whether a person can type for this command: one of its standard streams is a terminal.
pub(crate) fn can_type() -> bool {
    let shows_output = stdout().is_terminal() || stderr().is_terminal();
    stdin_is_terminal() || (shows_output && raw::controlling_terminal().is_ok())
}

/// Whether standard input, standard output or standard error is a pipe: then another program, at its
/// other end, may use our terminal too.
pub(crate) fn is_in_pipeline() -> bool {
    is_pipe(stdin()) || is_pipe(stdout()) || is_pipe(stderr())
}

/// Whether another program may be using our terminal now: one of a pipeline or of the foreground job,
/// or a command that has its keys.
pub(crate) fn is_in_use() -> bool {
    is_in_pipeline() || Terminal::open().map_or(true, |terminal| !terminal.is_ours())
}

fn is_pipe(stream: impl AsFd) -> bool {
    let kind = fstat(stream).map(|file| FileType::from_raw_mode(file.st_mode));
    matches!(kind, Ok(FileType::Fifo | FileType::Socket))
}

/// Whether all output goes to a terminal.
pub(crate) fn shows_all_output() -> bool {
    stdout().is_terminal() && stderr().is_terminal()
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
