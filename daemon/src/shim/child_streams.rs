//! [`ChildStreams`]: the shim's ends of the child's standard streams; [`ChildEnds`]: the child's.
//!
//! Without a terminal they are three pipes. With a terminal, stdout and stderr are two
//! pseudo-terminals: the child finds a terminal on each, and stderr stays a stream of its
//! own. Stdin is the terminal of stdout.
//!
//! # Who closes which end
//!
//! The child's ends are moved into the `Command` that starts the child, and closed in the shim when
//! the `Command` is dropped. From then on a stream is at EOF once no process of the tree has it
//! open. The shim closes its end of a stream at EOF.
//!
//! Daemons hold duplicates of the shim's ends. Those of stdout and stderr keep the streams open for
//! the child if the shim is killed, and never delay EOF. The one of stdin would delay the child's
//! EOF, so the daemon closes it when a client closes stdin.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use persistproc_api::cursor::Source;
use persistproc_api::process::Size;
use persistproc_api::shim::SpareHandle;
use persistproc_api::{ErrorCode, Problem};
use rustix::fs::OFlags;
use rustix::io::ioctl_fionbio;
use rustix::pty::{OpenptFlags, grantpt, openpt, unlockpt};
#[cfg(target_os = "linux")]
use rustix::termios::{InputModes, OptionalActions, tcgetattr, tcsetattr};
use rustix::termios::{Winsize, tcsetwinsize};

use super::read_buffer::{ReadBuffer, ReadLength};

/// The size of the pipes. Measured: twice the throughput of the default 64 KiB; larger ones gain
/// nothing.
pub(super) const PIPE_BYTES: usize = 256 << 10;

/// The most that the kernel returns from one read of a terminal.
const TERMINAL_READ_BYTES: usize = 4096;

/// The shim's ends, all non-blocking.
pub(super) struct ChildStreams {
    /// `None` once it was taken for a [`ChildStdin`](super::child_stdin::ChildStdin).
    pub(super) stdin: Option<OwnedFd>,
    /// `None` after EOF.
    stdout: Option<OwnedFd>,
    /// `None` after EOF.
    stderr: Option<OwnedFd>,
    is_tty: bool,
}

/// The child's ends.
pub(super) struct ChildEnds {
    pub(super) stdin: OwnedFd,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
    pub(super) is_tty: bool,
}

/// The result of reading a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadOutcome {
    /// The buffer holds this many bytes.
    Bytes(usize),
    /// There is nothing to read now.
    WouldBlock,
    Eof,
}

impl ChildStreams {
    /// Opens terminals of this size, or pipes.
    pub(super) fn open(terminal: Option<Size>) -> Result<(Self, ChildEnds), Problem> {
        let opened = match terminal {
            Some(size) => Self::open_terminals(size),
            None => Self::open_pipes(),
        };
        opened.map_err(|error| {
            let message = format!("No terminal or pipe could be opened: {error}.");
            Problem::new(ErrorCode::StartFailed, message)
                .hint("Check the limits on open files (`ulimit -n`) and on terminals.")
        })
    }

    fn open_pipes() -> io::Result<(Self, ChildEnds)> {
        let (child_stdin, stdin) = pipe()?;
        let (stdout, child_stdout) = pipe()?;
        let (stderr, child_stderr) = pipe()?;
        for pipe in [&stdout, &stderr] {
            enlarge(pipe);
        }
        for pipe in [&stdin, &stdout, &stderr] {
            ioctl_fionbio(pipe, true)?;
        }
        let streams =
            Self { stdin: Some(stdin), stdout: Some(stdout), stderr: Some(stderr), is_tty: false };
        let ends = ChildEnds {
            stdin: child_stdin,
            stdout: child_stdout,
            stderr: child_stderr,
            is_tty: false,
        };
        Ok((streams, ends))
    }

    fn open_terminals(size: Size) -> io::Result<(Self, ChildEnds)> {
        let (stdout, child_stdout) = open_terminal(size)?;
        let (stderr, child_stderr) = open_terminal(size)?;
        let stdin = stdout.try_clone()?;
        let child_stdin = child_stdout.try_clone()?;
        let streams =
            Self { stdin: Some(stdin), stdout: Some(stdout), stderr: Some(stderr), is_tty: true };
        let ends = ChildEnds {
            stdin: child_stdin,
            stdout: child_stdout,
            stderr: child_stderr,
            is_tty: true,
        };
        Ok((streams, ends))
    }

    /// Takes over the ends of a shim that was killed. Those that are missing are closed.
    pub(super) fn from_spare_handles(
        handles: Vec<(SpareHandle, OwnedFd)>,
        is_tty: bool,
    ) -> io::Result<Self> {
        let mut streams = Self { stdin: None, stdout: None, stderr: None, is_tty };
        for (handle, fd) in handles {
            match handle {
                SpareHandle::Stdin => streams.stdin = Some(fd),
                SpareHandle::Stdout => streams.stdout = Some(fd),
                SpareHandle::Stderr => streams.stderr = Some(fd),
                SpareHandle::Held | SpareHandle::Child => {}
            }
        }
        if is_tty {
            streams.stdin = streams.stdout.as_ref().map(OwnedFd::try_clone).transpose()?;
        }
        Ok(streams)
    }

    /// Whether these are terminals.
    pub(super) fn is_tty(&self) -> bool {
        self.is_tty
    }

    /// A duplicate of the terminal on stderr.
    pub(super) fn stderr_terminal(&self) -> Option<OwnedFd> {
        self.stderr.as_ref().filter(|_| self.is_tty)?.try_clone().ok()
    }

    /// The end to poll and read. `None` after EOF.
    pub(super) fn fd(&self, source: Source) -> Option<BorrowedFd<'_>> {
        match source {
            Source::Stdout => self.stdout.as_ref().map(AsFd::as_fd),
            Source::Stderr => self.stderr.as_ref().map(AsFd::as_fd),
        }
    }

    /// Reads what is available into the buffer. A pipe is read once; a terminal returns little at a
    /// time and is read until it is empty or the buffer is full.
    pub(super) fn read(&mut self, source: Source, buffer: &mut ReadBuffer) -> ReadOutcome {
        while buffer.free() > 0 {
            let Some(fd) = self.fd(source) else { return ReadOutcome::Eof };
            let free = buffer.free();
            let space = if self.is_tty {
                buffer.reserve(TERMINAL_READ_BYTES.min(free), ReadLength::AtMost)
            } else {
                // A pipe returns all that it has, and no other process reads from it.
                buffer.reserve(bytes_in_pipe(fd).min(free), ReadLength::Exact)
            };
            let result = rustix::io::read(fd, space);
            buffer.commit(result.unwrap_or_default());
            match result {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) if buffer.len() == 0 => {
                    return ReadOutcome::WouldBlock;
                }
                // EOF of a terminal is the error EIO.
                Ok(0) | Err(_) if buffer.len() == 0 => {
                    self.close(source);
                    return ReadOutcome::Eof;
                }
                Ok(0) | Err(_) => break,
                Ok(_) if self.is_tty => {}
                Ok(_) => break,
            }
        }
        ReadOutcome::Bytes(buffer.len())
    }

    /// Sets the size of both terminals. The kernel sends SIGWINCH to their foreground groups.
    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        for source in Source::BOTH {
            if let Some(fd) = self.fd(source) {
                tcsetwinsize(fd, winsize(size))?;
            }
        }
        Ok(())
    }

    /// The ends of stdout and stderr for another shim, without those that are at EOF.
    pub(super) fn spare_handles(&self) -> Vec<(SpareHandle, BorrowedFd<'_>)> {
        let stdout = self.stdout.as_ref().map(|fd| (SpareHandle::Stdout, fd.as_fd()));
        let stderr = self.stderr.as_ref().map(|fd| (SpareHandle::Stderr, fd.as_fd()));
        stdout.into_iter().chain(stderr).collect()
    }

    /// Closes the end of a pipe before its EOF. A terminal stays open.
    pub(super) fn close_pipe(&mut self, source: Source) {
        if !self.is_tty {
            self.close(source);
        }
    }

    fn close(&mut self, source: Source) {
        match source {
            Source::Stdout => self.stdout = None,
            Source::Stderr => self.stderr = None,
        }
    }
}

/// How many bytes to read from a pipe. At least one: an empty pipe may be at EOF, which only a
/// read can tell.
fn bytes_in_pipe(pipe: BorrowedFd<'_>) -> usize {
    let available = rustix::io::ioctl_fionread(pipe).unwrap_or_default();
    usize::try_from(available).unwrap_or(PIPE_BYTES).max(1)
}

/// The read end and the write end.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    Ok((reader.into(), writer.into()))
}

#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "pipes have a fixed size"))]
fn enlarge(pipe: &OwnedFd) {
    // Fails when this user has too many large pipes already. A smaller pipe works too.
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(pipe, PIPE_BYTES).ok();
}

/// Opens a pseudo-terminal: the shim's end and the child's.
fn open_terminal(size: Size) -> io::Result<(OwnedFd, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    // Not every platform has a flag for this in `openpt`. No child can be started in between,
    // because this is the only thread.
    rustix::io::fcntl_setfd(&ours, rustix::io::FdFlags::CLOEXEC)?;
    grantpt(&ours)?;
    unlockpt(&ours)?;
    let name = rustix::pty::ptsname(&ours, Vec::new())?;
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let child = rustix::fs::open(name, flags, rustix::fs::Mode::empty())?;
    tcsetwinsize(&ours, winsize(size))?;
    #[cfg(target_os = "linux")]
    {
        let mut modes = tcgetattr(&child)?;
        modes.input_modes |= InputModes::IUTF8;
        tcsetattr(&child, OptionalActions::Now, &modes)?;
    }
    ioctl_fionbio(&ours, true)?;
    Ok((ours, child))
}

fn winsize(Size { rows, columns }: Size) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
