//! [`SocketRow`]: what the kernel reports about one TCP socket, from either source.

use std::net::SocketAddr;

/// One TCP socket. Its addresses are canonical.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SocketRow {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
    pub(super) is_listening: bool,
    pub(super) user: u32,
    pub(super) inode: u64,
}

/// An IPv4-mapped IPv6 address as the IPv4 address it stands for.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
