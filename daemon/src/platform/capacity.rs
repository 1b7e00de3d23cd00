//! How many connections and processes one daemon accepts, derived from its limit on open files.
//!
//! Above these numbers the daemon refuses with a `busy` error. Without them it would run out of
//! descriptors and could not answer at all.

use std::sync::OnceLock;

use persistproc_api::limits::{self, SoftLimits};

/// Upper bound of [`max_connections`], even with a higher limit on open files.
const MAX_CONNECTIONS: usize = 8192;

/// Upper bound of [`max_untrusted_connections`].
const MAX_UNTRUSTED_CONNECTIONS: usize = 256;

/// Upper bound of [`max_processes`]. Each running process has a shim and a child.
const MAX_PROCESSES: usize = 4096;

/// Lower bound of every share, so that a tiny limit still leaves a usable daemon.
const MIN_SHARE: usize = 8;

/// The soft limits that the daemon was started with.
static INITIAL_LIMITS: OnceLock<SoftLimits> = OnceLock::new();

/// Raises the daemon's soft limits to the hard limits. Only the first call has an effect.
pub fn raise_limits() {
    INITIAL_LIMITS.get_or_init(limits::raise);
}

/// The soft limits before [`raise_limits`]: the default for processes whose client sends none.
pub fn initial_limits() -> SoftLimits {
    INITIAL_LIMITS.get().cloned().unwrap_or_else(limits::own)
}

/// Connections that each of the two listeners accepts at a time.
pub fn max_connections() -> usize {
    share_of_open_files(4).min(MAX_CONNECTIONS)
}

/// Connections from other or unknown users that each of the two listeners accepts at a time. Their
/// clients may still send the token.
pub fn max_untrusted_connections() -> usize {
    share_of_open_files(16).min(MAX_UNTRUSTED_CONNECTIONS)
}

/// Processes that run at a time.
pub fn max_processes() -> usize {
    share_of_open_files(8).min(MAX_PROCESSES)
}

fn share_of_open_files(divisor: usize) -> usize {
    (limits::open_files() / divisor).max(MIN_SHARE)
}
