//! The child of a run whose first shim was killed: it is not ours, so the kernel tells us that it
//! has ended, and the daemon that collected it tells us how. It finds the rest of the tree by the
//! mark that the child was started with.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::PathBuf;
use std::time::Duration;

use persistproc_api::Exit;
use persistproc_api::record::{self, EXIT_FILE, Identity};

use crate::platform::pidfd::PidFd;
use crate::platform::{exit_watch, tree};

/// A child of somebody else's.
pub(super) struct Inherited {
    child: Identity,
    /// The run's folder, which is its mark.
    run: PathBuf,
    /// After its end whoever is left of its tree.
    left: BTreeMap<u32, PidFd>,
    child_ended: bool,
    /// How it ended, once that was told.
    exit: Option<Exit>,
    /// The connection that will tell, as long as it is there.
    teller: Option<u64>,
}

/// What is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing.
    Nothing,
    /// The child has ended.
    ChildEnded,
    /// Nobody is left, and all is known that will ever be.
    Over,
}

impl Inherited {
    /// A child that lives, or has ended just now.
    pub(super) fn new(child: Identity, run: PathBuf, teller: Option<u64>) -> Self {
        Self { child, run, left: BTreeMap::new(), child_ended: false, exit: None, teller }
    }

    /// What becomes readable when one of the processes has ended.
    pub(super) fn fds<'a>(
        &'a self,
        child: Option<&'a PidFd>,
    ) -> impl Iterator<Item = BorrowedFd<'a>> {
        let child = child.into_iter().filter(|_| !self.child_ended);
        child.chain(self.left.values()).map(AsFd::as_fd)
    }

    /// The living processes of the run.
    pub(super) fn tree(&self) -> Vec<u32> {
        tree::run_members(Some(self.child), &self.run)
    }

    /// Whether the child lives.
    pub(super) fn lives(&self, child: Option<&PidFd>) -> bool {
        let lives = |watch: &PidFd| !watch.wait(Duration::ZERO);
        !self.child_ended && child.is_some_and(lives)
    }

    /// Someone knows how it ended.
    pub(super) fn told(&mut self, exit: Exit) {
        self.exit = Some(exit);
    }

    /// How it ended, if anybody ever told or the kernel does.
    pub(super) fn exit(&self, child: Option<&PidFd>) -> Option<Exit> {
        let told = self.exit.or_else(|| exit_watch::exit_of(self.child, child?));
        told.or_else(|| record::read(&self.run.join(EXIT_FILE)).ok())
    }

    /// Looks who is left: again, or what is known of them.
    pub(super) fn look(
        &mut self,
        child: Option<&PidFd>,
        again: bool,
        is_connected: impl Fn(u64) -> bool,
    ) -> News {
        if !self.child_ended {
            if !again || self.lives(child) {
                return News::Nothing;
            }
            self.child_ended = true;
            self.watch_tree();
            return News::ChildEnded;
        }
        if again {
            self.watch_tree();
        }
        let untold = self.exit.is_none() && self.teller.is_some_and(is_connected);
        if self.left.is_empty() && !untold { News::Over } else { News::Nothing }
    }

    /// Whoever is new is watched, whoever has ended is not.
    fn watch_tree(&mut self) {
        let mut before = std::mem::take(&mut self.left);
        for pid in self.tree() {
            let watch = before.remove(&pid).or_else(|| PidFd::from_pid(pid));
            self.left.extend(watch.map(|watch| (pid, watch)));
        }
    }
}
