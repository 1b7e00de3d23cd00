//! Unix sockets that listen on a path, from the kernel's text table `/proc/<pid>/net/unix`.

use std::path::PathBuf;

/// `__SO_ACCEPTCON`: the flag of a socket that listens.
const LISTENS: u32 = 0x1_0000;

/// A Unix socket that listens on a path.
pub(super) struct UnixSocket {
    pub(super) inode: u64,
    pub(super) path: PathBuf,
}

/// The sockets that listen in the network namespace of a process.
pub(super) fn listening_around(pid: u32) -> Vec<UnixSocket> {
    let table = std::fs::read(format!("/proc/{pid}/net/unix")).unwrap_or_default();
    String::from_utf8_lossy(&table).lines().skip(1).filter_map(parse).collect()
}

/// Parses `0000: 00000002 00000000 00010000 0001 01 1234 /run/x.sock`. The path is as it was bound, and
/// may be relative. `None` for a socket that does not listen, or that has no path.
fn parse(line: &str) -> Option<UnixSocket> {
    let mut fields = line.split_ascii_whitespace().skip(3);
    let flags = u32::from_str_radix(fields.next()?, 16).ok()?;
    let inode = fields.nth(2)?.parse().ok()?;
    let path = fields.collect::<Vec<_>>().join(" ");
    let is_path = !path.is_empty() && !path.starts_with('@');
    (flags & LISTENS != 0 && is_path).then(|| UnixSocket { inode, path: path.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_with_a_path_are_parsed() {
        let line = "0000: 00000002 00000000 00010000 0001 01 1234 /run/my app.sock";
        let socket = parse(line).unwrap();
        assert_eq!((socket.inode, socket.path), (1234, PathBuf::from("/run/my app.sock")));
        assert!(parse("0000: 00000003 00000000 00000000 0001 03 1235 /run/x.sock").is_none());
        assert!(parse("0000: 00000002 00000000 00010000 0001 01 1236 @abstract").is_none());
        assert!(parse("garbage").is_none());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_socket_of_this_process_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert_eq!(super::super::unix_sockets_of(&[std::process::id()]), [path]);
    }
}
