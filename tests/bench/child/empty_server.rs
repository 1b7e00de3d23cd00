//! The least that an HTTP server can cost: axum, as in the daemon, around nothing.

use std::path::Path;

use axum::Router;
use axum::routing::any;
use tokio::net::{TcpListener, UnixListener};

use crate::Fallible;

/// Serves on a socket until it is killed, or for a long while.
pub(super) fn serve(socket: &Path) -> Fallible {
    until_killed(async { Ok(axum::serve(UnixListener::bind(socket)?, empty()).await?) })
}

/// The same on a port of loopback.
pub(super) fn serve_on(port: u16) -> Fallible {
    until_killed(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        Ok(axum::serve(listener, empty()).await?)
    })
}

fn empty() -> Router {
    Router::new().route("/", any(|| async {}))
}

fn until_killed(served: impl Future<Output = Fallible>) -> Fallible {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    // The end of its time is no failure.
    let served = async { tokio::time::timeout(super::AT_MOST, served).await };
    runtime.block_on(served).unwrap_or(Ok(()))
}
