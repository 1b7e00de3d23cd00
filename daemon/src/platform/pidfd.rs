//! The end of a process that is not our child, as something to wait for. Only Linux has it; where
//! there is none, no process can be watched, and whoever asks does without.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use persistproc_api::record::Identity;

use super::tree;

/// Readable when the process has ended.
#[derive(Debug)]
pub struct PidFd(Handle);

#[cfg(target_os = "linux")]
type Handle = OwnedFd;
/// There is none.
#[cfg(not(target_os = "linux"))]
type Handle = Nothing;

#[cfg(not(target_os = "linux"))]
#[derive(Debug)]
enum Nothing {}

impl PidFd {
    /// Of exactly this process; `None`: it has ended, or there is no way to watch it.
    pub fn from_identity(identity: Identity) -> Option<Self> {
        // Whoever has this pid now; who that is, is asked after it can no longer change.
        Self::from_pid(identity.pid).filter(|_| tree::is_alive(identity))
    }

    /// Of whoever has this pid.
    #[cfg(target_os = "linux")]
    pub fn from_pid(pid: u32) -> Option<Self> {
        let pid = rustix::process::Pid::from_raw(pid as i32)?;
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok().map(Self)
    }

    /// Of whoever has this pid.
    #[cfg(not(target_os = "linux"))]
    pub fn from_pid(_: u32) -> Option<Self> {
        None
    }

    /// As somebody else handed it over.
    #[cfg(target_os = "linux")]
    pub fn from_fd(file: OwnedFd) -> Option<Self> {
        Some(Self(file))
    }

    /// As somebody else handed it over.
    #[cfg(not(target_os = "linux"))]
    pub fn from_fd(_: OwnedFd) -> Option<Self> {
        None
    }

    /// Waits for the end; whether it came in time.
    pub fn wait(&self, patience: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let until = Instant::now() + patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let nanoseconds = left.subsec_nanos().into();
            let limit = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: nanoseconds };
            match poll(&mut [PollFd::new(self, PollFlags::IN)], Some(&limit)) {
                // The end of another child, as a signal, is not what is waited for.
                Err(rustix::io::Errno::INTR) => {}
                outcome => return outcome.is_ok_and(|ready| ready > 0),
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

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_seen_and_a_reused_pid_is_somebody_else() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let identity = tree::identity(child.id()).unwrap();
        assert!(
            PidFd::from_identity(Identity { started: identity.started + 1, ..identity }).is_none()
        );
        let watch = PidFd::from_identity(identity).unwrap();
        assert!(!watch.wait(Duration::ZERO));
        child.kill().unwrap();
        assert!(watch.wait(Duration::from_secs(10)));
        child.wait().unwrap();
        assert!(PidFd::from_identity(identity).is_none());
    }
}
