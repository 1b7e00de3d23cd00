//! `LimitedListener`: accepts connections, finds the user at the other end of each, and limits how
//! many are open. A few connections beyond the limit are accepted to be answered `busy`; further
//! ones wait in the kernel's accept queue, so that the daemon never runs out of file descriptors.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::platform::{capacity, sockets};

/// How many connections beyond the limit are accepted at most, to be answered `busy`.
const CONNECTIONS_ABOVE_LIMIT: usize = 16;

/// A listener that limits the number of open connections.
pub struct LimitedListener<L> {
    listener: L,
    user: u32,
    permits: Arc<Semaphore>,
    other_user_permits: Arc<Semaphore>,
    above_limit: usize,
}

impl<L> LimitedListener<L> {
    /// Accepts at most `limit` connections at a time. `user` is the daemon's user.
    pub fn new(listener: L, user: u32, limit: usize) -> Self {
        // Of few files, few can be spent on answers of `busy`.
        let above_limit = (limit / 4).clamp(1, CONNECTIONS_ABOVE_LIMIT);
        Self {
            listener,
            user,
            above_limit,
            permits: Arc::new(Semaphore::new(limit + above_limit)),
            other_user_permits: Arc::new(Semaphore::new(capacity::max_untrusted_connections())),
        }
    }
}

impl<L: Listener<Io: PeerStream>> Listener for LimitedListener<L> {
    type Io = Connection<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            // `None` only if the semaphore were closed, which never happens.
            let permit = self.permits.clone().acquire_owned().await.ok();
            let (io, address) = self.listener.accept().await;
            io.send_at_once();
            let user = io.peer_user();
            let is_above_limit = self.permits.available_permits() < self.above_limit;
            let mut other_user_permit = None;
            if user != Some(self.user) {
                // Connections of other users draw from a second, smaller semaphore, so that they
                // cannot starve those of the daemon's user. Without a permit they are closed.
                let Ok(permit) = self.other_user_permits.clone().try_acquire_owned() else {
                    continue;
                };
                other_user_permit = Some(permit);
            }
            let connection = Connection {
                io,
                peer: Peer { user, is_above_limit },
                _permit: permit,
                _other_user_permit: other_user_permit,
            };
            return (connection, address);
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// The stream of a client.
pub trait PeerStream {
    /// The user id of the peer; `None` if the kernel does not report it.
    fn peer_user(&self) -> Option<u32>;

    /// Has the kernel send each piece at once. Otherwise the second piece of a response waits for the
    /// acknowledgement of the first, which a client may delay by 40 ms.
    fn send_at_once(&self);
}

impl PeerStream for TcpStream {
    fn peer_user(&self) -> Option<u32> {
        let peer: SocketAddr = self.peer_addr().ok()?;
        let local: SocketAddr = self.local_addr().ok()?;
        sockets::user_of(peer, local)
    }

    fn send_at_once(&self) {
        // Fails for a connection that is closed already.
        self.set_nodelay(true).ok();
    }
}

impl PeerStream for UnixStream {
    fn peer_user(&self) -> Option<u32> {
        self.peer_cred().ok().map(|credentials| credentials.uid())
    }

    fn send_at_once(&self) {}
}

/// The peer of a connection, looked up once when the connection is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub user: Option<u32>,
    /// The connection exceeds the limit: its requests are answered `busy`.
    pub is_above_limit: bool,
}

/// An accepted connection. It returns its permits when it is dropped.
pub struct Connection<T> {
    io: T,
    peer: Peer,
    _permit: Option<OwnedSemaphorePermit>,
    _other_user_permit: Option<OwnedSemaphorePermit>,
}

impl<T> Connection<T> {
    /// Who is at the other end.
    pub fn peer(&self) -> Peer {
        self.peer
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Connection<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Connection<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
