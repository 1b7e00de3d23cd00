//! The session of a child that has a terminal, and the process that leads it.
//!
//! When the leader of a session exits, the kernel sends SIGHUP to the foreground group of its
//! terminal. If the child were the leader, a program that becomes a service by forking would die:
//! its second process is still in that group when the first one exits. So a process of its own
//! leads the session, as a shell does, and the child is the foreground group.
//!
//! That process is a fork of the shim that only holds the terminal open. It must outlive the shim,
//! because the death of the leader would end the child; it ends when the shim's end of the terminal
//! is closed, and with it every duplicate that a daemon has. The child remains a child of the shim.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, ioctl_tiocsctty, setpgid, setsid};
use rustix::termios::tcsetpgrp;

/// The exit code of a child that could not execute its program. The shim does not see it.
const EXEC_FAILED: i32 = 127;

/// Receives the pid of the child.
pub(super) struct ChildPid {
    reader: OwnedFd,
}

/// Sends the pid of the child, from the leader of its session.
pub(super) struct ChildPidSender {
    writer: OwnedFd,
}

/// A channel for the pid of the child.
pub(super) fn child_pid() -> io::Result<(ChildPid, ChildPidSender)> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    Ok((ChildPid { reader }, ChildPidSender { writer }))
}

impl ChildPid {
    /// Waits for the pid. An error if the leader of the session was killed.
    pub(super) fn receive(self) -> io::Result<u32> {
        let mut bytes = [0; 4];
        std::fs::File::from(self.reader).read_exact(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }
}

/// Makes this process, a fork of the shim, the leader of a session with this controlling terminal,
/// and starts the child. Returns, in this process, only on an error; in the child, `execute`
/// executes its program. Async-signal-safe if `execute` is.
pub(super) fn lead(
    terminal: BorrowedFd<'_>,
    sender: &ChildPidSender,
    execute: impl FnOnce() -> io::Error,
) -> io::Error {
    match start_child(terminal, execute) {
        Ok(child) => {
            let pid = child.as_raw_nonzero().get().to_ne_bytes();
            match rustix::io::write(&sender.writer, &pid) {
                Ok(_) => hold(terminal),
                Err(error) => error.into(),
            }
        }
        Err(error) => error,
    }
}

/// Returns the child once it executes its program.
fn start_child(terminal: BorrowedFd<'_>, execute: impl FnOnce() -> io::Error) -> io::Result<Pid> {
    setsid()?;
    ioctl_tiocsctty(terminal)?;
    // Closed by the exec of the child. Before, it carries the error.
    let (failure, failure_writer) = pipe_with(PipeFlags::CLOEXEC)?;
    let (group_created, group_creator) = pipe_with(PipeFlags::CLOEXEC)?;
    let (foreground, foreground_writer) = pipe_with(PipeFlags::CLOEXEC)?;
    let Some(child) = fork_sibling()? else {
        // A child of this process would be orphaned before its parent has read this.
        let error = match setpgid(None, None) {
            Ok(()) => {
                drop(group_creator);
                drop(foreground_writer);
                // Returns EOF when this group is in the foreground.
                rustix::io::read(&foreground, &mut [0_u8]).ok();
                execute()
            }
            Err(error) => error.into(),
        };
        let code = error.raw_os_error().unwrap_or_default().to_ne_bytes();
        rustix::io::write(&failure_writer, &code).ok();
        exit_now();
    };
    drop(failure_writer);
    drop(group_creator);
    // Returns EOF when the group exists.
    rustix::io::read(&group_created, &mut [0_u8])?;
    // Fails if the child has exited already.
    tcsetpgrp(terminal, child).ok();
    drop(foreground_writer);
    drop(foreground);
    let mut code = [0; 4];
    match rustix::io::read(&failure, &mut code)? {
        0 => Ok(child),
        _ => Err(io::Error::from_raw_os_error(i32::from_ne_bytes(code))),
    }
}

/// Forks this process. The new process is a child of the shim too. Returns its pid, and `None` in
/// the new process.
#[expect(unsafe_code, reason = "no safe interface creates a process with this process's parent")]
fn fork_sibling() -> io::Result<Option<Pid>> {
    let flags = libc::c_long::from(libc::CLONE_PARENT | libc::SIGCHLD);
    // SAFETY: without a new stack and without shared memory, the system call acts as `fork` does.
    // This process has one thread, and the new one only makes system calls.
    let pid = unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) };
    match pid {
        ..0 => Err(io::Error::last_os_error()),
        _ => Ok(Pid::from_raw(pid as i32)),
    }
}

#[expect(unsafe_code, reason = "a fork must not run the exit handlers of the shim")]
fn exit_now() -> ! {
    // SAFETY: ends this process without running any of its code.
    unsafe { libc::_exit(EXEC_FAILED) }
}

/// Holds the terminal open until its other end is closed, and nothing else. Signals change nothing:
/// the handlers of the shim ignore them here.
fn hold(terminal: BorrowedFd<'_>) -> ! {
    // Fail only if the process has no room for descriptors, or no root directory.
    rustix::stdio::dup2_stdin(terminal).ok();
    rustix::process::chdir("/").ok();
    close_others();
    loop {
        let stdin = rustix::stdio::stdin();
        let mut fds = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::empty())];
        // `POLLHUP` is reported even with an empty event mask.
        match poll(&mut fds, None) {
            Ok(_) => exit_now(),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => exit_now(),
        }
    }
}

/// Closes every descriptor but standard input. A pipe that stayed open would have no EOF.
#[expect(unsafe_code, reason = "this process uses none of these descriptors again")]
fn close_others() {
    // SAFETY: closes descriptors that no code of this process uses again.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 1, libc::c_uint::MAX, 0) };
    if closed != 0 {
        // Before Linux 5.9.
        for fd in 1..libc::FD_SETSIZE as i32 {
            // SAFETY: as above.
            unsafe { libc::close(fd) };
        }
    }
}
