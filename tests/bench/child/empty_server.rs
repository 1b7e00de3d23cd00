//! The baseline of HTTP requests: axum, as in the daemon, with an empty handler.

use std::path::Path;

use axum::Router;
use axum::routing::any;
use tokio::net::{TcpListener, UnixListener};

use crate::Fallible;

/// Serves on a Unix socket until it is killed.
pub(super) fn serve_on_socket(socket: &Path) -> Fallible {
    run(async { Ok(axum::serve(UnixListener::bind(socket)?, empty()).await?) })
}

/// Serves on a loopback port until it is killed.
pub(super) fn serve_on_port(port: u16) -> Fallible {
    run(async {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        Ok(axum::serve(listener, empty()).await?)
    })
}

fn empty() -> Router {
    Router::new().route("/", any(|| async {}))
}

fn run(server: impl Future<Output = Fallible>) -> Fallible {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let server = async { tokio::time::timeout(super::MAX_LIFETIME, server).await };
    // The timeout is not an error.
    runtime.block_on(server).unwrap_or(Ok(()))
}
