//! Who collects the daemon's children: shims, and what shims that were killed leave to it. Whoever
//! waits for one of them hears how it ended, also when it ended before.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use persistproc_api::Exit;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::platform::reap::{self, Reaped};

/// The way to hear of an end. Clones know the same.
#[derive(Clone, Default)]
pub struct Reaper(Arc<Mutex<BTreeMap<u32, oneshot::Sender<Exit>>>>);

/// Somebody may become our child, and end.
pub struct ExpectedExit {
    pid: u32,
    exit: oneshot::Receiver<Exit>,
    reaper: Reaper,
}

impl Reaper {
    /// Collects whoever ends, as long as the daemon lives.
    pub async fn work(self) {
        let mut ended = match signal(SignalKind::child()) {
            Ok(ended) => ended,
            Err(error) => return tracing::warn!("no child can be collected: {error}"),
        };
        loop {
            while let Reaped::Exited { pid, exit } = reap::reap_child() {
                if let Some(waits) = self.expected().remove(&pid) {
                    // Whoever waited may have lost interest.
                    waits.send(exit).ok();
                }
            }
            if ended.recv().await.is_none() {
                return;
            }
        }
    }

    /// From now on somebody wants to know how this one ends.
    pub fn expect(&self, pid: u32) -> ExpectedExit {
        let (tell, exit) = oneshot::channel();
        self.expected().insert(pid, tell);
        ExpectedExit { pid, exit, reaper: self.clone() }
    }

    fn expected(&self) -> MutexGuard<'_, BTreeMap<u32, oneshot::Sender<Exit>>> {
        // Nothing that can panic runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExpectedExit {
    /// How it ended, once it has; for ever nothing, when it is never ours to collect.
    pub async fn exit(&mut self) -> Exit {
        match (&mut self.exit).await {
            Ok(exit) => exit,
            Err(_) => std::future::pending().await,
        }
    }

    /// Whether we are the one who knows how it ended or will know.
    pub fn is_ours(&self) -> bool {
        // Between the two looks it may have been collected.
        let ours = crate::platform::tree::is_our_child(self.pid);
        ours || !self.exit.is_empty()
    }
}

impl Drop for ExpectedExit {
    fn drop(&mut self) {
        self.exit.close();
        let mut expected = self.reaper.expected();
        // Another process may have been given the number, and somebody waits for that one.
        if expected.get(&self.pid).is_some_and(oneshot::Sender::is_closed) {
            expected.remove(&self.pid);
        }
    }
}
