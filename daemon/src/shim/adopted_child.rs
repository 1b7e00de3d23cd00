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

use crate::platform::exit_watch;
use crate::platform::pidfd::PidFd;

/// A child of another process.
pub(super) struct AdoptedChild {
    child: Identity,
    /// The run folder.
    run: PathBuf,
    /// Once the child has exited: the processes whose exit the run waits for.
    awaited: BTreeMap<u32, PidFd>,
    has_exited: bool,
    /// The exit that the daemon reported, if it has.
    reported_exit: Option<Exit>,
    /// The connection to the daemon that will report the exit.
    exit_reporter: Option<u64>,
}

impl AdoptedChild {
    /// A child that is alive or has just exited.
    pub(super) fn new(child: Identity, run: PathBuf, exit_reporter: Option<u64>) -> Self {
        Self {
            child,
            run,
            awaited: BTreeMap::new(),
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
        child.chain(self.awaited.values()).map(AsFd::as_fd)
    }

    /// Whether the child is alive.
    pub(super) fn is_alive(&self, child: Option<&PidFd>) -> bool {
        !self.has_exited && child.is_some_and(|pidfd| !pidfd.wait(Duration::ZERO))
    }

    /// Remembers that the child has exited.
    pub(super) fn set_exited(&mut self) {
        self.has_exited = true;
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

    /// Replaces the processes whose exit the run waits for.
    pub(super) fn await_exits(&mut self, pids: impl Iterator<Item = u32>) {
        let mut before = std::mem::take(&mut self.awaited);
        for pid in pids {
            let pidfd = before.remove(&pid).or_else(|| PidFd::from_pid(pid));
            self.awaited.extend(pidfd.map(|pidfd| (pid, pidfd)));
        }
    }

    /// Whether the run is over: no process is awaited, and nothing more will be learned about the
    /// child's exit.
    pub(super) fn has_ended(&self, is_connected: impl Fn(u64) -> bool) -> bool {
        let awaits_report =
            self.reported_exit.is_none() && self.exit_reporter.is_some_and(is_connected);
        self.has_exited && self.awaited.is_empty() && !awaits_report
    }
}
