//! The end of a run: reaping, signalling the tree, and the final state of the record.

use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use persistproc_api::Time;
use persistproc_api::record::RunState;
use rustix::process::{Pid, Signal};

use super::{ChildExit, RunLoop, drain_pipe};
use crate::platform::reap::{self, Reaped};
use crate::platform::tree;
use crate::shim::adopted_child::TreeChange;
use crate::shim::termination::{self, TerminationAction, TerminationEvent};

/// How long the descendants of a child that exited by itself have until they are killed.
const DESCENDANT_GRACE_PERIOD: Duration = Duration::from_millis(500);

/// The interval at which a tree is killed again: it may have grown while it was read.
const KILL_RETRY_INTERVAL: Duration = Duration::from_millis(10);

impl RunLoop {
    /// The final state of the record. `None` if the child could not be started.
    pub(super) fn final_state(&self) -> Option<RunState> {
        let child = self.child?;
        let RunState::Running { start_time, .. } = self.record.state else { return None };
        let (exit, end_time) = match self.child_exit? {
            ChildExit::Reaped(exit, time) => (Some(exit), time),
            ChildExit::Seen(time) => {
                let adopted = self.adopted.as_ref();
                (adopted.and_then(|adopted| adopted.exit(self.child_pidfd.as_ref())), time)
            }
        };
        Some(match exit {
            Some(exit) => RunState::Ended {
                child,
                start_time,
                end_time,
                exit,
                stop_requested: self.stop_requested,
            },
            None => RunState::Lost { child: Some(child), start_time },
        })
    }

    /// Keeps serving the final state from memory, if `run.json` could not be written. Tries again
    /// whenever a client connects or disconnects.
    ///
    /// Returns when it is written, on SIGTERM, and when it is no longer needed: another run has
    /// bound its socket in place of ours, or the run folder was deleted.
    pub(super) fn serve_until_recorded(&mut self) {
        // Nothing of the run is left to wait for. This also closes our ends of the streams.
        self.child = None;
        self.streams = None;
        self.adopted = None;
        self.deadline = None;
        let own_socket = self.socket_identity();
        while own_socket.is_some()
            && let Ok(ready) = self.wait()
        {
            self.serve_clients(ready.writable_clients, ready.readable_clients);
            if ready.listener {
                self.accept_clients();
            }
            let is_obsolete = self.socket_identity() != own_socket || !self.folder.exists();
            if ready.sigterm || is_obsolete || self.write_record() {
                return;
            }
            // The run has ended, so the exit of an orphan changes nothing.
            drain_pipe(&self.signals.child);
        }
    }

    /// Device and inode of the file that has the name of our socket.
    fn socket_identity(&self) -> Option<(u64, u64)> {
        let address = self.listener.local_addr().ok()?;
        let metadata = std::fs::symlink_metadata(address.as_pathname()?).ok()?;
        Some((metadata.dev(), metadata.ino()))
    }

    /// Reaps all children that have exited. Returns whether the whole tree has exited.
    ///
    /// The shim is a subreaper: orphaned descendants become its children, so the tree has exited
    /// once the shim has no children.
    pub(super) fn reap(&mut self) -> bool {
        if self.adopted.is_some() {
            return self.check_adopted();
        }
        let mut child_exited = false;
        loop {
            match reap::reap_child() {
                Reaped::Exited { pid, exit } => {
                    let is_child = self.child.is_some_and(|child| child.pid == pid);
                    if is_child && self.child_exit.is_none() {
                        self.child_exit = Some(ChildExit::Reaped(exit, Time::now()));
                        child_exited = true;
                    }
                }
                Reaped::NoneExited => break,
                Reaped::NoChildren => return true,
            }
        }
        if child_exited {
            self.handle_event(TerminationEvent::ChildExited, self.stop_timeout);
        }
        false
    }

    /// The same for a tree whose processes are not our children.
    fn check_adopted(&mut self) -> bool {
        let may_have_changed = std::mem::take(&mut self.tree_may_have_changed);
        let clients = &self.clients;
        let Some(adopted) = &mut self.adopted else { return false };
        let is_connected = |key| clients.is_connected(key);
        match adopted.check(self.child_pidfd.as_ref(), may_have_changed, is_connected) {
            TreeChange::None => false,
            TreeChange::ChildExited => {
                self.child_exit = Some(ChildExit::Seen(Time::now()));
                self.handle_event(TerminationEvent::ChildExited, self.stop_timeout);
                self.check_adopted()
            }
            TreeChange::AllExited => true,
        }
    }

    /// The child's process group. The pid of an adopted child may be reused once it has exited, so
    /// then there is none.
    pub(super) fn child_group(&self) -> Option<Pid> {
        let pid_is_its_own = match &self.adopted {
            Some(adopted) => adopted.is_alive(self.child_pidfd.as_ref()),
            None => true,
        };
        let child = self.child.filter(|_| pid_is_its_own)?;
        Pid::from_raw(child.pid as i32)
    }

    /// Performs what the termination table says. `timeout` is how long a stop that begins now may
    /// take.
    pub(super) fn handle_event(&mut self, event: TerminationEvent, timeout: Duration) {
        let (next, actions) = termination::step(self.phase, event);
        self.phase = next;
        for action in actions {
            match action {
                TerminationAction::TerminateGroup => {
                    self.deadline = Some(Instant::now() + timeout);
                    if let Some(group) = self.child_group() {
                        // Both fail if the group has exited since. A process that was stopped
                        // handles SIGTERM only after SIGCONT.
                        rustix::process::kill_process_group(group, Signal::TERM).ok();
                        rustix::process::kill_process_group(group, Signal::CONT).ok();
                    }
                }
                TerminationAction::TerminateTree => self.signal_tree(Signal::TERM),
                TerminationAction::StartGracePeriod => {
                    self.deadline = Some(Instant::now() + DESCENDANT_GRACE_PERIOD);
                }
                TerminationAction::KillTree => {
                    self.signal_tree(Signal::KILL);
                    self.deadline = Some(Instant::now() + KILL_RETRY_INTERVAL);
                }
            }
        }
    }

    fn signal_tree(&self, signal: Signal) {
        let pids = match &self.adopted {
            Some(adopted) => adopted.tree(),
            None => tree::descendants(std::process::id()),
        };
        for pid in pids {
            if let Some(pid) = Pid::from_raw(pid as i32) {
                // Fails if it has exited since.
                rustix::process::kill_process(pid, signal).ok();
            }
        }
        // Other platforms have no list of descendants.
        if !cfg!(target_os = "linux")
            && let Some(group) = self.child_group()
        {
            // Fails if the group has exited since.
            rustix::process::kill_process_group(group, signal).ok();
        }
    }
}
