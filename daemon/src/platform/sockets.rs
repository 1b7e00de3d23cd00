//! Whose a TCP socket on this machine is: the user at the other end of a loopback connection,
//! and the process that listens on a port. The kernel is asked, or its tables are read; where it
//! tells neither way, nobody is known, and whoever asks has to ask for a token instead.

#[cfg(target_os = "linux")]
mod diag;
mod table;

use std::net::SocketAddr;

/// Other kernels have no such channel.
#[cfg(not(target_os = "linux"))]
mod diag {
    use super::{Row, SocketAddr};

    pub(super) fn listening() -> std::io::Result<Vec<Row>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }

    pub(super) fn between(_: SocketAddr, _: SocketAddr) -> std::io::Result<Option<Row>> {
        Err(std::io::ErrorKind::Unsupported.into())
    }
}

/// One row of the kernel's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Row {
    local: SocketAddr,
    remote: SocketAddr,
    listening: bool,
    user: u32,
    inode: u64,
}

/// A process that holds a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub pid: u32,
    pub command: String,
}

/// The user whose socket is connected from `peer` to `ours`. Of a socket that its owner has closed
/// already the kernel does not know any more whose it was, and says 0, which is somebody.
pub fn user_of(peer: SocketAddr, ours: SocketAddr) -> Option<u32> {
    let (peer, ours) = (plain(peer), plain(ours));
    let row = diag::between(peer, ours).unwrap_or_else(|_| {
        table::rows(|_| true).find(|row| row.local == peer && row.remote == ours)
    });
    row.filter(|row| row.inode != 0).map(|row| row.user)
}

/// A socket that accepts connections: its port, and its number in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listening {
    pub port: u16,
    inode: u64,
}

/// All listening sockets of this machine. Cheap: no process is looked at.
pub fn listening() -> Vec<Listening> {
    let listening = |row: Row| Listening { port: row.local.port(), inode: row.inode };
    listeners().into_iter().map(listening).collect()
}

fn listeners() -> Vec<Row> {
    diag::listening().unwrap_or_else(|_| {
        // Of a table that may be long, most rows are connections.
        let listens = |line: &str| line.split_ascii_whitespace().nth(3) == Some(table::LISTEN);
        table::rows(listens).collect()
    })
}

/// Those ports on which these processes listen.
pub fn ports_of(pids: &[u32], listening: &[Listening]) -> Vec<u16> {
    let held: Vec<u64> = pids.iter().flat_map(|pid| sockets_of(*pid)).collect();
    let own = listening.iter().filter(|socket| held.contains(&socket.inode));
    let mut ports: Vec<u16> = own.map(|socket| socket.port).collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// The numbers of the sockets a process has open.
fn sockets_of(pid: u32) -> impl Iterator<Item = u64> {
    let files = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.filter_map(|file| {
        let target = std::fs::read_link(file.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    })
}

/// The process that listens on a port, if it may be known.
pub fn holder_of(port: u16) -> Option<Holder> {
    let inode = listeners().into_iter().find(|row| row.local.port() == port)?.inode;
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = pids.find(|pid| sockets_of(*pid).any(|held| held == inode))?;
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = command.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let command = words.collect::<Vec<_>>().join(" ").trim_end().to_owned();
    Some(Holder { pid, command })
}

/// An IPv4 address in IPv6 clothes is that IPv4 address.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn our_own_sockets_are_ours() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let client = std::net::TcpStream::connect(ours).unwrap();
        assert_eq!(
            user_of(client.local_addr().unwrap(), ours),
            Some(rustix::process::getuid().as_raw())
        );
        assert_eq!(holder_of(ours.port()).unwrap().pid, std::process::id());
    }
    #[test]
    #[cfg(target_os = "linux")]
    fn a_socket_that_was_closed_is_nobodys() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let client = std::net::TcpStream::connect(ours).unwrap();
        let peer = client.local_addr().unwrap();
        drop(client);
        assert_eq!(user_of(peer, ours), None, "before it is accepted");
        let accepted = listener.accept().unwrap();
        assert_eq!(user_of(peer, ours), None, "and after");
        drop(accepted);
        assert_eq!(user_of(peer, ours), None, "and when both ends are closed");
    }
}
