//! The least that an HTTP server can cost: axum, as in the daemon, around nothing.

use std::path::Path;

use axum::Router;
use axum::routing::get;
use tokio::net::UnixListener;

use crate::Fallible;

/// Serves until it is killed, or for a long while.
pub(super) fn serve(socket: &Path) -> Fallible {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = UnixListener::bind(socket)?;
        let router = Router::new().route("/", get(|| async {}));
        // The end of its time is no failure.
        tokio::time::timeout(super::AT_MOST, async { axum::serve(listener, router).await })
            .await
            .ok();
        Ok(())
    })
}
