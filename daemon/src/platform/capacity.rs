//! How much one daemon takes on, by the descriptors that the kernel lets it have: beyond that it
//! refuses in so many words, before it would run out and could answer nobody.

use std::sync::OnceLock;

use persistproc_api::limits::{self, SoftLimits};

/// Each listens, waits or follows.
const MOST_CONNECTIONS: usize = 8192;

/// Each has a shim and a child.
const MOST_PROCESSES: usize = 4096;

static GIVEN: OnceLock<SoftLimits> = OnceLock::new();

/// Takes all that the kernel lets this daemon have, once.
pub fn raise_limits() {
    GIVEN.get_or_init(limits::widen);
}

/// The limits of whoever started the daemon, for what it starts for those who bring none.
pub fn initial_limits() -> SoftLimits {
    GIVEN.get().cloned().unwrap_or_else(limits::own)
}

/// Connections of either door.
pub fn max_connections() -> usize {
    share(4).min(MOST_CONNECTIONS)
}

/// Connections of those whose user is not ours or not known, who may have a token or not.
pub fn max_untrusted_connections() -> usize {
    share(16).min(256)
}

/// Processes that run.
pub fn max_processes() -> usize {
    share(8).min(MOST_PROCESSES)
}

fn share(part: usize) -> usize {
    (limits::open_files() / part).max(8)
}
