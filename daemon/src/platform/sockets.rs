//! Who owns a TCP socket of this machine: the user at the other end of a loopback connection, and
//! the process that listens on a port.
//!
//! Linux answers in two ways, tried in this order: the `sock_diag` netlink interface (`diag`),
//! whose cost doesn't grow with the number of sockets, and the text tables below `/proc/net`
//! (`table`). Where neither exists the owner is unknown, and callers require the token.

#[cfg(target_os = "linux")]
mod diag;
mod row;
mod table;

use std::net::SocketAddr;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListeningSocket {
    pub port: u16,
    inode: u64,
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

/// All listening sockets of this machine. Cheap: it reads nothing per process.
pub fn listening() -> Vec<ListeningSocket> {
    let rows = listening_rows().into_iter();
    rows.map(|row| ListeningSocket { port: row.local.port(), inode: row.inode }).collect()
}

fn listening_rows() -> Vec<SocketRow> {
    diag::listening().unwrap_or_else(|_| table::rows(table::is_listening).collect())
}

/// The ports on which these processes listen, in order.
pub fn ports_of(pids: &[u32], listening: &[ListeningSocket]) -> Vec<u16> {
    let held: Vec<u64> = pids.iter().flat_map(|pid| socket_inodes(*pid)).collect();
    let own = listening.iter().filter(|socket| held.contains(&socket.inode));
    let mut ports: Vec<u16> = own.map(|socket| socket.port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// The process that listens on a port. `None` if there is none, or if its descriptors may not be read.
pub fn holder_of(port: u16) -> Option<PortHolder> {
    let inode = listening_rows().into_iter().find(|row| row.local.port() == port)?.inode;
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
