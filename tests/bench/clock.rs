//! A clock that this program and its children share, waiting with a timeout, and a random number
//! generator.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::Fallible;

/// The timeout of every wait.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(300);

/// Nanoseconds since 1970, comparable between processes.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// Seconds between two times.
pub(crate) fn seconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1e9
}

/// Calls `check` every `interval` until it returns a value. `what` names it in the error.
pub(crate) fn wait_until<T>(
    what: &str,
    interval: Duration,
    mut check: impl FnMut() -> Fallible<Option<T>>,
) -> Fallible<T> {
    let end = Instant::now() + TIMEOUT;
    while Instant::now() < end {
        if let Some(value) = check()? {
            return Ok(value);
        }
        std::thread::sleep(interval);
    }
    Err(format!("timed out: {what}").into())
}

/// An xorshift generator: the same numbers in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// From `low` up to, not including, `high`.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        low + self.0 % (high - low)
    }
}
