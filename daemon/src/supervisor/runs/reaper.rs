//! [`Reaper`]: reaps the daemon's children, which are the shims and the children that it inherits
//! from killed shims. An exit status can be read before or after the process is reaped.

use std::collections::BTreeMap;
use std::io;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use persistproc_api::Exit;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::platform::reap::{self, Reaped};
use crate::platform::tree;

/// The receivers of exit statuses, by pid.
type ExitSenders = BTreeMap<u32, oneshot::Sender<Exit>>;

/// The registered pids. Clones share them.
#[derive(Clone, Default)]
pub struct Reaper(Arc<Mutex<ExitSenders>>);

/// The exit status of a process that is, or may become, a child of the daemon. Dropping it
/// removes the registration.
pub struct ExpectedExit {
    pid: u32,
    exit: oneshot::Receiver<Exit>,
    reaper: Reaper,
}

impl Reaper {
    /// Reaps children for as long as the daemon lives.
    pub async fn run(self) {
        let mut child_signals = match signal(SignalKind::child()) {
            Ok(signals) => signals,
            Err(error) => return tracing::warn!("cannot reap children: {error}"),
        };
        loop {
            while let Reaped::Exited { pid, exit } = reap::reap_child() {
                if let Some(sender) = self.senders().remove(&pid) {
                    // Fails if the receiver was dropped.
                    sender.send(exit).ok();
                }
            }
            if child_signals.recv().await.is_none() {
                return;
            }
        }
    }

    /// Registers interest in the exit status of a process.
    pub fn expect(&self, pid: u32) -> ExpectedExit {
        let (sender, exit) = oneshot::channel();
        self.senders().insert(pid, sender);
        ExpectedExit { pid, exit, reaper: self.clone() }
    }

    /// Starts a child and registers interest in its exit status, which cannot come before.
    pub fn spawn(&self, command: &mut Command) -> io::Result<(Child, ExpectedExit)> {
        let (sender, exit) = oneshot::channel();
        // The reaper looks for the receiver of a status under this lock.
        let mut senders = self.senders();
        let child = command.spawn()?;
        let pid = child.id();
        senders.insert(pid, sender);
        drop(senders);
        Ok((child, ExpectedExit { pid, exit, reaper: self.clone() }))
    }

    fn senders(&self) -> MutexGuard<'_, ExitSenders> {
        // Nothing that can panic runs under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ExpectedExit {
    /// Resolves with the exit status; stays pending if the process never becomes a child of the
    /// daemon.
    pub async fn status(&mut self) -> Exit {
        match (&mut self.exit).await {
            Ok(exit) => exit,
            Err(_) => std::future::pending().await,
        }
    }

    /// Whether this daemon is the process that reaps it, or has reaped it.
    pub fn is_ours(&self) -> bool {
        // Check this first: the process may be reaped between the two checks.
        let is_our_child = tree::is_our_child(self.pid);
        is_our_child || !self.exit.is_empty()
    }
}

impl Drop for ExpectedExit {
    fn drop(&mut self) {
        self.exit.close();
        let mut senders = self.reaper.senders();
        // A later process may have the same pid and its own registration.
        if senders.get(&self.pid).is_some_and(oneshot::Sender::is_closed) {
            senders.remove(&self.pid);
        }
    }
}
