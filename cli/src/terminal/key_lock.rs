//! `KeyLock`: which of several commands that share a terminal has its keys. Each would save the mode in
//! which it finds the terminal: the second finds raw mode, and would leave the terminal in it.

use std::fs::{self, File, OpenOptions};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, OFlags, flock, fstat};

/// The device number of `/dev/tty`, whose file all terminals have in common.
const DEV_TTY: u64 = 5 << 8;

const ATTEMPTS: u32 = 5;

/// The time between two attempts to take the lock.
const ATTEMPT_INTERVAL: Duration = Duration::from_millis(2);

/// A lock on the device of a terminal. It ends with this process.
#[derive(Debug)]
pub(super) struct KeyLock {
    /// A description of our own: the standard descriptors share theirs with other programs. `None` if
    /// the terminal cannot be opened by its name; then nothing is locked.
    device: Option<File>,
}

impl KeyLock {
    /// The lock of this terminal, which is not taken yet.
    pub(super) fn of(terminal: impl AsFd) -> Self {
        Self { device: open_device(terminal) }
    }

    /// Takes the lock. Returns `false` if another command has it.
    pub(super) fn try_take(&self) -> bool {
        self.try_lock(FlockOperation::NonBlockingLockExclusive)
    }

    /// Keeps other commands from taking the lock, for a moment. Returns `false` if one has it.
    pub(super) fn try_share(&self) -> bool {
        self.try_lock(FlockOperation::NonBlockingLockShared)
    }

    fn try_lock(&self, operation: FlockOperation) -> bool {
        let Some(device) = &self.device else { return true };
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                thread::sleep(ATTEMPT_INTERVAL);
            }
            if flock(device, operation).is_ok() {
                return true;
            }
        }
        false
    }

    /// Whether the command that has the lock was stopped by a signal. The shell has the keys then.
    pub(super) fn is_holder_stopped(&self) -> bool {
        let holder = self.device.as_ref().and_then(holder_of);
        let state = holder.and_then(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok());
        // After the name in parentheses.
        state.is_some_and(|stat| {
            stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T'))
        })
    }

    pub(super) fn release(&self) {
        if let Some(device) = &self.device {
            // Fails only for an invalid descriptor.
            flock(device, FlockOperation::Unlock).ok();
        }
    }
}

/// The pid of the process that has locked this file. A line of the kernel is
/// `1: FLOCK ADVISORY WRITE <pid> <major>:<minor>:<inode> 0 EOF`.
fn holder_of(file: &File) -> Option<u32> {
    let found = fstat(file).ok()?;
    let (major, minor) = (rustix::fs::major(found.st_dev), rustix::fs::minor(found.st_dev));
    let id = format!("{major:02x}:{minor:02x}:{}", found.st_ino);
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        let is_ours = words.get(1) == Some(&"FLOCK") && words.get(5) == Some(&id.as_str());
        if is_ours { words.get(4)?.parse().ok() } else { None }
    })
}

fn open_device(terminal: impl AsFd) -> Option<File> {
    let terminal = terminal.as_fd();
    let number = fstat(terminal).ok()?.st_rdev;
    let name = match number {
        DEV_TTY => controlling_terminal()?,
        _ => PathBuf::from(format!("/dev/fd/{}", terminal.as_raw_fd())),
    };
    let flags = OFlags::NOCTTY.bits() as i32;
    let device = OpenOptions::new().read(true).custom_flags(flags).open(name).ok()?;
    // On some platforms this descriptor shares the description of the other one.
    cfg!(target_os = "linux").then_some(device)
}

/// The pseudo-terminal that `/dev/tty` stands for.
fn controlling_terminal() -> Option<PathBuf> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in parentheses: state, parent, group, session, terminal.
    let (_, fields) = stat.rsplit_once(") ")?;
    let number: u64 = fields.split(' ').nth(4)?.parse().ok()?;
    let minor = (number & 0xff) | ((number >> 12) & 0xfff00);
    let name = PathBuf::from(format!("/dev/pts/{minor}"));
    (fs::metadata(&name).ok()?.rdev() == number).then_some(name)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_holder_of_a_lock_is_known() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lock = || KeyLock { device: Some(File::open(file.path()).unwrap()) };
        let [first, second] = [lock(), lock()];
        assert!(first.try_share() && second.try_share());
        first.release();
        second.release();
        assert!(first.try_take() && !second.try_take() && !second.try_share());
        assert_eq!(holder_of(second.device.as_ref().unwrap()), Some(std::process::id()));
        assert!(!second.is_holder_stopped());
        first.release();
        assert!(second.try_take());
    }
}
