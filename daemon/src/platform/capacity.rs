//! How many connections and processes one daemon accepts, derived from its limit on open files.
//!
//! Above these numbers the daemon refuses with a `busy` error. Without them it would run out of
//! descriptors and could not answer at all.

use persistproc_api::limits;

/// Upper bound of [`max_connections`], even with a higher limit on open files.
const MAX_CONNECTIONS: usize = 8192;

/// Upper bound of [`max_untrusted_connections`].
const MAX_UNTRUSTED_CONNECTIONS: usize = 256;

/// Upper bound of [`max_processes`]. Each running process has a shim and a child.
const MAX_PROCESSES: usize = 4096;

/// Lower bound of every share, so that a tiny limit still leaves a usable daemon.
const MIN_SHARE: usize = 8;

/// Connections that each of the two listeners accepts at a time.
pub fn max_connections() -> usize {
    share_of_open_files(4).min(MAX_CONNECTIONS)
}

/// Connections from other or unknown users that each of the two listeners accepts at a time. Their
/// clients may still send the token.
pub fn max_untrusted_connections() -> usize {
    share_of_open_files(16).min(MAX_UNTRUSTED_CONNECTIONS)
}

/// Requests that stay open at a time: followers, waits and streams of events. Each has a connection and
/// open logs, about five files.
pub fn max_streams() -> usize {
    (limits::open_files() / 10).clamp(2, MAX_CONNECTIONS)
}

/// Requests for names of processes that are forwarded at a time. Each has a connection to a process.
pub fn max_forwarded_requests() -> usize {
    share_of_open_files(16).min(MAX_CONNECTIONS)
}

/// Processes that run at a time.
pub fn max_processes() -> usize {
    share_of_open_files(8).min(MAX_PROCESSES)
}

/// An allocation of this size is returned to the system when it is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const RETURNED_BYTES: i32 = 1 << 20;

/// Has the allocator return large allocations to the system when they are freed, and the free end of a heap.
/// By itself glibc keeps up to 64 MiB at the end of each heap once a large allocation was freed, and
/// [`return_free_memory`] does not reach the ends of the heaps of threads.
pub fn return_large_allocations() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the C library has no safe interface for it")]
    // SAFETY: it takes two numbers and changes settings of the allocator.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, RETURNED_BYTES);
    }
}

/// Returns memory that is free, but kept for later allocations, to the system. For use after an answer of
/// many megabytes: the allocator keeps most of them.
pub fn return_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the C library has no safe interface for it")]
    // SAFETY: it takes a number and touches only what is free.
    unsafe {
        libc::malloc_trim(0);
    }
}

fn share_of_open_files(divisor: usize) -> usize {
    (limits::open_files() / divisor).max(MIN_SHARE)
}
