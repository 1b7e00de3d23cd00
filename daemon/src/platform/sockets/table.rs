//! The kernel's sockets as its tables of text have them: all of them or none, so a look costs what
//! the machine has connections. Where there are no such tables, there are no rows.

use std::net::SocketAddr;

use super::{Row, plain};

/// How the kernel writes that a socket accepts connections.
pub(super) const LISTEN: &str = "0A";

/// The rows among those lines that are wanted.
pub(super) fn rows(wanted: fn(&str) -> bool) -> impl Iterator<Item = Row> {
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
}
