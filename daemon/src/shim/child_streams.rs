//! [`ChildStreams`]: the shim's ends of the child's standard streams; [`ChildEnds`]: the child's.
//!
//! Each of the three is a pipe or the child's terminal, see [`Launch`]. Stdout and stderr share
//! one terminal or one pipe if the launch says so: then the child itself orders their bytes, all of
//! which are logged as stdout. Otherwise they are two pipes, two terminals, or one of each.
//!
//! | the child's terminal is on | its output is logged as |
//! |---|---|
//! | stdout, or stdout and stderr | stdout |
//! | stderr only | stderr |
//! | neither | nothing: attached clients show it, such as the prompt for a password |
//!
//! # Who closes which end
//!
//! The child's ends are moved into the `Command` that starts the child, and closed in the shim when
//! the `Command` is dropped. From then on a pipe is at EOF once no process of the tree has it open,
//! and the shim closes its end. A terminal has no EOF, see [`Terminal`].
//!
//! Daemons hold duplicates of the shim's ends. Those of stdout and stderr keep the streams open for
//! the child if the shim is killed, and never delay EOF. The one of stdin would delay the child's
//! EOF, so the daemon closes it when a client closes stdin.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use persistproc_api::cursor::Source;
use persistproc_api::launch::Launch;
use persistproc_api::process::Size;
use persistproc_api::shim::SpareHandle;
use persistproc_api::streams::{StandardStream, Streams};
use persistproc_api::{ErrorCode, Problem};
use rustix::io::ioctl_fionbio;
use rustix::process::Pid;
use rustix::termios::{isatty, tcgetpgrp};

use super::child_stdin::ChildStdin;
use super::read_buffer::{ReadBuffer, ReadLength};
use super::terminal::{TERMINAL_READ_BYTES, Terminal};

/// The size of the pipes. Measured: twice the throughput of the default 64 KiB; larger ones gain
/// nothing.
pub(super) const PIPE_BYTES: usize = 256 << 10;

/// The shim's ends, all non-blocking.
pub(super) struct ChildStreams {
    /// The end of a pipe. `None` if stdin is the terminal, after it was taken by
    /// [`Self::take_stdin`], and if it was closed.
    pub(super) stdin: Option<OwnedFd>,
    stdin_is_terminal: bool,
    /// The end of a pipe. `None` after EOF.
    stdout: Option<OwnedFd>,
    /// The same of stderr.
    stderr: Option<OwnedFd>,
    /// The child's controlling terminal.
    terminal: Option<Terminal>,
    /// What the output of the terminal is logged as. `None`: it is not logged.
    terminal_source: Option<Source>,
    /// A second terminal, on stderr.
    stderr_terminal: Option<Terminal>,
}

/// The child's ends.
pub(super) struct ChildEnds {
    pub(super) stdin: OwnedFd,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
    /// The terminal that becomes the child's controlling terminal.
    pub(super) terminal: Option<OwnedFd>,
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
    /// Opens the terminals and pipes of this launch.
    pub(super) fn open(launch: &Launch) -> Result<(Self, ChildEnds), Problem> {
        Self::open_all(launch).map_err(|error| {
            let message = format!("No terminal or pipe could be opened: {error}.");
            Problem::new(ErrorCode::StartFailed, message)
                .hint("Check the limits on open files (`ulimit -n`) and on terminals.")
        })
    }

    fn open_all(launch: &Launch) -> io::Result<(Self, ChildEnds)> {
        let is_terminal = |stream| launch.tty.is_some() && !launch.redirected.contains(&stream);
        let stdout_is_terminal = is_terminal(StandardStream::Stdout);
        let stderr_is_terminal = is_terminal(StandardStream::Stderr);
        let is_merged =
            launch.streams == Streams::Merged && stdout_is_terminal == stderr_is_terminal;
        let (terminal, child_terminal) = launch.tty.map(Terminal::open).transpose()?.unzip();
        let mut streams = Self {
            stdin: None,
            stdin_is_terminal: is_terminal(StandardStream::Stdin),
            stdout: None,
            stderr: None,
            terminal,
            terminal_source: if stdout_is_terminal {
                Some(Source::Stdout)
            } else if stderr_is_terminal {
                Some(Source::Stderr)
            } else {
                None
            },
            stderr_terminal: None,
        };
        let terminal_for = |stream| match &child_terminal {
            Some(terminal) if is_terminal(stream) => terminal.try_clone().map(Some),
            _ => Ok(None),
        };
        let stdin = match terminal_for(StandardStream::Stdin)? {
            Some(terminal) => terminal,
            None => {
                let (child_end, end) = pipe()?;
                ioctl_fionbio(&end, true)?;
                streams.stdin = Some(end);
                child_end
            }
        };
        let stdout = match terminal_for(StandardStream::Stdout)? {
            Some(terminal) => terminal,
            None => {
                let (end, child_end) = output_pipe()?;
                streams.stdout = Some(end);
                child_end
            }
        };
        let stderr = match (terminal_for(StandardStream::Stderr)?, launch.tty) {
            _ if is_merged => stdout.try_clone()?,
            (Some(_), Some(size)) if stdout_is_terminal => {
                let (end, child_end) = Terminal::open(size)?;
                streams.stderr_terminal = Some(end);
                child_end
            }
            (Some(terminal), _) => terminal,
            (None, _) => {
                let (end, child_end) = output_pipe()?;
                streams.stderr = Some(end);
                child_end
            }
        };
        Ok((streams, ChildEnds { stdin, stdout, stderr, terminal: child_terminal }))
    }

    /// Takes over the ends of a shim that was killed. Those that are missing are closed.
    pub(super) fn from_spare_handles(
        handles: Vec<(SpareHandle, OwnedFd)>,
        stdin_is_terminal: bool,
    ) -> Self {
        let mut streams = Self {
            stdin: None,
            stdin_is_terminal,
            stdout: None,
            stderr: None,
            terminal: None,
            terminal_source: None,
            stderr_terminal: None,
        };
        for (handle, fd) in handles {
            match handle {
                SpareHandle::Stdin => streams.stdin = Some(fd),
                SpareHandle::Stdout => streams.add_spare_output(Source::Stdout, fd),
                SpareHandle::Stderr => streams.add_spare_output(Source::Stderr, fd),
                SpareHandle::Terminal => {
                    streams.terminal = Some(Terminal::from_spare_handle(fd));
                }
                SpareHandle::Held | SpareHandle::Child => {}
            }
        }
        streams
    }

    /// The handle of stdout comes before that of stderr.
    fn add_spare_output(&mut self, source: Source, fd: OwnedFd) {
        if !isatty(&fd) {
            match source {
                Source::Stdout => self.stdout = Some(fd),
                Source::Stderr => self.stderr = Some(fd),
            }
        } else if self.terminal.is_none() {
            self.terminal = Some(Terminal::from_spare_handle(fd));
            self.terminal_source = Some(source);
        } else {
            self.stderr_terminal = Some(Terminal::from_spare_handle(fd));
        }
    }

    /// The child's stdin, and the input of its terminal if that is not stdin.
    pub(super) fn take_stdin(&mut self) -> (ChildStdin, Option<ChildStdin>) {
        let duplicate = |terminal: &Option<Terminal>| terminal.as_ref()?.duplicate().ok();
        let terminal = duplicate(&self.terminal);
        let keys = terminal
            .map(|terminal| ChildStdin::terminal(terminal, duplicate(&self.stderr_terminal)));
        if self.stdin_is_terminal {
            (keys.unwrap_or_else(|| ChildStdin::pipe(None)), None)
        } else {
            (ChildStdin::pipe(self.stdin.take()), keys)
        }
    }

    /// Whether this source is a terminal.
    pub(super) fn is_terminal(&self, source: Source) -> bool {
        self.terminal_of(source).is_some()
    }

    fn terminal_of(&self, source: Source) -> Option<&Terminal> {
        if self.terminal_source == Some(source) {
            return self.terminal.as_ref();
        }
        self.stderr_terminal.as_ref().filter(|_| source == Source::Stderr)
    }

    /// The end to poll and read. `None` after EOF.
    pub(super) fn fd(&self, source: Source) -> Option<BorrowedFd<'_>> {
        let pipe = match source {
            Source::Stdout => &self.stdout,
            Source::Stderr => &self.stderr,
        };
        self.terminal_of(source).map(AsFd::as_fd).or(pipe.as_ref().map(AsFd::as_fd))
    }

    /// The terminal to poll and read whose output is not logged.
    pub(super) fn unlogged_terminal(&self) -> Option<BorrowedFd<'_>> {
        self.terminal.as_ref().filter(|_| self.terminal_source.is_none()).map(AsFd::as_fd)
    }

    /// The sources, a terminal before a pipe.
    pub(super) fn read_order(&self) -> [Source; 2] {
        if self.is_terminal(Source::Stderr) && !self.is_terminal(Source::Stdout) {
            return [Source::Stderr, Source::Stdout];
        }
        Source::BOTH
    }

    /// The child's controlling terminal. `None` if it has none.
    pub(super) fn terminal(&self) -> Option<BorrowedFd<'_>> {
        self.terminal.as_ref().map(AsFd::as_fd)
    }

    /// Reads what is available, about `limit` bytes at most, into the buffer. A pipe is read once;
    /// a terminal returns little at a time and is read until it is empty.
    pub(super) fn read(
        &mut self,
        source: Source,
        buffer: &mut ReadBuffer,
        limit: usize,
    ) -> ReadOutcome {
        let is_terminal = self.is_terminal(source);
        while buffer.free() > 0 && buffer.len() < limit {
            let Some(fd) = self.fd(source) else { return ReadOutcome::Eof };
            let wanted = buffer.free().min(limit);
            let space = if is_terminal {
                buffer.reserve(TERMINAL_READ_BYTES.min(wanted), ReadLength::AtMost)
            } else {
                // A pipe returns all that it has, and no other process reads from it.
                buffer.reserve(bytes_in_pipe(fd).min(wanted), ReadLength::Exact)
            };
            let result = rustix::io::read(fd, space);
            buffer.commit(result.unwrap_or_default());
            match result {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) if buffer.len() == 0 => {
                    return ReadOutcome::WouldBlock;
                }
                // A terminal whose other end no process has open returns EIO.
                Ok(0) | Err(_) if buffer.len() == 0 => {
                    self.close(source);
                    return ReadOutcome::Eof;
                }
                Ok(0) | Err(_) => break,
                Ok(_) if is_terminal => {}
                Ok(_) => break,
            }
        }
        ReadOutcome::Bytes(buffer.len())
    }

    /// The foreground process group of the terminal, if there is one.
    pub(super) fn foreground_group(&self) -> Option<Pid> {
        tcgetpgrp(self.terminal()?).ok()
    }

    /// Reads the terminal whose output is not logged. Returns how many bytes are in the buffer; 0
    /// if there is nothing to read now.
    pub(super) fn read_unlogged(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            let Some(terminal) = self.unlogged_terminal() else { return 0 };
            match rustix::io::read(terminal, &mut *buffer) {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) => return 0,
                Ok(0) | Err(_) => self.terminal = None,
                Ok(count) => return count,
            }
        }
    }

    /// Sets the size of the terminals. The kernel sends SIGWINCH to their foreground groups.
    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        for terminal in [&self.terminal, &self.stderr_terminal].into_iter().flatten() {
            terminal.resize(size)?;
        }
        Ok(())
    }

    /// The ends of the output for another shim, without those that are at EOF.
    pub(super) fn spare_handles(&self) -> Vec<(SpareHandle, BorrowedFd<'_>)> {
        let stdout = self.fd(Source::Stdout).map(|fd| (SpareHandle::Stdout, fd));
        let stderr = self.fd(Source::Stderr).map(|fd| (SpareHandle::Stderr, fd));
        let terminal = self.unlogged_terminal().map(|fd| (SpareHandle::Terminal, fd));
        stdout.into_iter().chain(stderr).chain(terminal).collect()
    }

    /// Closes the end of a pipe before its EOF. A terminal stays open.
    pub(super) fn close_pipe(&mut self, source: Source) {
        if !self.is_terminal(source) {
            self.close(source);
        }
    }

    fn close(&mut self, source: Source) {
        match source {
            _ if self.terminal_source == Some(source) => self.terminal = None,
            Source::Stdout => self.stdout = None,
            Source::Stderr => {
                self.stderr = None;
                self.stderr_terminal = None;
            }
        }
    }
}

/// How many bytes to read from a pipe. At least one: an empty pipe may be at EOF, which only a
/// read can tell.
fn bytes_in_pipe(pipe: BorrowedFd<'_>) -> usize {
    let available = rustix::io::ioctl_fionread(pipe).unwrap_or_default();
    usize::try_from(available).unwrap_or(PIPE_BYTES).max(1)
}

/// A pipe for output: the shim's end and the child's.
fn output_pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = pipe()?;
    // Fails when this user has too many large pipes already. A smaller pipe works too.
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(&reader, PIPE_BYTES).ok();
    ioctl_fionbio(&reader, true)?;
    Ok((reader, writer))
}

/// The read end and the write end.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    Ok((reader.into(), writer.into()))
}
