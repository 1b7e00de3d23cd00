//! [`OpenPorts`]: what the processes of one run listen on. Reading the owners of sockets is
//! expensive, so it is done when the machine's list of listening sockets has changed, and now and
//! then for what is not in that list: other network namespaces, Unix sockets, new processes.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::debugger::DebuggerPorts;
use super::readiness::{Listening, Readiness};
use crate::platform::sockets::{self, ListeningSocket};
use crate::supervisor::runs::view::ProcessView;

/// The interval at which the processes are looked at although the list has not changed.
const TREE_INTERVAL: Duration = Duration::from_millis(50);

/// What a run listens on, as of the last update.
#[derive(Default)]
pub(super) struct OpenPorts {
    pub(super) found: Listening,
    /// The ports are those of another network namespace.
    pub(super) is_elsewhere: bool,
    /// The listening sockets of the machine at that time.
    listening: Option<Vec<ListeningSocket>>,
    read_at: Option<Instant>,
    /// What the output had said when the rest was read: which ports count depends on it.
    revision: u64,
    /// Whether the processes of the holders of these sockets may be read.
    foreign: HashMap<ListeningSocket, bool>,
}

impl OpenPorts {
    /// Looks at the run. `wanted`: the port that the wait is for.
    pub(super) fn update(
        &mut self,
        view: &ProcessView,
        readiness: &Readiness,
        wanted: Option<u16>,
        now: Instant,
    ) {
        let mut listening = sockets::listening();
        listening.sort_unstable();
        let is_recent = self.read_at.is_some_and(|time| now.duration_since(time) < TREE_INTERVAL);
        let is_same = self.listening.as_ref() == Some(&listening);
        if is_recent && is_same && self.revision == readiness.revision() {
            return;
        }
        self.revision = readiness.revision();
        let pids = view.tree_now();
        let owned = sockets::owned_ports(&pids, &listening);
        let mut ports: Vec<u16> = owned
            .iter()
            .filter(|owned| !is_debugger(owned.pid, owned.port, readiness))
            .map(|owned| owned.port)
            .collect();
        ports.dedup();
        self.is_elsewhere =
            owned.iter().any(|owned| ports.contains(&owned.port) && is_elsewhere(owned.pid));
        let command = &view.process.command;
        let foreign = if ports.is_empty() {
            self.foreign_ports(view, readiness, wanted, &listening)
        } else {
            Vec::new()
        };
        let mut sockets = Vec::new();
        if ports.is_empty() {
            sockets = sockets::unix_sockets_of(&pids);
            sockets.retain(|path| readiness.has_phrase() || readiness.names(path, command));
        }
        self.found = Listening { ports, foreign, sockets };
        self.listening = Some(listening);
        self.read_at = Some(now);
    }

    /// Ports that are named, were opened since the start, and belong to processes that may not be read.
    fn foreign_ports(
        &mut self,
        view: &ProcessView,
        readiness: &Readiness,
        wanted: Option<u16>,
        listening: &[ListeningSocket],
    ) -> Vec<u16> {
        let Some(before) = &view.listening_before else { return Vec::new() };
        let named: Vec<u16> =
            readiness.hinted_ports().chain(wanted).chain(ports_in(&view.process.command)).collect();
        let new = listening.iter().filter(|socket| !before.contains(socket));
        let named = new.filter(|socket| named.contains(&socket.port));
        let mut ports = Vec::new();
        for socket in named {
            let is_foreign = *self
                .foreign
                .entry(*socket)
                .or_insert_with(|| sockets::holder_among(socket.port, listening).is_none());
            if is_foreign {
                ports.push(socket.port);
            }
        }
        ports.dedup();
        ports
    }
}

/// The numbers in a command that can be ports.
pub(super) fn ports_in(command: &[String]) -> impl Iterator<Item = u16> {
    let words = command.iter().rev().flat_map(|word| word.split(['=', ':', ' ']));
    words.filter_map(|word| word.parse().ok().filter(|port| *port > 9))
}

fn is_elsewhere(pid: u32) -> bool {
    sockets::is_in_other_network(pid)
}

/// Whether a process listens on this port for a debugger.
fn is_debugger(pid: u32, port: u16, readiness: &Readiness) -> bool {
    DebuggerPorts::of_process(pid).may_be(port, readiness.debuggers())
}
