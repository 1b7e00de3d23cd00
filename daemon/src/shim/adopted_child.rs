//! [`AdoptedChild`]: the child of a run whose first shim was killed.
//!
//! This shim is not its parent, so it can reap neither the child nor its descendants. It polls
//! their pidfds to learn that they have exited. How the child exited comes from one of three
//! sources: the daemon, if it adopted the child and reaped it; the kernel, see [`exit_watch`]; or
//! the file that such a daemon wrote. The rest of the tree is found by the variable in its
//! environment.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::Duration;

use persistproc_api::Exit;
use persistproc_api::record::{self, EXIT_FILE, Identity};

use crate::platform::pidfd::PidFd;
use crate::platform::{exit_watch, tree};

/// A child of another process.
pub(super) struct AdoptedChild {
    child: Identity,
    /// The run folder.
    run: PathBuf,
    /// Once the child has exited: its descendants that are alive.
    descendants: BTreeMap<u32, PidFd>,
    has_exited: bool,
    /// The exit that the daemon reported, if it has.
    reported_exit: Option<Exit>,
    /// The connection to the daemon that will report the exit.
    exit_reporter: Option<u64>,
}

/// What has changed in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TreeChange {
    None,
    ChildExited,
    /// The whole tree has exited, and nothing more will be learned about the child's exit.
    AllExited,
}

impl AdoptedChild {
    /// A child that is alive or has just exited.
    pub(super) fn new(child: Identity, run: PathBuf, exit_reporter: Option<u64>) -> Self {
        Self {
            child,
            run,
            descendants: BTreeMap::new(),
            has_exited: false,
            reported_exit: None,
            exit_reporter,
        }
    }

    /// The descriptors to poll: each becomes readable when its process has exited.
    pub(super) fn fds<'a>(
        &'a self,
        child: Option<&'a PidFd>,
    ) -> impl Iterator<Item = BorrowedFd<'a>> {
        let child = child.into_iter().filter(|_| !self.has_exited);
        child.chain(self.descendants.values()).map(AsFd::as_fd)
    }

    /// The living processes of the run.
    pub(super) fn tree(&self) -> Vec<u32> {
        tree::run_members(Some(self.child), &self.run)
    }

    /// Whether the child is alive.
    pub(super) fn is_alive(&self, child: Option<&PidFd>) -> bool {
        !self.has_exited && child.is_some_and(|pidfd| !pidfd.wait(Duration::ZERO))
    }

    /// Stores how the child exited, as the daemon reports it.
    pub(super) fn report_exit(&mut self, exit: Exit) {
        self.reported_exit = Some(exit);
    }

    /// How the child exited, if that is known.
    pub(super) fn exit(&self, child: Option<&PidFd>) -> Option<Exit> {
        self.reported_exit
            .or_else(|| exit_watch::exit_of(self.child, child?))
            .or_else(|| record::read(&self.run.join(EXIT_FILE)).ok())
    }

    /// Checks which processes of the tree are alive. Reading the process list is expensive, so it
    /// is only done if `may_have_changed`.
    pub(super) fn check(
        &mut self,
        child: Option<&PidFd>,
        may_have_changed: bool,
        is_connected: impl Fn(u64) -> bool,
    ) -> TreeChange {
        if !self.has_exited {
            if !may_have_changed || self.is_alive(child) {
                return TreeChange::None;
            }
            self.has_exited = true;
            self.update_descendants();
            return TreeChange::ChildExited;
        }
        if may_have_changed {
            self.update_descendants();
        }
        let awaits_report =
            self.reported_exit.is_none() && self.exit_reporter.is_some_and(is_connected);
        if self.descendants.is_empty() && !awaits_report {
            TreeChange::AllExited
        } else {
            TreeChange::None
        }
    }

    /// Opens pidfds of new descendants, and closes those of descendants that have exited.
    fn update_descendants(&mut self) {
        let mut before = std::mem::take(&mut self.descendants);
        for pid in self.tree() {
            let pidfd = before.remove(&pid).or_else(|| PidFd::from_pid(pid));
            self.descendants.extend(pidfd.map(|pidfd| (pid, pidfd)));
        }
    }
}
