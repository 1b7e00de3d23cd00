//! [`Giver`]: the socket that the shim connects to, and the thread that answers it.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::fd_passing;
use persistproc_api::frame::{Frame, MESSAGE};
use persistproc_api::handover::{HandoverClaim, HandoverOffer};
use persistproc_api::peer::is_own_user;
use rustix::net::Shutdown;

use super::items::Items;

/// How long a connection may take to send its claim, and to take the descriptors.
const CLAIM_TIMEOUT: Duration = Duration::from_secs(5);

/// A socket, and the thread that gives the items to the first connection with the nonce.
pub(super) struct Giver {
    socket: Socket,
    thread: JoinHandle<(Items, bool)>,
}

/// A listening socket. Dropping it removes its file and ends the thread that accepts connections.
struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Giver {
    /// Listens on the socket of the offer.
    pub(super) fn listen(dirs: &DataDirs, offer: &HandoverOffer, items: Items) -> io::Result<Self> {
        let socket = Socket::bind(dirs, &offer.socket)?;
        let listener = socket.listener.try_clone()?;
        let path = socket.path.clone();
        let nonce = offer.nonce.clone();
        let builder = thread::Builder::new().name("handover".to_owned());
        let thread = builder.spawn(move || {
            let is_given = accept_claim(&listener, &path, &nonce, &items);
            (items, is_given)
        })?;
        Ok(Self { socket, thread })
    }

    /// Stops listening. Returns the items, and whether they were given.
    pub(super) fn finish(self) -> (Items, bool) {
        drop(self.socket);
        self.thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Socket {
    fn bind(dirs: &DataDirs, path: &Path) -> io::Result<Self> {
        let listener = match UnixListener::bind(path) {
            // No daemon has run for this data directory yet.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                dirs.prepare().map_err(io::Error::other)?;
                UnixListener::bind(path)?
            }
            bound => bound?,
        };
        Ok(Self { listener, path: path.to_owned() })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Fails if the runtime directory was deleted.
        fs::remove_file(&self.path).ok();
        // Ends a blocking `accept`. Cannot fail: the socket listens.
        rustix::net::shutdown(&self.listener, Shutdown::Both).ok();
    }
}

/// Accepts connections until one has claimed the items. Returns `false` if the socket was shut down
/// before.
fn accept_claim(listener: &UnixListener, path: &Path, nonce: &str, items: &Items) -> bool {
    loop {
        match listener.accept() {
            Ok((stream, _)) if is_own_user(&stream, path) => {
                if give(&stream, nonce, items).is_ok() {
                    return true;
                }
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
}

fn give(stream: &UnixStream, nonce: &str, items: &Items) -> io::Result<()> {
    stream.set_read_timeout(Some(CLAIM_TIMEOUT))?;
    stream.set_write_timeout(Some(CLAIM_TIMEOUT))?;
    let frame = Frame::read(stream)?.ok_or(ErrorKind::UnexpectedEof)?;
    let claim: HandoverClaim = serde_json::from_slice(&frame.payload)?;
    if claim.nonce != nonce {
        return Err(ErrorKind::PermissionDenied.into());
    }
    let (message, fds) = items.message();
    let mut bytes = Vec::new();
    Frame::json(MESSAGE, &message)?.encode(&mut bytes);
    fd_passing::send_all(stream, &bytes, &fds)
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsFd;

    use persistproc_api::fd_passing::FdReceiver;
    use persistproc_api::handover::HandoverItems;

    use super::*;

    fn claim(socket: &Path, nonce: &str) -> UnixStream {
        let stream = UnixStream::connect(socket).unwrap();
        let claim = HandoverClaim { nonce: nonce.to_owned() };
        Frame::json(MESSAGE, &claim).unwrap().write(&stream).unwrap();
        stream
    }

    fn giver(folder: &Path) -> (Giver, PathBuf) {
        let dirs = DataDirs::resolve(Some(folder)).unwrap();
        let items = Items::collect(false);
        let mut offer = items.offer();
        offer.socket = folder.join("socket");
        offer.nonce = "secret".to_owned();
        (Giver::listen(&dirs, &offer, items).unwrap(), offer.socket)
    }

    #[test]
    fn only_the_connection_with_the_nonce_gets_the_items() {
        let folder = tempfile::tempdir().unwrap();
        let (giver, socket) = giver(folder.path());
        drop(UnixStream::connect(&socket).unwrap());
        let mut other = claim(&socket, "guessed");
        assert_eq!(other.read(&mut [0; 1]).unwrap(), 0);
        let shim = claim(&socket, "secret");
        let mut receiver = FdReceiver { socket: shim.as_fd(), fds: Vec::new() };
        let frame = Frame::read(&mut receiver).unwrap().unwrap();
        let items: HandoverItems = serde_json::from_slice(&frame.payload).unwrap();
        assert_eq!(items.descriptors.len(), receiver.fds.len());
        assert!(giver.finish().1);
        assert!(!socket.exists());
    }

    #[test]
    fn without_a_claim_the_thread_ends() {
        let folder = tempfile::tempdir().unwrap();
        let (giver, socket) = giver(folder.path());
        assert!(!giver.finish().1);
        assert!(!socket.exists());
    }
}
