//! Services: when the child of a run that is its tree has exited with 0, the run goes on while a
//! process lives that the child left behind on purpose: one in a session of its own, or one that
//! listens. Everything else ends with the child.

use std::time::Duration;

use persistproc_api::Exit;
use persistproc_api::shim::ShimMessage;

use super::{ChildExit, RunLoop};
use crate::platform::run_tree::Member;
use crate::platform::sockets;
use crate::shim::adopted_child::AdoptedChild;
use crate::shim::termination::{TerminationEvent, TerminationPhase};

/// How long a process may take to become a service after the child has exited.
const SERVICE_TIMEOUT: Duration = Duration::from_secs(2);

/// The interval at which processes are looked at in the meantime.
const SERVICE_INTERVAL: Duration = Duration::from_millis(20);

/// The phase in which a shim begins: the child of a service may have exited under the shim before.
pub(super) fn first_phase(leader_exit: Option<Exit>) -> TerminationPhase {
    leader_exit.map_or(TerminationPhase::Running, |_| TerminationPhase::Serving)
}

/// Tells an adopted child that it has exited under the shim before.
pub(super) fn note_exit(leader_exit: Option<Exit>, adopted: Option<&mut AdoptedChild>) {
    if let (Some(_), Some(adopted)) = (leader_exit, adopted) {
        adopted.set_exited();
    }
}

impl RunLoop {
    /// Whether the run goes on until something ends it: its child lives, or a service does.
    pub(super) fn goes_on(&self) -> bool {
        self.child_exit.is_none() || self.phase == TerminationPhase::Serving
    }

    /// Whether what the child has left behind can be a service. An exit that is unknown is no failure.
    pub(super) fn may_be_service(&self) -> bool {
        self.record.service
            && !self.ends_whole_tree
            && self.leader_exit().is_none_or(|exit| exit.shell_code() == 0)
    }

    /// How the child has exited, if that is known.
    pub(super) fn leader_exit(&self) -> Option<Exit> {
        match self.child_exit? {
            ChildExit::Reaped(exit, _) => Some(exit),
            ChildExit::Seen(_) => self.adopted.as_ref()?.exit(self.child_pidfd.as_ref()),
        }
    }

    /// Looks at the processes that are left, and again after a while if none of them is a service yet.
    pub(super) fn look_for_service(&mut self) {
        let members = self.members();
        let has_service = self.has_service(&members);
        let is_early = self.is_settling_for(SERVICE_TIMEOUT);
        if has_service {
            self.deadline = None;
            self.handle_event(TerminationEvent::ServiceFound, self.stop_timeout);
        } else if is_early && !members.is_empty() {
            self.set_deadline(SERVICE_INTERVAL);
        } else {
            self.deadline = None;
            self.record.ended_with = Self::named(&members);
            self.handle_event(TerminationEvent::Settled, self.stop_timeout);
        }
    }

    fn has_service(&self, members: &[Member]) -> bool {
        let session = self.record.session;
        if members.iter().any(|member| session.is_some_and(|session| member.session != session)) {
            return true;
        }
        let pids: Vec<u32> = members.iter().map(|member| member.pid).collect();
        !sockets::owned_ports(&pids, &sockets::listening()).is_empty()
            || !sockets::unix_sockets_of(&pids).is_empty()
    }

    /// Tells everyone that the run goes on without its child.
    pub(super) fn record_service(&mut self) {
        self.record.leader_exit = self.leader_exit().or(Some(Exit::Code(0)));
        self.write_record();
        let record = Box::new(self.record.clone());
        self.clients.broadcast(&ShimMessage::State { record, handles: Vec::new() });
    }
}
