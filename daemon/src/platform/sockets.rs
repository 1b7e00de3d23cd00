//! Who owns a socket of this machine: the user at the other end of a loopback connection, and the
//! process that listens on a port or a path.
//!
//! Linux answers in two ways, tried in this order: the `sock_diag` netlink interface (`diag`),
//! whose cost doesn't grow with the number of sockets, and the text tables below `/proc/net`
//! (`table`). Where neither exists the owner is unknown, and callers require the token.

#[cfg(target_os = "linux")]
mod diag;
mod free_port;
mod row;
mod table;
mod unix;

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::LazyLock;

pub use self::free_port::is_free;
use self::row::{SocketRow, canonical};

/// `sock_diag` exists only on Linux.
#[cfg(not(target_os = "linux"))]
mod diag {
    use std::io;
    use std::net::SocketAddr;

    use super::row::SocketRow;

    pub(super) fn listening() -> io::Result<Vec<SocketRow>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn connected(_: SocketAddr, _: SocketAddr) -> io::Result<Option<SocketRow>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// The process that listens on a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortHolder {
    pub pid: u32,
    pub command: String,
}

/// A listening socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListeningSocket {
    pub port: u16,
    /// The address that it accepts connections on; unspecified if on all.
    pub address: IpAddr,
    /// The user who opened it.
    pub user: u32,
    inode: u64,
}

impl From<SocketRow> for ListeningSocket {
    fn from(row: SocketRow) -> Self {
        Self { port: row.local.port(), address: row.local.ip(), user: row.user, inode: row.inode }
    }
}

/// The user whose socket is connected from `peer` to `own`. `None` if unknown.
///
/// Once the owner has closed a socket, the kernel reports uid 0 and inode 0 for it. That uid must
/// not be taken for root's.
pub fn user_of(peer: SocketAddr, own: SocketAddr) -> Option<u32> {
    let peer = canonical(peer);
    let own = canonical(own);
    let row = diag::connected(peer, own).unwrap_or_else(|_| {
        table::rows(|_| true).find(|row| row.local == peer && row.remote == own)
    });
    row.filter(|row| row.inode != 0).map(|row| row.user)
}

/// A port on which a process listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnedPort {
    pub port: u16,
    pub pid: u32,
}

/// All listening sockets of this machine. Cheap: it reads nothing per process.
pub fn listening() -> Vec<ListeningSocket> {
    listening_rows().into_iter().map(ListeningSocket::from).collect()
}

fn listening_rows() -> Vec<SocketRow> {
    diag::listening().unwrap_or_else(|_| table::rows(table::is_listening).collect())
}

/// The ports on which these processes listen, in order. `listening`: the sockets of our network
/// namespace. A process in another namespace is looked up in that of its own.
pub fn ports_of(pids: &[u32], listening: &[ListeningSocket]) -> Vec<u16> {
    let mut ports: Vec<u16> = owned_ports(pids, listening).iter().map(|owned| owned.port).collect();
    ports.dedup();
    ports
}

/// The same with the process of each port, in the order of the ports.
pub fn owned_ports(pids: &[u32], listening: &[ListeningSocket]) -> Vec<OwnedPort> {
    let own_namespace = network_namespace(std::process::id());
    let mut elsewhere: BTreeMap<u64, Vec<ListeningSocket>> = BTreeMap::new();
    let mut found = Vec::new();
    for pid in pids {
        let held: Vec<u64> = socket_inodes(*pid).collect();
        if held.is_empty() {
            continue;
        }
        let namespace = network_namespace(*pid).filter(|other| Some(*other) != own_namespace);
        let sockets = match namespace {
            Some(namespace) => elsewhere.entry(namespace).or_insert_with(|| listening_around(*pid)),
            None => listening,
        };
        let own = sockets.iter().filter(|socket| held.contains(&socket.inode));
        found.extend(own.map(|socket| OwnedPort { port: socket.port, pid: *pid }));
    }
    found.sort_unstable();
    found
}

/// A listening socket and one of the processes that have it open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnedSocket {
    pub socket: ListeningSocket,
    pub pid: u32,
}

/// The sockets among `listening` that these processes have open. A process in another network
/// namespace has none of them.
pub fn owned_sockets(pids: &[u32], listening: &[ListeningSocket]) -> Vec<OwnedSocket> {
    let by_inode: HashMap<u64, ListeningSocket> =
        listening.iter().map(|socket| (socket.inode, *socket)).collect();
    let mut found = Vec::new();
    for pid in pids {
        let held = socket_inodes(*pid).filter_map(|inode| by_inode.get(&inode));
        found.extend(held.map(|socket| OwnedSocket { socket: *socket, pid: *pid }));
    }
    found
}

/// Whether a process is in another network namespace than we are, so that its ports are not those of
/// this machine.
pub fn is_in_other_network(pid: u32) -> bool {
    are_in_other_network(&[pid])
}

/// Whether one of these processes is in another network namespace than we are.
pub fn are_in_other_network(pids: &[u32]) -> bool {
    static OWN: LazyLock<Option<u64>> = LazyLock::new(|| network_namespace(std::process::id()));
    let mut others = pids.iter().filter_map(|pid| network_namespace(*pid));
    others.any(|other| Some(other) != *OWN)
}

/// The sockets that listen in the network namespace of a process.
fn listening_around(pid: u32) -> Vec<ListeningSocket> {
    let rows = table::rows_around(pid, table::is_listening);
    rows.map(ListeningSocket::from).collect()
}

fn network_namespace(pid: u32) -> Option<u64> {
    std::fs::metadata(format!("/proc/{pid}/ns/net")).ok().map(|namespace| namespace.ino())
}

/// The paths of the Unix sockets on which these processes listen.
pub fn unix_sockets_of(pids: &[u32]) -> Vec<PathBuf> {
    let held: Vec<u64> = pids.iter().flat_map(|pid| socket_inodes(*pid)).collect();
    // The namespace of the first one: a service is in one.
    let listening = pids.first().map(|pid| unix::listening_around(*pid)).unwrap_or_default();
    let own = listening.into_iter().filter(|socket| held.contains(&socket.inode));
    own.map(|socket| socket.path).collect()
}

/// The process that listens on a port. `None` if there is none, or if its descriptors may not be read.
pub fn holder_of(port: u16) -> Option<PortHolder> {
    holder_among(port, &listening())
}

/// The same among sockets that were read before.
pub fn holder_among(port: u16, listening: &[ListeningSocket]) -> Option<PortHolder> {
    let inode = listening.iter().find(|socket| socket.port == port)?.inode;
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = pids.find(|pid| socket_inodes(*pid).any(|held| held == inode))?;
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = command.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let command = words.collect::<Vec<_>>().join(" ").trim_end().to_owned();
    Some(PortHolder { pid, command })
}

/// The inodes of the sockets that a process has open.
fn socket_inodes(pid: u32) -> impl Iterator<Item = u64> {
    let fds = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    fds.filter_map(|fd| {
        let target = std::fs::read_link(fd.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    })
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn an_open_connection_has_a_user_and_its_listener_a_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        let client = TcpStream::connect(own).unwrap();
        let user = user_of(client.local_addr().unwrap(), own);
        assert_eq!(user, Some(rustix::process::getuid().as_raw()));
        assert_eq!(holder_of(own.port()).unwrap().pid, std::process::id());
    }

    #[test]
    fn a_closed_socket_has_no_user() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own = listener.local_addr().unwrap();
        let client = TcpStream::connect(own).unwrap();
        let peer = client.local_addr().unwrap();
        drop(client);
        assert_eq!(user_of(peer, own), None, "before it is accepted");
        let accepted = listener.accept().unwrap();
        assert_eq!(user_of(peer, own), None, "after it was accepted");
        drop(accepted);
        assert_eq!(user_of(peer, own), None, "after both ends are closed");
    }
}
