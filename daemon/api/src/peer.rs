//! [`is_own_user`]: whether the peer of a connection is a process of this user. A start request
//! contains the whole environment, and another user could have created the folder of the socket
//! first.

use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Whether the socket belongs to this user: the kernel knows the user that called `listen`.
#[cfg(target_os = "linux")]
pub fn is_own_user(stream: &UnixStream, _: &Path) -> bool {
    let peer = rustix::net::sockopt::socket_peercred(stream);
    peer.is_ok_and(|peer| peer.uid == rustix::process::getuid())
}

/// Whether a socket that cannot be opened, or the nearest folder above it that can be seen, belongs to
/// another user.
pub fn is_of_other_user(socket: &Path) -> bool {
    let mut owners = socket.ancestors().filter_map(|path| path.symlink_metadata().ok());
    owners.next().is_some_and(|seen| seen.uid() != rustix::process::getuid().as_raw())
}

/// The PID of the process that listens on the socket, or at the other end of it.
#[cfg(target_os = "linux")]
pub fn pid(stream: &UnixStream) -> Option<u32> {
    let peer = rustix::net::sockopt::socket_peercred(stream).ok()?;
    u32::try_from(peer.pid.as_raw_nonzero().get()).ok()
}

/// The PID of the peer, which is not known here.
#[cfg(not(target_os = "linux"))]
pub fn pid(_: &UnixStream) -> Option<u32> {
    None
}

/// Whether the socket belongs to this user: no other user can bind a socket in a private folder.
#[cfg(not(target_os = "linux"))]
pub fn is_own_user(_: &UnixStream, socket: &Path) -> bool {
    socket.parent().is_some_and(crate::data_dirs::is_private)
}
