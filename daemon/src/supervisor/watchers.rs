//! [`Watchers`]: how many clients watch a process at the moment: they follow its output or wait for it, so
//! they learn of its end by themselves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// The clients that watch one process. Clones share the count.
#[derive(Clone, Default)]
pub(crate) struct Watchers(Arc<Mutex<WatchCount>>);

#[derive(Default)]
struct WatchCount {
    watching: usize,
    /// When a client stopped watching.
    left: Option<Instant>,
}

/// One client that watches, until this is dropped.
pub(crate) struct WatchGuard(Watchers);

impl Watchers {
    /// Counts a client.
    pub(crate) fn join(&self) -> WatchGuard {
        self.count().watching += 1;
        WatchGuard(self.clone())
    }

    /// Whether a client watches now.
    pub(crate) fn are_there(&self) -> bool {
        self.count().watching > 0
    }

    /// Whether a client watches now or has watched at some time since then.
    pub(crate) fn were_there_since(&self, time: Instant) -> bool {
        let count = self.count();
        count.watching > 0 || count.left.is_some_and(|left| left >= time)
    }

    fn count(&self) -> MutexGuard<'_, WatchCount> {
        // Nothing that can panic runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        let mut count = self.0.count();
        count.watching -= 1;
        count.left = Some(Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_counts_until_its_guard_is_dropped() {
        let watchers = Watchers::default();
        let before = Instant::now();
        assert!(!watchers.are_there() && !watchers.were_there_since(before));
        let (first, second) = (watchers.join(), watchers.join());
        drop(first);
        assert!(watchers.are_there());
        drop(second);
        assert!(!watchers.are_there() && watchers.were_there_since(before));
        let later = Instant::now() + std::time::Duration::from_nanos(1);
        assert!(!watchers.were_there_since(later));
    }
}
