//! Files that whoever started us had open and forgot to close: a daemon that kept them would hold
//! somebody's lock or pipe for as long as it lives, and hand them on to every child.

use std::os::fd::RawFd;

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
