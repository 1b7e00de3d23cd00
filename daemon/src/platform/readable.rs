//! [`Readable`]: waits in a task until a descriptor has something to read.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A descriptor that a task waits for.
pub type Readable = AsyncFd<OwnedFd>;

/// Registers a descriptor with the runtime of the calling task.
#[expect(unsafe_code, reason = "tokio has no safe constructor")]
pub fn readable(fd: OwnedFd) -> io::Result<Readable> {
    // SAFETY: an `OwnedFd` is the same descriptor until it is dropped, which the `AsyncFd` does after it
    // has removed the registration.
    unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }.map_err(Into::into)
}
