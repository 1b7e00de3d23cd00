//! Closes descriptors that this program inherited from its caller by mistake.
//!
//! A daemon or shim lives long. If it kept a lock file or the write end of a pipe that its caller
//! forgot to close, the lock would stay held and the pipe's reader would never see EOF; every
//! child would inherit the descriptor in turn.

use std::os::fd::RawFd;

/// Closes every descriptor above stderr. Call it first in `main`, before anything is opened.
#[expect(unsafe_code, reason = "an inherited descriptor has no owner in this program")]
pub fn close_inherited() {
    for fd in inherited() {
        // SAFETY: no value in this program owns this descriptor yet.
        unsafe { rustix::io::close(fd) };
    }
}

fn inherited() -> Vec<RawFd> {
    let entries = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    // The listing has a descriptor of its own. Collecting the names ends the listing and closes
    // that descriptor, and `is_open` then filters its name out.
    let listed: Vec<RawFd> =
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    listed.into_iter().filter(|fd| *fd > 2 && is_open(*fd)).collect()
}

fn is_open(fd: RawFd) -> bool {
    std::fs::symlink_metadata(format!("/dev/fd/{fd}")).is_ok()
}
