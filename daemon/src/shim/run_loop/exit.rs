//! The end of a run: reaping, and the final state of the record.

use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;

use persistproc_api::Time;
use persistproc_api::process::LetGo;
use persistproc_api::record::RunState;

use super::{ChildExit, RunLoop, drain_pipe};
use crate::platform::reap::{self, Reaped};
use crate::platform::run_tree::Member;
use crate::platform::tree;
use crate::shim::termination::TerminationEvent;

/// How often the list of processes is read if it shows none, although there are some.
const MAX_EMPTY_LISTS: u32 = 3;

/// The most processes that a record names as let go.
const MAX_LET_GO: usize = 16;

impl RunLoop {
    /// The final state of the record. `None` if the child could not be started.
    pub(super) fn final_state(&mut self) -> Option<RunState> {
        // The daemon deletes the folder of a child that could not be started.
        let child = self.child?;
        // Another program may have deleted the log and its folder since the last output.
        self.log.check_files(Time::now().micros());
        let RunState::Running { start_time, .. } = self.record.state else { return None };
        let (exit, end_time) = match self.child_exit? {
            ChildExit::Reaped(_, time) | ChildExit::Seen(time) => (self.leader_exit(), time),
        };
        let went_on = self.record.leader_exit.is_some();
        let end_time = if went_on { Time::now() } else { end_time };
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
        let mut own_socket = self.socket_identity();
        while let Ok(ready) = self.wait() {
            let bound = self.listener.as_raw_fd();
            if ready.sighup {
                drain_pipe(&self.signals.hangup);
                self.bind_again();
            }
            self.serve_clients(ready.writable_clients, ready.readable_clients);
            if self.listener.as_raw_fd() != bound {
                own_socket = self.socket_identity();
            }
            if ready.listener {
                self.accept_clients();
            }
            // A socket file that is gone may have been deleted by a cleaner.
            let is_replaced = self.socket_identity().is_some_and(|found| Some(found) != own_socket);
            if self.write_record() || ready.sigterm || is_replaced || !self.folder.exists() {
                return;
            }
            // The run has ended, so the exit of an orphan changes nothing.
            drain_pipe(&self.signals.child);
        }
    }

    /// Device and inode of the file that has the name of our socket.
    fn socket_identity(&self) -> Option<(u64, u64)> {
        let metadata = std::fs::symlink_metadata(self.socket_path()?).ok()?;
        Some((metadata.dev(), metadata.ino()))
    }

    /// Reaps all children that have exited. Returns whether the run is over.
    ///
    /// The shim is a subreaper: orphaned descendants become its children. Without children the run
    /// is over. If there are some once the child has exited, they may be processes that the run
    /// does not wait for.
    pub(super) fn reap(&mut self) -> bool {
        if self.adopted.is_some() {
            return self.check_adopted();
        }
        let mut child_exited = false;
        loop {
            match reap::reap_child() {
                Reaped::Exited { pid, exit } => {
                    self.tree_may_have_changed = true;
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
        let may_have_changed = std::mem::take(&mut self.tree_may_have_changed);
        may_have_changed && self.child_exit.is_some() && self.only_services_are_left()
    }

    /// Whether the processes that are left, if any, are let go, and none of them is about to exit.
    fn only_services_are_left(&mut self) -> bool {
        for _ in 0..MAX_EMPTY_LISTS {
            let members = self.members();
            if !self.check_members(&members).is_empty() {
                return false;
            }
            if !members.is_empty() {
                return !self.is_settling(&members);
            }
            // A process that forked and exited while the list was read hides its child.
        }
        true
    }

    /// The same for a tree whose processes are not our children.
    fn check_adopted(&mut self) -> bool {
        let may_have_changed = std::mem::take(&mut self.tree_may_have_changed);
        let child_pidfd = self.child_pidfd.as_ref();
        let Some(adopted) = &mut self.adopted else { return false };
        if self.child_exit.is_none() {
            if !may_have_changed || adopted.is_alive(child_pidfd) {
                return false;
            }
            adopted.set_exited();
            self.child_exit = Some(ChildExit::Seen(Time::now()));
            self.handle_event(TerminationEvent::ChildExited, self.stop_timeout);
        }
        // Reading the process list is expensive.
        let awaited = may_have_changed.then(|| self.check_members(&self.members()));
        let clients = &self.clients;
        let Some(adopted) = &mut self.adopted else { return false };
        if let Some(awaited) = awaited {
            adopted.await_exits(awaited.into_iter().map(|member| member.pid));
        }
        adopted.has_ended(|key| clients.is_connected(key))
    }

    /// Those of the members whose exit the run waits for. If there are none, the record names those that
    /// are let go.
    fn check_members(&mut self, members: &[Member]) -> Vec<Member> {
        let awaited: Vec<Member> =
            members.iter().copied().filter(|member| self.ends_with_run(member)).collect();
        if awaited.is_empty() {
            self.record.let_go = Self::named(members);
        }
        awaited
    }

    /// The topmost of these processes with their names.
    pub(super) fn named(members: &[Member]) -> Vec<LetGo> {
        let has_parent =
            |member: &Member| members.iter().any(|possible| possible.pid == member.parent);
        let topmost = members.iter().filter(|member| !has_parent(member)).take(MAX_LET_GO);
        let name = |pid| tree::program_name(pid);
        topmost.map(|member| LetGo { pid: member.pid, name: name(member.pid) }).collect()
    }
}
