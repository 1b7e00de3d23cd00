//! The exit status of a process that is not our child.
//!
//! Only the parent can call `waitpid`. Linux has two more sources, which [`exit_of`] tries in
//! this order:
//!
//! 1. `/proc/<pid>/stat` shows the status while the process is a zombie, until its parent reaps
//!    it.
//! 2. `PIDFD_GET_INFO` returns it from a pidfd that was opened before the exit, once the parent
//!    has reaped the process (Linux 6.15 and later).
//!
//! If neither source has it, the exit status is unknown.

#[cfg(target_os = "linux")]
use std::time::Duration;

use persistproc_api::Exit;
use persistproc_api::record::Identity;

use super::pidfd::PidFd;
#[cfg(target_os = "linux")]
use super::proc_stat::{self, ProcStat};

/// How long to wait for the parent to reap the process.
#[cfg(target_os = "linux")]
const REAP_TIMEOUT: Duration = Duration::from_secs(1);

/// The exit of a process that has ended already.
#[cfg(target_os = "linux")]
pub fn exit_of(process: Identity, pidfd: &PidFd) -> Option<Exit> {
    exit_of_zombie(process).or_else(|| exit_after_reaping(pidfd))
}

/// The exit of a process that has ended already.
#[cfg(not(target_os = "linux"))]
pub fn exit_of(_: Identity, _: &PidFd) -> Option<Exit> {
    None
}

/// Reads the `exit_code` field of `/proc/<pid>/stat`.
#[cfg(target_os = "linux")]
fn exit_of_zombie(process: Identity) -> Option<Exit> {
    let line = proc_stat::read(process.pid)?;
    let stat = ProcStat::parse(&line)?;
    // A different start time means that the pid was reused.
    if !stat.is_zombie() || stat.start_time() != Some(process.started) {
        return None;
    }
    stat.wait_status().map(exit_from_status)
}

/// Asks the pidfd, if necessary after waiting for the process to be reaped.
#[cfg(target_os = "linux")]
fn exit_after_reaping(pidfd: &PidFd) -> Option<Exit> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    if let PidFdExit::Known(exit) = pidfd_exit(pidfd)? {
        return Some(exit);
    }
    let timeout = Timespec { tv_sec: REAP_TIMEOUT.as_secs() as i64, tv_nsec: 0 };
    // `POLLHUP` is reported even with an empty event mask; it means that the process was reaped.
    poll(&mut [PollFd::new(pidfd, PollFlags::empty())], Some(&timeout)).ok()?;
    match pidfd_exit(pidfd)? {
        PidFdExit::Known(exit) => Some(exit),
        PidFdExit::NotReaped => None,
    }
}

/// What a pidfd reports about the exit of its process.
#[cfg(target_os = "linux")]
enum PidFdExit {
    NotReaped,
    Known(Exit),
}

/// The kernel's `struct pidfd_info` in its first version, 64 bytes.
#[cfg(target_os = "linux")]
#[repr(C)]
#[derive(Default)]
struct PidFdInfo {
    mask: u64,
    cgroup: u64,
    pids_and_credentials: [u32; 11],
    exit_code: i32,
}

/// `PIDFD_GET_INFO`. Returns `None` on a kernel that doesn't report exits this way.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "rustix does not wrap PIDFD_GET_INFO yet")]
fn pidfd_exit(pidfd: &PidFd) -> Option<PidFdExit> {
    use rustix::ioctl::{Updater, ioctl, opcode};
    const PIDFD_INFO_EXIT: u64 = 1 << 3;
    const PIDFD_GET_INFO: rustix::ioctl::Opcode = opcode::read_write::<PidFdInfo>(0xFF, 11);
    let mut info = PidFdInfo { mask: PIDFD_INFO_EXIT, ..PidFdInfo::default() };
    // SAFETY: PIDFD_GET_INFO fills in a `PidFdInfo`, whose size is part of the opcode.
    let result = unsafe { ioctl(pidfd, Updater::<PIDFD_GET_INFO, PidFdInfo>::new(&mut info)) };
    result.ok()?;
    if info.mask & PIDFD_INFO_EXIT == 0 {
        return Some(PidFdExit::NotReaped);
    }
    Some(PidFdExit::Known(exit_from_status(info.exit_code)))
}

/// Unpacks a wait status.
#[cfg(target_os = "linux")]
fn exit_from_status(status: i32) -> Exit {
    match status & 0x7F {
        0 => Exit::Code(status >> 8 & 0xFF),
        signal => Exit::Signal(signal),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn the_exit_is_known_before_reaping_and_on_new_kernels_afterwards() {
        for (script, exit) in
            [("read it; exit 7", Exit::Code(7)), ("read it; kill -9 $$", Exit::Signal(9))]
        {
            let mut child =
                Command::new("sh").args(["-c", script]).stdin(Stdio::piped()).spawn().unwrap();
            let process = crate::platform::tree::identity(child.id()).unwrap();
            let pidfd = PidFd::from_identity(process).unwrap();
            drop(child.stdin.take());
            assert!(pidfd.wait(Duration::from_secs(10)));
            assert_eq!(exit_of(process, &pidfd), Some(exit), "before reaping");
            child.wait().unwrap();
            // Kernels before 6.15 no longer know it.
            assert!(exit_of(process, &pidfd).is_none_or(|found| found == exit));
        }
    }
}
