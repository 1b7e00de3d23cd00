//! [`serve`]: HTTP/1.1 on the connections of a listener, with bounds that a client cannot exceed: a
//! connection without a complete request is closed after [`HEADER_READ_TIMEOUT`], and the head of a
//! request has at most `MAX_HEAD_BYTES`.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_service::Service;

use super::listener::{Connection, LimitedListener, PeerStream};
use super::malformed::MalformedAnswers;

/// How long a client may take to send the head of a request. A kept connection may be idle as long
/// between two requests.
pub const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(15);

/// The most bytes of the head of a request, and of what is buffered for a connection.
const MAX_HEAD_BYTES: usize = 128 << 10;

/// Serves until `leaving` says so, and then until the answers in progress are sent.
pub async fn serve<L>(
    mut listener: LimitedListener<L>,
    router: Router,
    mut leaving: watch::Receiver<bool>,
) where
    L: Listener<Io: PeerStream>,
{
    let mut connections = JoinSet::new();
    loop {
        let mut stops = leaving.clone();
        tokio::select! {
            (io, _) = listener.accept() => {
                connections.spawn(serve_connection(io, router.clone(), leaving.clone()));
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            // An error means that the supervisor was dropped, which also ends the daemon.
            _ = stops.wait_for(|leaving| *leaving) => break,
        }
    }
    drop(listener);
    leaving.mark_unchanged();
    while connections.join_next().await.is_some() {}
}

async fn serve_connection<T>(io: Connection<T>, router: Router, mut leaving: watch::Receiver<bool>)
where
    Connection<T>: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let peer = io.peer();
    let requests = Arc::new(AtomicUsize::new(0));
    let io = TokioIo::new(MalformedAnswers::new(io, requests.clone()));
    let service = service_fn(move |request: Request<Incoming>| {
        requests.fetch_add(1, Ordering::Relaxed);
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        call(router.clone(), request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = pin!(connection);
    tokio::select! {
        // An error is a client that sent nothing or half a request, or that is gone.
        _ = connection.as_mut() => return,
        _ = leaving.wait_for(|leaving| *leaving) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await.ok();
}

fn call(
    mut router: Router,
    request: Request<Body>,
) -> impl Future<Output = Result<Response<Body>, Infallible>> {
    router.call(request)
}
