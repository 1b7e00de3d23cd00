//! [`ReplaceableListener`]: a Unix listener that another one can take the place of. Its socket file can
//! be deleted while the daemon runs; then the daemon binds another.

use std::io;

use axum::serve::Listener;
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

/// Accepts the connections of the listener that was received last.
pub struct ReplaceableListener {
    current: UnixListener,
    replacements: mpsc::Receiver<UnixListener>,
}

impl ReplaceableListener {
    /// Starts with `current`.
    pub fn new(current: UnixListener, replacements: mpsc::Receiver<UnixListener>) -> Self {
        Self { current, replacements }
    }
}

impl Listener for ReplaceableListener {
    type Io = UnixStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            tokio::select! {
                accepted = Listener::accept(&mut self.current) => return accepted,
                Some(next) = self.replacements.recv() => self.current = next,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.current.local_addr()
    }
}
