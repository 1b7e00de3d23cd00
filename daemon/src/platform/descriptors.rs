//! Open files of this program: those that whoever started us forgot to close (a daemon that kept
//! them would hold somebody's lock or pipe for as long as it lives, and hand them on to every
//! child), and how many there may be.

use std::os::fd::RawFd;
use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The limit we were given, once we have raised our own.
static GIVEN: OnceLock<Rlimit> = OnceLock::new();

/// From now on this program may have as many files open as the system lets it.
pub fn raise_limit() {
    let given = getrlimit(Resource::Nofile);
    // Only where those we start can be given the old one again.
    if cfg!(target_os = "linux") && given.maximum.is_some() && given.current != given.maximum {
        let raised = Rlimit { current: given.maximum, ..given };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            GIVEN.get_or_init(|| given);
        }
    }
}

/// Gives a program we have just started the limit that we were given: there are those that take a
/// high one for an order to walk through all of it.
#[cfg(target_os = "linux")]
pub fn restore_limit(pid: u32) {
    if let (Some(given), Some(pid)) = (GIVEN.get(), rustix::process::Pid::from_raw(pid as i32)) {
        // One that has ended already needs none.
        rustix::process::prlimit(Some(pid), Resource::Nofile, *given).ok();
    }
}

/// Ours was not raised.
#[cfg(not(target_os = "linux"))]
pub fn restore_limit(_: u32) {}

/// Closes everything but the standard three. Only for the first moments of a program, before it
/// has opened anything itself.
#[expect(unsafe_code, reason = "there is no owner of a file that was inherited")]
pub fn close_inherited() {
    for fd in inherited() {
        // SAFETY: nothing in this program knows this descriptor yet.
        unsafe { rustix::io::close(fd) };
    }
}

fn inherited() -> Vec<RawFd> {
    let entries = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    // Collected first: the listing itself holds one of them, which is gone by then.
    let all: Vec<RawFd> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    let open = |fd: &RawFd| std::fs::symlink_metadata(format!("/dev/fd/{fd}")).is_ok();
    all.into_iter().filter(|fd| *fd > 2).filter(open).collect()
}
