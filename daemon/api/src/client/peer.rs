//! Who listens at the other end of a connection. What a client says holds its whole environment,
//! and the folder of sockets may be one that anyone could have made first.

use std::os::unix::net::UnixStream;
use std::path::Path;

/// Whether it is our own user: the kernel says who called `listen`.
#[cfg(target_os = "linux")]
pub(super) fn is_ours(stream: &UnixStream, _: &Path) -> bool {
    let peer = rustix::net::sockopt::socket_peercred(stream);
    peer.is_ok_and(|peer| peer.uid == rustix::process::getuid())
}

/// Whether it is our own user: nobody else could have bound a socket in that folder.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_ours(_: &UnixStream, socket: &Path) -> bool {
    socket.parent().is_some_and(crate::data_dirs::is_private)
}
