//! [`PidFd`]: a descriptor that becomes readable when its process exits (`pidfd_open`).
//!
//! A pidfd works for processes that are not our children, and it keeps referring to the same
//! process when the pid is reused. Only Linux has it: on other platforms all constructors return
//! `None`, and callers do without.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use persistproc_api::record::Identity;

use super::tree;

/// A descriptor that becomes readable when its process exits.
#[derive(Debug)]
pub struct PidFd(Handle);

#[cfg(target_os = "linux")]
type Handle = OwnedFd;
/// Uninhabited: no `PidFd` exists on this platform.
#[cfg(not(target_os = "linux"))]
type Handle = std::convert::Infallible;

impl PidFd {
    /// Opens exactly this process. `None` if it has ended.
    pub fn from_identity(identity: Identity) -> Option<Self> {
        // Open first, compare second: if the identity still matches after the open, the same
        // process held the pid during the open.
        Self::from_pid(identity.pid).filter(|_| tree::is_alive(identity))
    }

    /// Opens the process that has this pid now.
    #[cfg(target_os = "linux")]
    pub fn from_pid(pid: u32) -> Option<Self> {
        let pid = rustix::process::Pid::from_raw(pid as i32)?;
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok().map(Self)
    }

    /// Opens the process that has this pid now.
    #[cfg(not(target_os = "linux"))]
    pub fn from_pid(_: u32) -> Option<Self> {
        None
    }

    /// Takes over a pidfd that another process sent.
    #[cfg(target_os = "linux")]
    pub fn from_fd(fd: OwnedFd) -> Option<Self> {
        Some(Self(fd))
    }

    /// Takes over a pidfd that another process sent.
    #[cfg(not(target_os = "linux"))]
    pub fn from_fd(_: OwnedFd) -> Option<Self> {
        None
    }

    /// Waits for the exit. Returns whether it came within the timeout.
    pub fn wait(&self, timeout: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let deadline = Instant::now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let nanoseconds = left.subsec_nanos().into();
            let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: nanoseconds };
            match poll(&mut [PollFd::new(self, PollFlags::IN)], Some(&left)) {
                // A signal, for example SIGCHLD of another child.
                Err(rustix::io::Errno::INTR) => {}
                result => return result.is_ok_and(|ready| ready > 0),
            }
        }
    }
}

impl AsFd for PidFd {
    #[cfg(target_os = "linux")]
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    #[cfg(not(target_os = "linux"))]
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self.0 {}
    }
}

impl From<PidFd> for OwnedFd {
    #[cfg(target_os = "linux")]
    fn from(pidfd: PidFd) -> Self {
        pidfd.0
    }

    #[cfg(not(target_os = "linux"))]
    fn from(pidfd: PidFd) -> Self {
        match pidfd.0 {}
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn it_reports_the_exit_and_refuses_a_reused_pid() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let identity = tree::identity(child.id()).unwrap();
        let other = Identity { started: identity.started + 1, ..identity };
        assert!(PidFd::from_identity(other).is_none());
        let pidfd = PidFd::from_identity(identity).unwrap();
        assert!(!pidfd.wait(Duration::ZERO));
        child.kill().unwrap();
        assert!(pidfd.wait(Duration::from_secs(10)));
        child.wait().unwrap();
        assert!(PidFd::from_identity(identity).is_none());
    }
}
