//! `NameRoutes`: the port that `<id>.localhost` leads to. It is the assigned port, or else the one
//! that the process has printed, or else the first on which it listens.
//!
//! To find it costs as much as the process has descendants, so it is remembered. A remembered route
//! is that of one socket: when the socket is closed, another program may open the same port.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persistproc_api::Process;
use persistproc_api::process::StatusKind;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::platform::own_program;
use crate::platform::sockets::{self, ListeningSocket, OwnedSocket};
use crate::supervisor::facts::printed_port;
use crate::supervisor::registry::Registry;
use crate::supervisor::runs::view::ProcessView;
use crate::supervisor::waiting::debugger::DebuggerPorts;

/// The first interval between two looks at the ports of a process for which a page waits. It doubles.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The last interval.
const MAX_POLL_INTERVAL: Duration = Duration::from_secs(1);

/// How long a route is remembered that follows from the first open port alone: a better one may be
/// opened later.
const GUESS_LIFETIME: Duration = Duration::from_secs(1);

/// Where the name of a process leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRoute {
    /// To this address, on which the process listens.
    Address(SocketAddr),
    /// To a daemon of persistproc on this port, to which nothing may be forwarded.
    Daemon(u16),
    /// The process does not listen on a port.
    None,
}

/// What a page about a process that is not ready has shown. When it changes, the page is out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NameState {
    pub run: u32,
    pub status: StatusKind,
}

impl NameState {
    /// The state that a page about this process shows.
    pub fn of(process: &Process) -> Self {
        Self { run: process.run, status: process.status.kind() }
    }
}

/// The socket that a name led to, and the run that had it open.
#[derive(Clone, Copy, Debug)]
struct KnownRoute {
    run: u32,
    socket: ListeningSocket,
    /// Until when it is remembered. `None`: as long as the socket is open.
    expires: Option<Instant>,
}

impl KnownRoute {
    fn is_valid(&self, run: u32, listening: &[ListeningSocket]) -> bool {
        let is_current = self.expires.is_none_or(|expires| Instant::now() < expires);
        self.run == run && is_current && listening.contains(&self.socket)
    }
}

/// Where names led before, by id.
#[derive(Debug, Default)]
pub(crate) struct NameRoutes {
    known: Mutex<HashMap<String, KnownRoute>>,
}

impl NameRoutes {
    /// Where the name of a process leads now. `None` if there is no such process.
    pub(crate) async fn find(
        self: &Arc<Self>,
        registry: &Arc<Registry>,
        id: &str,
    ) -> Option<(Arc<Process>, NameRoute)> {
        let Some(view) = view_of(registry, id) else {
            self.lock().remove(id);
            return None;
        };
        let process = view.process.clone();
        let routes = self.clone();
        let registry = registry.clone();
        // Reads tables of the kernel and logs.
        let route = tokio::task::spawn_blocking(move || routes.find_blocking(&registry, &view));
        Some((process, route.await.unwrap_or(NameRoute::None)))
    }

    fn find_blocking(&self, registry: &Registry, view: &ProcessView) -> NameRoute {
        let process = &view.process;
        if !view.is_serving() {
            self.lock().remove(&process.id);
            return NameRoute::None;
        }
        let listening = sockets::listening();
        let known = self.lock().get(&process.id).copied();
        if let Some(known) = known.filter(|known| known.is_valid(process.run, &listening)) {
            return NameRoute::Address(address_of(&known.socket));
        }
        let Some(choice) = best_socket(registry, view, &listening) else {
            self.lock().remove(&process.id);
            return NameRoute::None;
        };
        let OwnedSocket { socket, pid } = choice.owned;
        if own_program::is_daemon_or_shim(pid) {
            return NameRoute::Daemon(socket.port);
        }
        let expires = choice.is_guess.then(|| Instant::now() + GUESS_LIFETIME);
        self.lock().insert(process.id.clone(), KnownRoute { run: process.run, socket, expires });
        NameRoute::Address(address_of(&socket))
    }

    /// Waits until the name of a process leads to a port, or until its state is not `seen` any more.
    pub(crate) async fn until_changed(
        self: &Arc<Self>,
        registry: &Arc<Registry>,
        id: &str,
        seen: NameState,
    ) {
        let Some(mut changes) = changes_of(registry, id) else { return };
        let mut interval = MIN_POLL_INTERVAL;
        loop {
            let Some((process, route)) = self.find(registry, id).await else { return };
            let is_served = matches!(route, NameRoute::Address(_));
            if is_served || NameState::of(&process) != seen {
                return;
            }
            tokio::select! {
                changed = changes.changed() => match changed {
                    Ok(()) => {}
                    // The process was forgotten.
                    Err(_) => return,
                },
                // The kernel reports no event for a port.
                () = sleep(interval), if process.status.is_alive() => {
                    interval = MAX_POLL_INTERVAL.min(interval * 2);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, KnownRoute>> {
        // Nothing that can panic runs under this lock.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn view_of(registry: &Registry, id: &str) -> Option<ProcessView> {
    let handles = registry.handles();
    let view = handles.get(id)?.view.borrow().clone();
    (view.process.run > 0 && !view.forgotten).then_some(view)
}

fn changes_of(registry: &Registry, id: &str) -> Option<watch::Receiver<ProcessView>> {
    registry.handles().get(id).map(|handle| handle.view.clone())
}

/// The socket that a name leads to.
struct SocketChoice {
    owned: OwnedSocket,
    /// It is neither the assigned port nor one that the process has printed.
    is_guess: bool,
}

/// The socket of the port that the process is about, as far as the kernel and the output tell.
fn best_socket(
    registry: &Registry,
    view: &ProcessView,
    listening: &[ListeningSocket],
) -> Option<SocketChoice> {
    let process = &view.process;
    let mut owned = sockets::owned_sockets(&view.tree_now(), listening);
    owned.retain(|owned| !DebuggerPorts::of_process(owned.pid).may_be(owned.socket.port, &[]));
    // IPv4 first: the address that most clients try first.
    owned.sort_by_key(|owned| (owned.socket.port, owned.socket.address));
    let with_port = |port: u16| owned.iter().find(|owned| owned.socket.port == port).copied();
    let mut ports: Vec<u16> = owned.iter().map(|owned| owned.socket.port).collect();
    ports.dedup();
    let assigned = process.assigned_port.and_then(with_port);
    let printed = || printed_port(registry, process, &ports).and_then(with_port);
    let known = assigned.or_else(|| if ports.is_empty() { None } else { printed() });
    match known {
        Some(owned) => Some(SocketChoice { owned, is_guess: false }),
        None => owned.first().map(|owned| SocketChoice { owned: *owned, is_guess: true }),
    }
}

/// The address to connect to.
fn address_of(socket: &ListeningSocket) -> SocketAddr {
    let address = match socket.address {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, socket.port)
}
