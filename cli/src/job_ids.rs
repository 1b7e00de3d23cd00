//! [`group`] and [`session`]: the process group and the session of this program. In a PID namespace
//! whose group or session began outside of it, the kernel says 0, which is the id of none.

use std::num::NonZeroI32;

/// Our process group.
#[expect(
    unsafe_code,
    reason = "the safe interface has no value for a group outside of the namespace"
)]
pub(crate) fn group() -> Option<NonZeroI32> {
    // SAFETY: has no arguments and cannot fail.
    NonZeroI32::new(unsafe { libc::getpgrp() })
}

/// Our session.
#[expect(
    unsafe_code,
    reason = "the safe interface has no value for a session outside of the namespace"
)]
pub(crate) fn session() -> Option<NonZeroI32> {
    // SAFETY: 0 is this process.
    NonZeroI32::new(unsafe { libc::getsid(0) })
}
