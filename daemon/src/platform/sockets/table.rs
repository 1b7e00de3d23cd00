//! The kernel's text tables of TCP sockets, `/proc/net/tcp` and `/proc/net/tcp6`.
//!
//! The kernel prints every socket, so a read costs as much as the machine has connections. Where
//! the tables don't exist there are no rows.

use std::net::SocketAddr;

use super::row::{SocketRow, canonical};

/// `TCP_LISTEN` in the state column.
const LISTEN: &str = "0A";

/// The rows whose line passes the filter. Filtering the text first skips most of the parsing.
pub(super) fn rows(filter: fn(&str) -> bool) -> impl Iterator<Item = SocketRow> {
    rows_in("/proc/net", filter)
}

/// The same in the network namespace of a process.
pub(super) fn rows_around(pid: u32, filter: fn(&str) -> bool) -> impl Iterator<Item = SocketRow> {
    rows_in(&format!("/proc/{pid}/net"), filter)
}

fn rows_in(folder: &str, filter: fn(&str) -> bool) -> impl Iterator<Item = SocketRow> + use<> {
    let tables = ["tcp", "tcp6"].map(|table| format!("{folder}/{table}"));
    tables.into_iter().flat_map(move |table| {
        let text = std::fs::read_to_string(table).unwrap_or_default();
        let lines = text.lines().skip(1).filter(|line| filter(line));
        lines.filter_map(parse).collect::<Vec<_>>()
    })
}

/// Whether a line describes a listening socket.
pub(super) fn is_listening(line: &str) -> bool {
    line.split_ascii_whitespace().nth(3) == Some(LISTEN)
}

fn parse(line: &str) -> Option<SocketRow> {
    let mut fields = line.split_ascii_whitespace().skip(1);
    let local = parse_address(fields.next()?)?;
    let remote = parse_address(fields.next()?)?;
    let is_listening = fields.next()? == LISTEN;
    let user = fields.nth(3)?.parse().ok()?;
    let inode = fields.nth(1)?.parse().ok()?;
    Some(SocketRow { local, remote, is_listening, user, inode })
}

/// Parses `0100007F:22F3`: the address as 32-bit words in native byte order, the port as a number.
fn parse_address(text: &str) -> Option<SocketAddr> {
    let (words, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let mut bytes = Vec::new();
    for start in (0..words.len()).step_by(8) {
        let word = u32::from_str_radix(words.get(start..start + 8)?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    match <[u8; 4]>::try_from(&bytes[..]) {
        Ok(v4) => Some(SocketAddr::from((v4, port))),
        Err(_) => {
            let v6 = <[u8; 16]>::try_from(&bytes[..]).ok()?;
            Some(canonical(SocketAddr::from((v6, port))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_table_is_parsed() {
        let line = "   0: 0100007F:22F3 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0";
        let row = parse(line).unwrap();
        assert_eq!(row.local, "127.0.0.1:8947".parse().unwrap());
        assert_eq!((row.is_listening, row.user, row.inode), (true, 1000, 4242));
        assert!(is_listening(line));
        let mapped = parse_address("0000000000000000FFFF00000100007F:0050");
        assert_eq!(mapped, Some("127.0.0.1:80".parse().unwrap()));
        assert_eq!(parse("garbage"), None);
    }
}
