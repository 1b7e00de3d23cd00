//! The end of a run: children are collected, what the table says is done, and what became of the
//! child is put into words for the record.

use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use persistproc_api::record::RunState;
use persistproc_api::{Exit, Time};
use rustix::process::{Pid, Signal};

use super::{Run, empty};
use crate::platform::reap::{self, Reaped};
use crate::platform::tree;
use crate::shim::ending::{self, Action, Event};
use crate::shim::inherited::{Inherited, News};

/// What a child that ended by itself leaves behind has this long.
const GRACE: Duration = Duration::from_millis(500);

/// Between one look at a tree that is being killed and the next, when nothing is heard from it.
const KILL_AGAIN: Duration = Duration::from_millis(10);

/// The end of the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// We collected it.
    So(Exit, Time),
    /// It was not ours to collect.
    Unseen(Time),
}

impl Run {
    pub(super) fn outcome(&self) -> Option<RunState> {
        let (child, ended) = (self.child?, self.ended?);
        let RunState::Running { start_time, .. } = self.record.state else { return None };
        let (exit, end_time) = match ended {
            Ended::So(exit, time) => (Some(exit), time),
            Ended::Unseen(time) => (
                {
                    let inherited = self.inherited.as_ref();
                    inherited.and_then(|it| it.exit(self.watch.as_ref()))
                },
                time,
            ),
        };
        Some(match exit {
            Some(exit) => RunState::Ended { child, start_time, end_time, exit, asked: self.asked },
            None => RunState::Lost { child: Some(child), start_time },
        })
    }

    /// On a disk that takes nothing, only we and those who are told know how the run ended: whenever
    /// one of them is gone, or the next daemon comes, it is tried again. Where another run has come
    /// in our place, or our folder is gone, nobody asks any more.
    pub(super) fn wait_to_be_heard(&mut self) {
        (self.child, self.streams, self.inherited, self.deadline) = (None, None, None, None);
        let place = self.place();
        while place.is_some()
            && let Ok(ready) = self.wait()
        {
            for key in ready.writable {
                self.clients.flush(key);
            }
            for key in ready.readable {
                for frame in self.clients.receive(key) {
                    self.handle(key, &frame);
                }
            }
            if ready.listener {
                for key in self.clients.accept(&self.listener) {
                    self.greet(key);
                }
            }
            let needless = self.place() != place || !self.folder.exists();
            if ready.terminate || needless || self.write_record() {
                return;
            }
            // A descendant of nobody's may still be collected; that is no news.
            empty(&self.signals.child);
        }
    }

    /// What the name of our socket leads to.
    fn place(&self) -> Option<(u64, u64)> {
        let address = self.listener.local_addr().ok()?;
        let found = std::fs::symlink_metadata(address.as_pathname()?).ok()?;
        Some((found.dev(), found.ino()))
    }

    /// Collects every child that ended; answers whether none is left.
    pub(super) fn collect(&mut self) -> bool {
        if self.inherited.is_some() {
            return self.look();
        }
        let mut child_ended = false;
        loop {
            match reap::reap_child() {
                Reaped::Exited { pid, exit } => {
                    if self.child.is_some_and(|child| child.pid == pid) && self.ended.is_none() {
                        self.ended = Some(Ended::So(exit, Time::now()));
                        child_ended = true;
                    }
                }
                Reaped::NoneExited => break,
                Reaped::NoChildren => return true,
            }
        }
        if child_ended {
            self.happened(Event::ChildEnded, self.stop_timeout);
        }
        false
    }

    /// The same for a tree that is not ours to collect.
    fn look(&mut self) -> bool {
        let (clients, again) = (&self.clients, std::mem::take(&mut self.look_again));
        let Some(inherited) = &mut self.inherited else { return false };
        match inherited.look(self.watch.as_ref(), again, |key| clients.is_connected(key)) {
            News::Nothing => false,
            News::ChildEnded => {
                self.ended = Some(Ended::Unseen(Time::now()));
                self.happened(Event::ChildEnded, self.stop_timeout);
                self.look()
            }
            News::Over => true,
        }
    }

    /// A child that is not ours keeps its number only while it lives.
    pub(super) fn group(&self) -> Option<Pid> {
        let is_its_own = self.inherited.as_ref().is_none_or(|it| it.lives(self.watch.as_ref()));
        Pid::from_raw(self.child.filter(|_| is_its_own)?.pid as i32)
    }

    /// Asks the table and does what it says. `timeout` is what a deadline that begins now lasts.
    pub(super) fn happened(&mut self, event: Event, timeout: Duration) {
        let (next, actions) = ending::step(self.phase, event);
        self.phase = next;
        for action in actions {
            match action {
                Action::TerminateGroup => {
                    self.deadline = Some(Instant::now() + timeout);
                    if let Some(group) = self.group() {
                        // A group that is gone already is what was wanted.
                        rustix::process::kill_process_group(group, Signal::TERM).ok();
                        rustix::process::kill_process_group(group, Signal::CONT).ok();
                    }
                }
                Action::TerminateTree => self.signal_tree(Signal::TERM),
                Action::Grace => self.deadline = Some(Instant::now() + GRACE),
                Action::KillTree => {
                    self.signal_tree(Signal::KILL);
                    self.deadline = Some(Instant::now() + KILL_AGAIN);
                }
            }
        }
    }

    fn signal_tree(&self, signal: Signal) {
        let tree = self.inherited.as_ref().map(Inherited::tree);
        for pid in tree.unwrap_or_else(|| tree::descendants(std::process::id())) {
            if let Some(pid) = Pid::from_raw(pid as i32) {
                // One that ended since is what was wanted.
                rustix::process::kill_process(pid, signal).ok();
            }
        }
        if !cfg!(target_os = "linux")
            && let Some(group) = self.group()
        {
            rustix::process::kill_process_group(group, signal).ok();
        }
    }
}
