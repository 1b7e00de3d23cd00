//! Connections as they come in: whose each is, and how many there may be. One beyond that is told
//! so; far beyond it they wait in the kernel, so that there is always a descriptor left to answer with.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::serve::{IncomingStream, Listener};
use persistproc_api::{ErrorCode, Problem};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::Error;
use crate::platform::{capacity, sockets};

/// Connections beyond the last that is served, to say so on.
const REFUSALS: usize = 16;

/// A listener that counts.
pub struct Door<L> {
    listener: L,
    user: u32,
    room: Arc<Semaphore>,
    strangers: Arc<Semaphore>,
}

impl<L> Door<L> {
    /// A door of this user's daemon for so many connections at once.
    pub fn new(listener: L, user: u32, most: usize) -> Self {
        let room = Arc::new(Semaphore::new(most + REFUSALS));
        Self {
            listener,
            user,
            room,
            strangers: Arc::new(Semaphore::new(capacity::max_untrusted_connections())),
        }
    }
}

impl<L: Listener<Io: Known>> Listener for Door<L> {
    type Io = Held<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let place = self.room.clone().acquire_owned().await.ok();
            let (io, address) = self.listener.accept().await;
            let user = io.user();
            let full = self.room.available_permits() < REFUSALS;
            let mut places = vec![place];
            if user != Some(self.user) {
                // Whoever may have no business here takes nobody's place who has.
                let Ok(place) = self.strangers.clone().try_acquire_owned() else { continue };
                places.push(Some(place));
            }
            return (Held { io, peer: Peer { user, full }, _places: places }, address);
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

/// A connection whose other end can be known.
pub trait Known {
    /// Whose it is.
    fn user(&self) -> Option<u32>;
}

impl Known for TcpStream {
    fn user(&self) -> Option<u32> {
        let (peer, ours): (SocketAddr, _) = (self.peer_addr().ok()?, self.local_addr().ok()?);
        sockets::user_of(peer, ours)
    }
}

impl Known for UnixStream {
    fn user(&self) -> Option<u32> {
        self.peer_cred().ok().map(|peer| peer.uid())
    }
}

/// Who is at the other end of a connection, and whether it is one too many: found once, when it
/// is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    pub user: Option<u32>,
    pub full: bool,
}

impl Connected<IncomingStream<'_, Door<TcpListener>>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door<TcpListener>>) -> Self {
        stream.io().peer
    }
}

impl Connected<IncomingStream<'_, Door<UnixListener>>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Door<UnixListener>>) -> Self {
        stream.io().peer
    }
}

/// A router that tells whoever is one too many.
pub fn bounded(router: Router) -> Router {
    router.layer(from_fn(refuse))
}

async fn refuse(ConnectInfo(peer): ConnectInfo<Peer>, request: Request, next: Next) -> Response {
    if !peer.full {
        return next.run(request).await;
    }
    let most = capacity::max_connections();
    let message = format!("The daemon has {most} connections, which are all it takes.");
    let problem = Problem::new(ErrorCode::Busy, message)
        .hint("Every `pp attach`, `pp logs -f`, open wait and event stream is one: close some.");
    let mut response = Error(problem).into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// A connection with the places it takes until its end.
pub struct Held<T> {
    io: T,
    peer: Peer,
    _places: Vec<Option<OwnedSemaphorePermit>>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Held<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, into)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Held<T> {
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
