//! Bytes on their way to the child's standard input, bounded, and who wants to hear when they
//! have arrived. A child that does not read stops nobody but its writers.

use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use persistproc_api::{ErrorCode, Problem};
use rustix::io::Errno;
use rustix::termios::{LocalModes, tcgetattr};

/// The most that waits.
const MOST: usize = 1 << 20;

/// What a terminal takes for the end of a file.
const END_OF_FILE: u8 = 4;

/// The way to the child's standard input.
pub(super) struct Stdin {
    fd: Option<OwnedFd>,
    /// The second terminal, where there is one.
    second: Option<OwnedFd>,
    queue: VecDeque<u8>,
    closing: bool,
    /// Bytes ever accepted and ever written.
    accepted: u64,
    written: u64,
    waiting: VecDeque<(u64, Asker)>,
}

/// Who asked: a connection, and the number of its request.
pub(super) type Asker = (u64, u64);

impl Stdin {
    /// Around our end of it.
    pub(super) fn new(fd: Option<OwnedFd>, second: Option<OwnedFd>) -> Self {
        let (queue, waiting) = (VecDeque::new(), VecDeque::new());
        Self { fd, second, queue, closing: false, accepted: 0, written: 0, waiting }
    }

    /// Takes bytes; the asker is answered by [`Self::write`] once the child's end has them.
    pub(super) fn accept(&mut self, bytes: &[u8], asker: Asker) -> Result<(), Problem> {
        if self.fd.is_none() || self.closing {
            return Err(closed());
        }
        if self.queue.len() + bytes.len() > MOST {
            let message =
                "The process does not read its standard input: a megabyte is waiting already.";
            return Err(Problem::new(ErrorCode::TooLarge, message).hint("Send less, or later."));
        }
        self.queue.extend(bytes);
        self.accepted += bytes.len() as u64;
        self.waiting.push_back((self.accepted, asker));
        Ok(())
    }

    /// Closes it after what waits (a terminal gets its end-of-file character).
    pub(super) fn close(&mut self, asker: Asker) -> Result<(), Problem> {
        if self.second.is_some() {
            return self.accept(&[END_OF_FILE], asker);
        }
        if self.fd.is_none() {
            return Err(closed());
        }
        self.closing = true;
        self.waiting.push_back((self.accepted, asker));
        Ok(())
    }

    /// Our end of a pipe that is to stay open.
    pub(super) fn end(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().filter(|_| self.second.is_none() && !self.closing).map(AsFd::as_fd)
    }

    /// The end to wait on, while bytes wait.
    pub(super) fn wants_write(&self) -> Option<BorrowedFd<'_>> {
        self.fd.as_ref().filter(|_| !self.queue.is_empty()).map(AsFd::as_fd)
    }

    /// Writes what fits. Answers who is done, and whether they got what they wanted.
    pub(super) fn write(&mut self) -> Vec<(Asker, Option<Problem>)> {
        while let (Some(fd), (bytes, _)) = (&self.fd, self.queue.as_slices()) {
            if bytes.is_empty() {
                break;
            }
            match rustix::io::write(reader_of_keys(fd, self.second.as_ref()), bytes) {
                Ok(count) => {
                    self.queue.drain(..count);
                    self.written += count as u64;
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Err(_) => self.fd = None,
            }
        }
        if self.closing && self.queue.is_empty() {
            self.fd = None;
        }
        let mut done = Vec::new();
        while let Some((until, asker)) = self.waiting.front().copied() {
            let arrived = self.written >= until;
            if !arrived && self.fd.is_some() {
                break;
            }
            self.waiting.pop_front();
            done.push((asker, (!arrived).then(closed)));
        }
        done
    }
}

/// Pagers and pickers read keys from the terminal on their standard error. Such a program has
/// switched that one to single keys and left the other as it was.
fn reader_of_keys<'a>(first: &'a OwnedFd, second: Option<&'a OwnedFd>) -> &'a OwnedFd {
    let whole_lines = |fd: &OwnedFd| {
        tcgetattr(fd).is_ok_and(|modes| modes.local_modes.contains(LocalModes::ICANON))
    };
    match second {
        Some(second) if !whole_lines(second) && whole_lines(first) => second,
        _ => first,
    }
}

fn closed() -> Problem {
    Problem::new(ErrorCode::NotRunning, "The standard input of the process is closed.")
        .hint("A restart opens it anew.")
}
