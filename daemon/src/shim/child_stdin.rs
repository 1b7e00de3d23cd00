//! [`ChildStdin`]: a bounded queue of bytes for the child's stdin, or for its terminal.
//!
//! The shim never blocks on a child that doesn't read: bytes wait in the queue, and only the
//! clients that sent them wait with them.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use persistproc_api::{ErrorCode, Problem};
use rustix::io::Errno;
use rustix::termios::{LocalModes, tcgetattr};

/// The most bytes in the queue.
const MAX_QUEUED_BYTES: usize = 1 << 20;

/// Ctrl+D, which a terminal in its default mode turns into EOF.
const END_OF_FILE_CHARACTER: u8 = 4;

/// The request that is answered when its bytes have been written: its connection and its number.
pub(super) type StdinRequest = (u64, u64);

/// The shim's end of the child's stdin.
pub(super) struct ChildStdin {
    /// `None` once it is closed.
    fd: Option<OwnedFd>,
    is_terminal: bool,
    /// The second terminal of a child that has one on stderr.
    stderr_terminal: Option<OwnedFd>,
    queue: VecDeque<u8>,
    /// Close stdin when the queue is empty.
    is_closing: bool,
    /// Bytes accepted since the start.
    accepted: u64,
    /// Bytes written since the start.
    written: u64,
    /// Requests by the number of bytes that must have been written for them, in order.
    pending: VecDeque<(u64, StdinRequest)>,
}

impl ChildStdin {
    /// The input of a pipe; `None`: it is closed.
    pub(super) fn pipe(fd: Option<OwnedFd>) -> Self {
        Self::new(fd, false, None)
    }

    /// The input of a terminal.
    pub(super) fn terminal(fd: OwnedFd, stderr_terminal: Option<OwnedFd>) -> Self {
        Self::new(Some(fd), true, stderr_terminal)
    }

    fn new(fd: Option<OwnedFd>, is_terminal: bool, stderr_terminal: Option<OwnedFd>) -> Self {
        Self {
            fd,
            is_terminal,
            stderr_terminal,
            queue: VecDeque::new(),
            is_closing: false,
            accepted: 0,
            written: 0,
            pending: VecDeque::new(),
        }
    }

    /// Queues bytes. [`Self::write`] returns the request when the kernel has taken all of them.
    pub(super) fn push(&mut self, bytes: &[u8], request: StdinRequest) -> Result<(), Problem> {
        if self.fd.is_none() || self.is_closing {
            return Err(closed());
        }
        if self.queue.len() + bytes.len() > MAX_QUEUED_BYTES {
            let message =
                "The process does not read its standard input: 1 MiB of input is waiting already.";
            return Err(Problem::new(ErrorCode::TooLarge, message)
                .hint("Send less at a time, or try again later."));
        }
        self.queue.extend(bytes);
        self.accepted += bytes.len() as u64;
        self.pending.push_back((self.accepted, request));
        Ok(())
    }

    /// Closes stdin after the queued bytes. A terminal stays open and gets the end-of-file
    /// character.
    pub(super) fn close(&mut self, request: StdinRequest) -> Result<(), Problem> {
        if self.is_terminal {
            return self.push(&[END_OF_FILE_CHARACTER], request);
        }
        if self.fd.is_none() {
            return Err(closed());
        }
        self.is_closing = true;
        self.pending.push_back((self.accepted, request));
        Ok(())
    }

    /// The shim's end of a pipe, for another shim. `None` for a terminal, and if the pipe is to be
    /// closed: as long as any process holds that end, the child doesn't see EOF.
    pub(super) fn spare_handle(&self) -> Option<BorrowedFd<'_>> {
        let is_open_pipe = !self.is_terminal && !self.is_closing;
        self.fd.as_ref().filter(|_| is_open_pipe).map(AsFd::as_fd)
    }

    /// The end to poll for writing. `None` if nothing is queued.
    pub(super) fn fd_to_write(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().filter(|_| !self.queue.is_empty()).map(AsFd::as_fd)
    }

    /// Writes what fits. Returns the requests that are done, each with the reason if its bytes
    /// could not be written.
    pub(super) fn write(&mut self) -> Vec<(StdinRequest, Option<Problem>)> {
        while let Some(fd) = &self.fd {
            let (bytes, _) = self.queue.as_slices();
            if bytes.is_empty() {
                break;
            }
            let terminal = terminal_to_write(fd, self.stderr_terminal.as_ref());
            match rustix::io::write(terminal, bytes) {
                Ok(count) => {
                    self.queue.drain(..count);
                    self.written += count as u64;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                // The child has closed its stdin.
                Err(_) => self.fd = None,
            }
        }
        if self.is_closing && self.queue.is_empty() {
            self.fd = None;
        }
        self.take_done()
    }

    fn take_done(&mut self) -> Vec<(StdinRequest, Option<Problem>)> {
        let mut done = Vec::new();
        while let Some((until, request)) = self.pending.front().copied() {
            let is_written = self.written >= until;
            if !is_written && self.fd.is_some() {
                break;
            }
            self.pending.pop_front();
            done.push((request, (!is_written).then(closed)));
        }
        done
    }
}

/// The terminal from which a child with two reads keys.
///
/// Pagers and pickers read them from the terminal on stderr. Such a program has switched that
/// terminal to single keys, and left the one on stdin in line mode.
fn terminal_to_write<'a>(stdin: &'a OwnedFd, stderr_terminal: Option<&'a OwnedFd>) -> &'a OwnedFd {
    match stderr_terminal {
        Some(stderr) if !is_in_line_mode(stderr) && is_in_line_mode(stdin) => stderr,
        _ => stdin,
    }
}

fn is_in_line_mode(terminal: &OwnedFd) -> bool {
    tcgetattr(terminal).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ICANON))
}

fn closed() -> Problem {
    Problem::new(ErrorCode::NotRunning, "The standard input of the process is closed.")
        .hint("Restart the process to open it again.")
}
