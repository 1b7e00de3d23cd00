//! `KeyLock`: which of several commands that share a terminal has its keys. Each would save the mode in
//! which it finds the terminal: the second finds raw mode, and would leave the terminal in it.

use std::fs::{File, OpenOptions};
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

    /// Takes the lock. Returns `false` if another command has it. One that only looks at the terminal
    /// has it for a moment.
    pub(super) fn try_take(&self) -> bool {
        let Some(device) = &self.device else { return true };
        for attempt in 0..ATTEMPTS {
            if attempt > 0 {
                thread::sleep(ATTEMPT_INTERVAL);
            }
            if flock(device, FlockOperation::NonBlockingLockExclusive).is_ok() {
                return true;
            }
        }
        false
    }

    pub(super) fn release(&self) {
        if let Some(device) = &self.device {
            // Fails only for an invalid descriptor.
            flock(device, FlockOperation::Unlock).ok();
        }
    }
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
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in parentheses: state, parent, group, session, terminal.
    let (_, fields) = stat.rsplit_once(") ")?;
    let number: u64 = fields.split(' ').nth(4)?.parse().ok()?;
    let minor = (number & 0xff) | ((number >> 12) & 0xfff00);
    let name = PathBuf::from(format!("/dev/pts/{minor}"));
    (std::fs::metadata(&name).ok()?.rdev() == number).then_some(name)
}
