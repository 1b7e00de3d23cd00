//! A limit of the requests that stay open, followers, waits and streams of events, as middleware. The rest of
//! the connections and files is a reserve, with which `list`, `stop` and `shutdown` work at any time.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use persistproc_api::routes::{EVENTS, NEWS};
use persistproc_api::{ErrorCode, Problem};
use tokio::sync::Semaphore;

use super::error::ApiError;
use super::held_body::HeldBody;
use super::news::wants_stream;
use crate::platform::capacity;

/// A router that answers `busy` to requests that would stay open beyond the limit.
pub fn with_stream_limit(router: Router) -> Router {
    let permits = Arc::new(Semaphore::new(capacity::max_streams()));
    router.layer(from_fn_with_state(permits, limit_streams))
}

async fn limit_streams(
    State(permits): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    if !stays_open(request.method(), request.uri().path(), request.headers()) {
        return next.run(request).await;
    }
    let Ok(permit) = permits.try_acquire_owned() else {
        let limit = capacity::max_streams();
        let message = format!("The daemon has reached its limit of {limit} followers and waits.");
        return ApiError(Problem::new(ErrorCode::Busy, message).hint(
            "Close some: `pp attach`, `pp logs -f`, `pp news --follow`, waits and event streams stay open. Or raise \
             `ulimit -n` and run `pp serve --replace`.",
        ))
        .into_response();
    };
    next.run(request).await.map(|body| HeldBody::wrap(body, permit, false))
}

fn stays_open(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    path.ends_with("/follow")
        || path.ends_with("/wait")
        || path == EVENTS
        || (path == NEWS && wants_stream(headers))
        || (method == Method::GET && path.trim_end_matches('/') == "/mcp")
}
