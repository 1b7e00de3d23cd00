//! [`Terminal`]: a pseudo-terminal of the child.
//!
//! The shim reads and writes one end, and keeps the child's end open too. Without it, a read would
//! fail with EIO whenever no process of the tree has the terminal open: before the first program
//! opens `/dev/tty`, or between two programs of a script that redirect everything. So a terminal
//! has no EOF; its output ends with the tree.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use persistproc_api::process::Size;
use rustix::io::ioctl_fionbio;
use rustix::pty::{OpenptFlags, grantpt, openpt, unlockpt};
#[cfg(target_os = "linux")]
use rustix::termios::{InputModes, OptionalActions, tcgetattr, tcsetattr};
use rustix::termios::{Winsize, tcsetwinsize};

/// The most that the kernel returns from one read of a terminal.
pub(super) const TERMINAL_READ_BYTES: usize = 4096;

/// The shim's descriptors of a terminal.
pub(super) struct Terminal {
    /// The end to read and write, non-blocking.
    fd: OwnedFd,
    /// The child's end. `None` if it could not be opened again after a take-over: then the terminal
    /// works as long as a process of the tree has it open.
    _child_end: Option<OwnedFd>,
}

impl Terminal {
    /// Opens a terminal of this size. Returns it with the end for the child.
    pub(super) fn open(size: Size) -> io::Result<(Self, OwnedFd)> {
        let fd = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        // Not every platform has a flag for this in `openpt`. No child can be started in between,
        // because this is the only thread.
        rustix::io::fcntl_setfd(&fd, rustix::io::FdFlags::CLOEXEC)?;
        grantpt(&fd)?;
        unlockpt(&fd)?;
        let child_end = open_child_end(&fd)?;
        tcsetwinsize(&fd, winsize(size))?;
        configure(&child_end)?;
        ioctl_fionbio(&fd, true)?;
        let terminal = Self { fd, _child_end: Some(child_end.try_clone()?) };
        Ok((terminal, child_end))
    }

    /// The terminal of a shim that was killed.
    pub(super) fn from_spare_handle(fd: OwnedFd) -> Self {
        let child_end = open_child_end(&fd).ok();
        Self { fd, _child_end: child_end }
    }

    /// Sets the size. The kernel sends SIGWINCH to the foreground group.
    pub(super) fn resize(&self, size: Size) -> io::Result<()> {
        Ok(tcsetwinsize(&self.fd, winsize(size))?)
    }

    /// A duplicate of the shim's end.
    pub(super) fn duplicate(&self) -> io::Result<OwnedFd> {
        self.fd.try_clone()
    }
}

impl AsFd for Terminal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Opens the child's end of a terminal.
fn open_child_end(terminal: &OwnedFd) -> io::Result<OwnedFd> {
    // Works without the name, which may mean another terminal in a mount namespace of the shim.
    #[cfg(target_os = "linux")]
    {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        if let Ok(child_end) = rustix::pty::ioctl_tiocgptpeer(terminal, flags) {
            return Ok(child_end);
        }
    }
    let name = rustix::pty::ptsname(terminal, Vec::new())?;
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    Ok(rustix::fs::open(name, flags, rustix::fs::Mode::empty())?)
}

/// The settings with which the child finds the terminal.
#[cfg_attr(not(target_os = "linux"), expect(unused_variables, reason = "only Linux has IUTF8"))]
fn configure(child_end: &OwnedFd) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let mut modes = tcgetattr(child_end)?;
        modes.input_modes |= InputModes::IUTF8;
        tcsetattr(child_end, OptionalActions::Now, &modes)?;
    }
    Ok(())
}

fn winsize(Size { rows, columns }: Size) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { rows: 24, columns: 80 };

    fn read(terminal: &Terminal) -> Result<Vec<u8>, rustix::io::Errno> {
        let mut bytes = [0; 100];
        rustix::io::read(terminal, &mut bytes).map(|count| bytes[..count].to_vec())
    }

    #[test]
    fn a_terminal_that_no_process_has_open_is_empty_and_not_at_its_end() {
        let (terminal, child_end) = Terminal::open(SIZE).unwrap();
        rustix::io::write(&child_end, b"one").unwrap();
        drop(child_end);
        assert_eq!(read(&terminal).unwrap(), b"one");
        assert_eq!(read(&terminal), Err(rustix::io::Errno::AGAIN));
        let child_end = open_child_end(&terminal.fd).unwrap();
        rustix::io::write(&child_end, b"two").unwrap();
        assert_eq!(read(&terminal).unwrap(), b"two");
    }

    #[test]
    fn a_terminal_is_the_same_after_its_shim_was_killed() {
        let (terminal, child_end) = Terminal::open(SIZE).unwrap();
        rustix::io::write(&child_end, b"unread").unwrap();
        let spare = terminal.duplicate().unwrap();
        drop((terminal, child_end));
        let terminal = Terminal::from_spare_handle(spare);
        assert_eq!(read(&terminal).unwrap(), b"unread");
        assert_eq!(read(&terminal), Err(rustix::io::Errno::AGAIN));
        assert_eq!(rustix::termios::tcgetwinsize(&terminal).unwrap().ws_col, 80);
    }
}
