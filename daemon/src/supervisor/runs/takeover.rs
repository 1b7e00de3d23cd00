//! [`Takeover`]: what the daemon has to know to replace the shim of a run when it is killed. The
//! daemon then becomes the parent of the child, and the only one that can learn its exit status.

use std::time::Duration;

use persistproc_api::Exit;
use persistproc_api::record::{Identity, RunRecord, RunState};

use super::reaper::{ExpectedExit, Reaper};

/// How many shims in a row may die before one of them has taken over.
const MAX_ATTEMPTS: u8 = 20;

/// How many of these attempts follow each other without a delay.
const IMMEDIATE_ATTEMPTS: u8 = 8;

/// The child of the current run, and the attempts to replace its shim.
pub struct Takeover {
    reaper: Reaper,
    child: Option<(Identity, ChildExit)>,
    /// How many attempts were made since a shim last reported a running child.
    attempts: u8,
}

/// The exit status of a child, as far as the daemon has it.
enum ChildExit {
    /// The daemon may become the parent and reap it.
    Pending(ExpectedExit),
    /// Reaped by the daemon. Kept, because the shim that receives it may be killed before it has
    /// recorded it.
    Known(Exit),
}

impl Takeover {
    /// A takeover without a child.
    pub fn new(reaper: Reaper) -> Self {
        Self { reaper, child: None, attempts: 0 }
    }

    /// Tracks the child of this run, if the run is running.
    pub fn track(&mut self, run: &RunRecord) {
        let RunState::Running { child, .. } = run.state else {
            self.child = None;
            return;
        };
        self.attempts = 0;
        if self.child.as_ref().is_none_or(|(tracked, _)| *tracked != child) {
            self.child = Some((child, ChildExit::Pending(self.reaper.expect(child.pid))));
        }
    }

    /// Resolves with the exit status when the daemon has reaped the child; stays pending if a
    /// shim reaps it. Resolves once.
    pub async fn child_exit(&mut self) -> Exit {
        match &mut self.child {
            Some((_, ChildExit::Pending(expected))) => expected.status().await,
            _ => std::future::pending().await,
        }
    }

    /// Remembers the exit status for a shim that takes over later.
    pub fn set_exit(&mut self, status: Exit) {
        if let Some((_, exit)) = &mut self.child {
            *exit = ChildExit::Known(status);
        }
    }

    /// The exit status, if the daemon has reaped the child.
    pub fn known_exit(&self) -> Option<Exit> {
        match self.child {
            Some((_, ChildExit::Known(status))) => Some(status),
            _ => None,
        }
    }

    /// Whether the daemon has the exit status, or will have it.
    pub fn knows_exit(&self) -> bool {
        self.child.as_ref().is_some_and(|(_, exit)| match exit {
            ChildExit::Pending(expected) => expected.is_ours(),
            ChildExit::Known(_) => true,
        })
    }

    /// Counts an attempt and returns the delay before it; `None` after the last one. With the
    /// delays, all attempts take about fifteen seconds: a disk that cannot be written to may
    /// recover, and what the child writes waits in its pipe.
    pub fn next_attempt(&mut self) -> Option<Duration> {
        if self.attempts >= MAX_ATTEMPTS {
            return None;
        }
        self.attempts += 1;
        let doublings = self.attempts.saturating_sub(IMMEDIATE_ATTEMPTS).min(8);
        Some(if doublings == 0 { Duration::ZERO } else { Duration::from_millis(10 << doublings) })
    }
}
