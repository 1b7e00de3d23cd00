//! [`take`]: the descriptors above standard error that this program has inherited.

use std::fs;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::path::PathBuf;

use rustix::io::{FdFlags, fcntl_getfd};

use crate::job_ids;

/// The highest standard descriptor.
const STDERR: RawFd = 2;

/// The flag of `open` for close-on-exec, as `/proc/<pid>/fdinfo` shows it, in octal.
const CLOSE_ON_EXEC: u32 = 0o2_000_000;

/// The descriptors above standard error without close-on-exec. Everything that this program opens
/// itself has that flag, so these are inherited. The caller owns them; call it once.
pub(super) fn take() -> Vec<OwnedFd> {
    let entries = fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let mut numbers: Vec<RawFd> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|number| *number > STDERR)
        .collect();
    numbers.sort_unstable();
    numbers.into_iter().filter_map(own_if_inherited).collect()
}

#[expect(unsafe_code, reason = "an inherited descriptor has no owner in this program")]
fn own_if_inherited(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: a descriptor that is owned elsewhere in this program has close-on-exec, and is given
    // back unchanged below.
    let fd = unsafe { OwnedFd::from_raw_fd(number) };
    match fcntl_getfd(&fd) {
        Ok(flags) if !flags.contains(FdFlags::CLOEXEC) => Some(fd),
        Ok(_) | Err(_) => {
            std::mem::forget(fd);
            None
        }
    }
}

/// Whether a descriptor was open before our session began: the program that started the session,
/// such as a terminal emulator, has the same file open under the same number. It was inherited by
/// mistake, by every command of the session.
pub(super) fn is_from_outside_the_session(fd: &OwnedFd) -> bool {
    let Some(starter) = session_starter() else { return false };
    let number = fd.as_raw_fd();
    let link = |process: &str| fs::read_link(format!("/proc/{process}/fd/{number}")).ok();
    let theirs: Option<PathBuf> = link(&starter.to_string());
    theirs.is_some() && theirs == link("self") && !is_close_on_exec(starter, number)
}

/// The parent of the leader of our session.
fn session_starter() -> Option<u32> {
    let leader = job_ids::session()?;
    let stat = fs::read_to_string(format!("/proc/{leader}/stat")).ok()?;
    // After the name in parentheses: state, parent.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(1)?.parse().ok()
}

fn is_close_on_exec(process: u32, number: RawFd) -> bool {
    let text = fs::read_to_string(format!("/proc/{process}/fdinfo/{number}")).unwrap_or_default();
    let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    flags.is_some_and(|flags| flags & CLOSE_ON_EXEC != 0)
}
