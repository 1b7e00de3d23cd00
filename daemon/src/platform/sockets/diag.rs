//! The kernel's sockets by asking it for exactly those that are meant, over its diagnostics
//! channel: what it costs does not grow with the connections of the machine. Where a kernel or a
//! sandbox has none, that is an error, and the caller reads the tables instead.

use std::io;
use std::net::SocketAddr;

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

use super::{Row, plain};

/// Of the kernel's headers: what a request is, how it is answered, what a socket can be.
const BY_FAMILY: u16 = 20;
const ONE: u16 = 1;
const ALL: u16 = 0x301;
const ERROR: u16 = 2;
const DONE: u16 = 3;
const TCP: u8 = 6;
const LISTEN: u8 = 10;

/// The kernel's own answers are no longer than this.
const BUFFER: usize = 32 << 10;

/// Bytes in front of a message, and of a socket in it.
const HEADER: usize = 16;
const SOCKET: usize = 72;

/// All sockets that listen.
pub(super) fn listening() -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        let family = family.as_raw() as u8;
        rows.extend(ask(ALL, family, 1 << LISTEN, &[0; 48])?);
    }
    Ok(rows)
}

/// The socket that is connected from `peer` to `ours`.
pub(super) fn between(peer: SocketAddr, ours: SocketAddr) -> io::Result<Option<Row>> {
    let mut id = [0; 48];
    id[0..2].copy_from_slice(&peer.port().to_be_bytes());
    id[2..4].copy_from_slice(&ours.port().to_be_bytes());
    let family = match (peer, ours) {
        (SocketAddr::V4(peer), SocketAddr::V4(ours)) => {
            id[4..8].copy_from_slice(&peer.ip().octets());
            id[20..24].copy_from_slice(&ours.ip().octets());
            AddressFamily::INET
        }
        (SocketAddr::V6(peer), SocketAddr::V6(ours)) => {
            id[4..20].copy_from_slice(&peer.ip().octets());
            id[20..36].copy_from_slice(&ours.ip().octets());
            AddressFamily::INET6
        }
        _ => return Ok(None),
    };
    // Whatever cookie it has.
    id[40..48].fill(0xff);
    let rows = match ask(ONE, family.as_raw() as u8, u32::MAX, &id) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        outcome => outcome?,
    };
    // For want of a connection the kernel offers whoever listens there.
    Ok(rows.into_iter().find(|row| row.local == peer && row.remote == ours))
}

/// One question, and all that is answered to it.
fn ask(flags: u16, family: u8, states: u32, id: &[u8; 48]) -> io::Result<Vec<Row>> {
    let kernel = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(SOCK_DIAG),
    )?;
    let mut question = Vec::with_capacity(HEADER + 8 + id.len());
    question.extend(((HEADER + 8 + id.len()) as u32).to_ne_bytes());
    question.extend(BY_FAMILY.to_ne_bytes());
    question.extend(flags.to_ne_bytes());
    question.extend([0; 8]);
    question.extend([family, TCP, 0, 0]);
    question.extend(states.to_ne_bytes());
    question.extend(id);
    sendto(&kernel, &question, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;

    let (mut rows, mut buffer) = (Vec::new(), vec![0; BUFFER]);
    loop {
        let (read, _) = recv(&kernel, &mut buffer[..], RecvFlags::empty())?;
        let over = take(&buffer[..read], &mut rows)?;
        if over || flags == ONE {
            return Ok(rows);
        }
    }
}

/// Takes the sockets out of an answer; whether it was the last.
fn take(mut answer: &[u8], rows: &mut Vec<Row>) -> io::Result<bool> {
    let torn = || io::Error::new(io::ErrorKind::InvalidData, "an answer that makes no sense");
    if answer.is_empty() {
        return Err(torn());
    }
    while !answer.is_empty() {
        let length = u32_at(answer, 0).ok_or_else(torn)? as usize;
        let kind = u16::from_ne_bytes([answer[4], *answer.get(5).ok_or_else(torn)?]);
        let message = answer.get(HEADER..length).ok_or_else(torn)?;
        match kind {
            DONE => return Ok(true),
            ERROR => {
                let code = u32_at(message, 0).ok_or_else(torn)? as i32;
                return Err(io::Error::from_raw_os_error(code.saturating_neg()));
            }
            BY_FAMILY => rows.extend(row(message)),
            _ => {}
        }
        answer = answer.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

fn row(message: &[u8]) -> Option<Row> {
    let message = message.get(..SOCKET)?;
    let (family, state) = (u16::from(message[0]), message[1]);
    Some(Row {
        local: address(family, &message[8..24], &message[4..6])?,
        remote: address(family, &message[24..40], &message[6..8])?,
        listening: state == LISTEN,
        user: u32_at(message, 64)?,
        inode: u32_at(message, 68)?.into(),
    })
}

fn address(family: u16, bytes: &[u8], port: &[u8]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes(*port.first_chunk()?);
    if family == AddressFamily::INET.as_raw() {
        return Some(SocketAddr::from((*bytes.first_chunk::<4>()?, port)));
    }
    let six = family == AddressFamily::INET6.as_raw();
    six.then(|| Some(plain(SocketAddr::from((*bytes.first_chunk::<16>()?, port))))).flatten()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nonsense_is_an_error_and_no_panic() {
        let header = |length: u32, kind: u16| {
            let mut bytes = length.to_ne_bytes().to_vec();
            bytes.extend(kind.to_ne_bytes());
            bytes.extend([0; 10]);
            bytes
        };
        let mut rows = Vec::new();
        for answer in
            [vec![], vec![7], header(0, BY_FAMILY), header(u32::MAX, DONE), header(16, ERROR)]
        {
            assert!(take(&answer, &mut rows).is_err(), "{answer:?}");
        }
        assert!(take(&header(16, DONE), &mut rows).unwrap());
        assert!(!take(&header(16, BY_FAMILY), &mut rows).unwrap(), "too short for a socket");
        assert_eq!(rows, []);
    }

    #[test]
    fn the_same_is_seen_as_in_the_tables() {
        let four = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let six = std::net::TcpListener::bind("[::1]:0").unwrap();
        let found = listening().unwrap();
        for listener in [four, six] {
            let (ours, client) = {
                let ours = listener.local_addr().unwrap();
                (ours, std::net::TcpStream::connect(ours).unwrap())
            };
            let listens = |row: &&Row| row.local == ours;
            let table: Vec<_> = super::super::table::rows(|_| true).collect();
            assert_eq!(found.iter().find(listens), table.iter().find(listens));
            let peer = client.local_addr().unwrap();
            let connected = between(peer, ours).unwrap();
            assert!(connected.is_some());
            assert_eq!(
                connected.as_ref(),
                table.iter().find(|row| row.local == peer && row.remote == ours)
            );
            assert_eq!(between(ours, peer).unwrap().map(|row| row.inode), Some(0), "not accepted");
            let nobody = SocketAddr::new(peer.ip(), 1);
            assert_eq!(between(nobody, ours).unwrap(), None);
        }
    }
}
