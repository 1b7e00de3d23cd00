//! Whose a TCP socket on this machine is: the user at the other end of a loopback connection,
//! and the process that listens on a port. Read from the kernel's own tables; where there are
//! none, nobody is known, and whoever asks has to ask for a token instead.

use std::net::SocketAddr;

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

/// The user whose socket is connected from `peer` to `ours`.
pub fn user_of(peer: SocketAddr, ours: SocketAddr) -> Option<u32> {
    let (peer, ours) = (plain(peer), plain(ours));
    rows().find(|row| row.local == peer && row.remote == ours).map(|row| row.user)
}

/// A socket that accepts connections: its port, and its number in the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listening {
    pub port: u16,
    inode: u64,
}

/// All listening sockets of this machine. Cheap: no process is looked at.
pub fn listening() -> Vec<Listening> {
    // Of a table that may be long, most rows are connections.
    let rows = rows_where(|line| line.split_ascii_whitespace().nth(3) == Some(LISTEN));
    rows.map(|row| Listening { port: row.local.port(), inode: row.inode }).collect()
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
    let inode = rows().find(|row| row.listening && row.local.port() == port)?.inode;
    let entries = std::fs::read_dir("/proc").ok()?.flatten();
    let mut pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let pid = pids.find(|pid| sockets_of(*pid).any(|held| held == inode))?;
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let words = command.split(|byte| *byte == 0).map(String::from_utf8_lossy);
    let command = words.collect::<Vec<_>>().join(" ").trim_end().to_owned();
    Some(Holder { pid, command })
}

/// How the kernel writes that a socket accepts connections.
const LISTEN: &str = "0A";

fn rows() -> impl Iterator<Item = Row> {
    rows_where(|_| true)
}

fn rows_where(wanted: fn(&str) -> bool) -> impl Iterator<Item = Row> {
    ["/proc/net/tcp", "/proc/net/tcp6"].into_iter().flat_map(move |table| {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        let lines = text.lines().skip(1).filter(|line| wanted(line));
        lines.filter_map(parse).collect::<Vec<_>>()
    })
}

fn parse(line: &str) -> Option<Row> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let local = address(fields.next()?)?;
    let remote = address(fields.next()?)?;
    let listening = fields.next()? == LISTEN;
    let user = fields.nth(3)?.parse().ok()?;
    let inode = fields.nth(1)?.parse().ok()?;
    Some(Row { local, remote, listening, user, inode })
}

/// `0100007F:22F3`: words of the address as the kernel keeps them in memory, the port as a number.
fn address(text: &str) -> Option<SocketAddr> {
    let (words, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for start in (0..words.len()).step_by(8) {
        let word = u32::from_str_radix(words.get(start..start + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    match <[u8; 4]>::try_from(&bytes[..]) {
        Ok(four) => Some(SocketAddr::from((four, port))),
        Err(_) => {
            let sixteen = <[u8; 16]>::try_from(&bytes[..]).ok()?;
            Some(plain(SocketAddr::from((sixteen, port))))
        }
    }
}

/// An IPv4 address in IPv6 clothes is that IPv4 address.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_the_kernel() {
        let line = "   0: 0100007F:22F3 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0";
        let row = parse(line).unwrap();
        assert_eq!(row.local, "127.0.0.1:8947".parse().unwrap());
        assert_eq!((row.listening, row.user, row.inode), (true, 1000, 4242));
        assert_eq!(
            address("0000000000000000FFFF00000100007F:0050"),
            Some("127.0.0.1:80".parse().unwrap())
        );
        assert_eq!(parse("garbage"), None);
    }

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
}
