//! TCP sockets through the kernel's `sock_diag` netlink interface.
//!
//! The kernel returns exactly the sockets that were asked for, so the cost doesn't grow with the
//! number of connections. Where a kernel or a sandbox lacks the interface, the functions return
//! an error and the caller reads the tables instead.

use std::io;
use std::net::SocketAddr;

use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

use super::row::{SocketRow, canonical};

/// Message types and flags of `linux/netlink.h` and `linux/sock_diag.h`.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_REQUEST_DUMP: u16 = 0x301;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;

/// Protocol and state of `linux/in.h` and `net/tcp_states.h`.
const IPPROTO_TCP: u8 = 6;
const TCP_LISTEN: u8 = 10;

/// The kernel builds its replies in buffers of at most this size.
const REPLY_BUFFER_BYTES: usize = 32 << 10;

/// Length of `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;

/// Length of `struct inet_diag_msg`.
const DIAG_MESSAGE_BYTES: usize = 72;

/// Length of `struct inet_diag_sockid`.
const SOCKET_ID_BYTES: usize = 48;

/// All listening sockets.
pub(super) fn listening() -> io::Result<Vec<SocketRow>> {
    let mut rows = Vec::new();
    for family in [AddressFamily::INET, AddressFamily::INET6] {
        let family = family.as_raw() as u8;
        rows.extend(query(NLM_F_REQUEST_DUMP, family, 1 << TCP_LISTEN, &[0; SOCKET_ID_BYTES])?);
    }
    Ok(rows)
}

/// The socket that is connected from `peer` to `own`.
pub(super) fn connected(peer: SocketAddr, own: SocketAddr) -> io::Result<Option<SocketRow>> {
    let mut id = [0; SOCKET_ID_BYTES];
    id[0..2].copy_from_slice(&peer.port().to_be_bytes());
    id[2..4].copy_from_slice(&own.port().to_be_bytes());
    let family = match (peer, own) {
        (SocketAddr::V4(peer), SocketAddr::V4(own)) => {
            id[4..8].copy_from_slice(&peer.ip().octets());
            id[20..24].copy_from_slice(&own.ip().octets());
            AddressFamily::INET
        }
        (SocketAddr::V6(peer), SocketAddr::V6(own)) => {
            id[4..20].copy_from_slice(&peer.ip().octets());
            id[20..36].copy_from_slice(&own.ip().octets());
            AddressFamily::INET6
        }
        _ => return Ok(None),
    };
    // INET_DIAG_NOCOOKIE: match a socket with any cookie.
    id[40..48].fill(0xff);
    let rows = match query(NLM_F_REQUEST, family.as_raw() as u8, u32::MAX, &id) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        result => result?,
    };
    // If there is no such connection, the kernel returns the listening socket.
    Ok(rows.into_iter().find(|row| row.local == peer && row.remote == own))
}

/// Sends one request and collects its replies.
fn query(
    flags: u16,
    family: u8,
    states: u32,
    id: &[u8; SOCKET_ID_BYTES],
) -> io::Result<Vec<SocketRow>> {
    let kernel = socket_with(
        AddressFamily::NETLINK,
        SocketType::DGRAM,
        SocketFlags::CLOEXEC,
        Some(SOCK_DIAG),
    )?;
    let length = HEADER_BYTES + 8 + id.len();
    let mut request = Vec::with_capacity(length);
    request.extend((length as u32).to_ne_bytes());
    request.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request.extend(flags.to_ne_bytes());
    request.extend([0; 8]);
    request.extend([family, IPPROTO_TCP, 0, 0]);
    request.extend(states.to_ne_bytes());
    request.extend(id);
    sendto(&kernel, &request, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;

    let mut rows = Vec::new();
    let mut buffer = vec![0; REPLY_BUFFER_BYTES];
    loop {
        let (read, _) = recv(&kernel, &mut buffer[..], RecvFlags::empty())?;
        let is_last = parse_reply(&buffer[..read], &mut rows)?;
        if is_last || flags == NLM_F_REQUEST {
            return Ok(rows);
        }
    }
}

/// Appends the sockets of a reply. Returns whether it was the last reply.
fn parse_reply(mut reply: &[u8], rows: &mut Vec<SocketRow>) -> io::Result<bool> {
    if reply.is_empty() {
        return Err(malformed());
    }
    while !reply.is_empty() {
        let length = u32_at(reply, 0).ok_or_else(malformed)? as usize;
        let kind = u16::from_ne_bytes([reply[4], *reply.get(5).ok_or_else(malformed)?]);
        let message = reply.get(HEADER_BYTES..length).ok_or_else(malformed)?;
        match kind {
            NLMSG_DONE => return Ok(true),
            NLMSG_ERROR => {
                let code = u32_at(message, 0).ok_or_else(malformed)? as i32;
                return Err(io::Error::from_raw_os_error(code.saturating_neg()));
            }
            SOCK_DIAG_BY_FAMILY => rows.extend(parse_socket(message)),
            _ => {}
        }
        reply = reply.get(length.next_multiple_of(4)..).unwrap_or_default();
    }
    Ok(false)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "malformed netlink reply")
}

/// Parses a `struct inet_diag_msg`.
fn parse_socket(message: &[u8]) -> Option<SocketRow> {
    let message = message.get(..DIAG_MESSAGE_BYTES)?;
    let family = u16::from(message[0]);
    let state = message[1];
    Some(SocketRow {
        local: parse_address(family, &message[8..24], &message[4..6])?,
        remote: parse_address(family, &message[24..40], &message[6..8])?,
        is_listening: state == TCP_LISTEN,
        user: u32_at(message, 64)?,
        inode: u32_at(message, 68)?.into(),
    })
}

fn parse_address(family: u16, bytes: &[u8], port: &[u8]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes(*port.first_chunk()?);
    if family == AddressFamily::INET.as_raw() {
        return Some(SocketAddr::from((*bytes.first_chunk::<4>()?, port)));
    }
    if family == AddressFamily::INET6.as_raw() {
        let v6 = SocketAddr::from((*bytes.first_chunk::<16>()?, port));
        return Some(canonical(v6));
    }
    None
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;
    use crate::platform::sockets::table;

    fn header(length: u32, kind: u16) -> Vec<u8> {
        let mut bytes = length.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes
    }

    #[test]
    fn malformed_replies_are_errors() {
        let mut rows = Vec::new();
        for reply in [
            vec![],
            vec![7],
            header(0, SOCK_DIAG_BY_FAMILY),
            header(u32::MAX, NLMSG_DONE),
            header(16, NLMSG_ERROR),
        ] {
            assert!(parse_reply(&reply, &mut rows).is_err(), "{reply:?}");
        }
        assert!(parse_reply(&header(16, NLMSG_DONE), &mut rows).unwrap());
        let too_short = header(16, SOCK_DIAG_BY_FAMILY);
        assert!(!parse_reply(&too_short, &mut rows).unwrap(), "too short for a socket");
        assert_eq!(rows, []);
    }

    #[test]
    fn both_sources_report_the_same_sockets() {
        let v4 = TcpListener::bind("127.0.0.1:0").unwrap();
        let v6 = TcpListener::bind("[::1]:0").unwrap();
        let found = listening().unwrap();
        for listener in [v4, v6] {
            let own = listener.local_addr().unwrap();
            let client = TcpStream::connect(own).unwrap();
            let rows: Vec<_> = table::rows(|_| true).collect();
            let is_own = |row: &&SocketRow| row.local == own;
            assert_eq!(found.iter().find(is_own), rows.iter().find(is_own));

            let peer = client.local_addr().unwrap();
            let connection = connected(peer, own).unwrap();
            let row = rows.iter().find(|row| row.local == peer && row.remote == own);
            assert!(connection.is_some());
            assert_eq!(connection.as_ref(), row);
            let accepted = connected(own, peer).unwrap();
            assert_eq!(accepted.map(|row| row.inode), Some(0), "not accepted yet");
            let unused = SocketAddr::new(peer.ip(), 1);
            assert_eq!(connected(unused, own).unwrap(), None);
        }
    }
}
