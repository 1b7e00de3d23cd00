//! The connection limit as middleware: requests on connections beyond it are answered `busy`.

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use persistproc_api::{ErrorCode, Problem};

use super::error::ApiError;
use super::listener::Peer;
use crate::platform::capacity;

/// A router that answers `busy` on connections beyond the limit.
pub fn with_connection_limit(router: Router) -> Router {
    router.layer(from_fn(refuse_above_limit))
}

async fn refuse_above_limit(
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
    next: Next,
) -> Response {
    if !peer.is_above_limit {
        return next.run(request).await;
    }
    let limit = capacity::max_connections();
    let message = format!("The daemon has reached its limit of {limit} connections.");
    let problem = Problem::new(ErrorCode::Busy, message).hint(
        "Close some: every `pp attach`, `pp logs -f`, open wait and event stream holds a connection.",
    );
    let mut response = ApiError(problem).into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
