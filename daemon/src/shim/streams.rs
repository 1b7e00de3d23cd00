//! The child's three standard streams: pipes, or two terminals, so that it finds a terminal
//! on each and we still know which bytes were its standard error.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use persistproc_api::process::Size;
use persistproc_api::shim::SpareHandle;
use persistproc_api::{ErrorCode, Problem};
use rustix::fs::OFlags;
use rustix::io::ioctl_fionbio;
use rustix::pty::{OpenptFlags, grantpt, openpt, unlockpt};
#[cfg(target_os = "linux")]
use rustix::termios::{InputModes, OptionalActions, tcgetattr, tcsetattr};
use rustix::termios::{Winsize, tcsetwinsize};

use super::held::Held;
use crate::logs::entry::Source;

/// Measured: twice the throughput of the kernel's 64 KiB, no more beyond.
pub(super) const PIPE_SIZE: usize = 256 << 10;

/// What a terminal holds back.
const TERMINAL_SIZE: usize = 4096;

/// Our ends.
pub(super) struct Streams {
    pub stdin: Option<OwnedFd>,
    stdout: Option<OwnedFd>,
    stderr: Option<OwnedFd>,
    tty: bool,
}

/// The child's ends.
pub(super) struct Ends {
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
    pub stderr: OwnedFd,
    pub tty: bool,
}

/// What a read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Got {
    Bytes(usize),
    /// Nothing now.
    Nothing,
    /// Nothing ever again.
    End,
}

impl Streams {
    /// Opens terminals of this size, or pipes.
    pub(super) fn open(tty: Option<Size>) -> Result<(Self, Ends), Problem> {
        let opened = match tty {
            Some(size) => Self::terminals(size),
            None => Self::pipes(),
        };
        opened.map_err(|error| {
            Problem::new(
                ErrorCode::StartFailed,
                format!("No terminal or pipe could be opened: {error}."),
            )
            .hint("Is the machine out of file descriptors (`ulimit -n`) or terminals?")
        })
    }

    fn pipes() -> io::Result<(Self, Ends)> {
        let (child_in, stdin) = pipe()?;
        let (stdout, child_out) = pipe()?;
        let (stderr, child_err) = pipe()?;
        for fd in [&stdout, &stderr] {
            widen(fd);
        }
        for fd in [&stdin, &stdout, &stderr] {
            ioctl_fionbio(fd, true)?;
        }
        let ours =
            Self { stdin: Some(stdin), stdout: Some(stdout), stderr: Some(stderr), tty: false };
        Ok((ours, Ends { stdin: child_in, stdout: child_out, stderr: child_err, tty: false }))
    }

    fn terminals(size: Size) -> io::Result<(Self, Ends)> {
        let (main, child_out) = terminal(size)?;
        let (errors, child_err) = terminal(size)?;
        let stdin = main.try_clone()?;
        let ours = Self { stdin: Some(stdin), stdout: Some(main), stderr: Some(errors), tty: true };
        Ok((
            ours,
            Ends { stdin: child_out.try_clone()?, stdout: child_out, stderr: child_err, tty: true },
        ))
    }

    /// Those of a child that another shim started.
    pub(super) fn handed(ends: Vec<(SpareHandle, OwnedFd)>, tty: bool) -> io::Result<Self> {
        let (mut stdin, mut stdout, mut stderr) = (None, None, None);
        for (end, fd) in ends {
            *match end {
                SpareHandle::Stdin => &mut stdin,
                SpareHandle::Stdout => &mut stdout,
                SpareHandle::Stderr => &mut stderr,
                SpareHandle::Held | SpareHandle::Child => continue,
            } = Some(fd);
        }
        if tty {
            stdin = stdout.as_ref().map(OwnedFd::try_clone).transpose()?;
        }
        Ok(Self { stdin, stdout, stderr, tty })
    }

    /// Whether these are terminals.
    pub(super) fn is_tty(&self) -> bool {
        self.tty
    }

    /// Another handle of the terminal on standard error.
    pub(super) fn second_terminal(&self) -> Option<OwnedFd> {
        self.stderr.as_ref().filter(|_| self.tty)?.try_clone().ok()
    }

    /// The end to wait on, while it can still bring something.
    pub(super) fn fd(&self, source: Source) -> Option<BorrowedFd<'_>> {
        match source {
            Source::Stdout => self.stdout.as_ref().map(AsFd::as_fd),
            Source::Stderr => self.stderr.as_ref().map(AsFd::as_fd),
        }
    }

    /// Takes what is there. A terminal gives 4 KiB at a time, so it is asked again.
    pub(super) fn read(&mut self, source: Source, held: &mut Held) -> Got {
        while held.room() > 0 {
            let Some(fd) = self.fd(source) else { return Got::End };
            // What a pipe says it has, it gives; a terminal may give less.
            let there = if self.tty { TERMINAL_SIZE } else { there(fd) };
            let brought = rustix::io::read(fd, held.place(there.min(held.room()), !self.tty));
            held.read(brought.unwrap_or_default());
            match brought {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) if held.filled() == 0 => return Got::Nothing,
                // A terminal whose last user is gone answers EIO.
                Ok(0) | Err(_) if held.filled() == 0 => {
                    self.close(source);
                    return Got::End;
                }
                Ok(0) | Err(_) => break,
                Ok(_) if self.tty => {}
                Ok(_) => break,
            }
        }
        Got::Bytes(held.filled())
    }

    /// Tells both terminals their size; the kernel tells the child.
    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        for source in Source::BOTH {
            if let Some(fd) = self.fd(source) {
                tcsetwinsize(fd, winsize(size))?;
            }
        }
        Ok(())
    }

    /// What is read from, while it can still bring something.
    pub(super) fn ends(&self) -> Vec<(SpareHandle, BorrowedFd<'_>)> {
        let ends = [(SpareHandle::Stdout, &self.stdout), (SpareHandle::Stderr, &self.stderr)];
        ends.into_iter().filter_map(|(end, fd)| Some((end, fd.as_ref()?.as_fd()))).collect()
    }

    fn close(&mut self, source: Source) {
        match source {
            Source::Stdout => self.stdout = None,
            Source::Stderr => self.stderr = None,
        }
    }
}

/// How much is in a pipe. At its end there is nothing, and only a read tells.
fn there(pipe: BorrowedFd<'_>) -> usize {
    let there = rustix::io::ioctl_fionread(pipe).unwrap_or_default();
    usize::try_from(there).unwrap_or(PIPE_SIZE).max(1)
}

fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = io::pipe()?;
    Ok((reader.into(), writer.into()))
}

#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "pipes are as they are"))]
fn widen(pipe: &OwnedFd) {
    // An ordinary user may hold only so many wide pipes; a narrow one works too.
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(pipe, PIPE_SIZE).ok();
}

/// A terminal: our end, and the child's.
fn terminal(size: Size) -> io::Result<(OwnedFd, OwnedFd)> {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
    // Not every platform opens it so; there is one thread here and no child yet.
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
