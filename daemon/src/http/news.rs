//! The handlers of news, a page or a stream of pages, and of changes.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use persistproc_api::Target;
use persistproc_api::changes::{Changes, ChangesQuery};
use persistproc_api::news::NewsQuery;

use super::body_stream::BodyStream;
use super::error::ApiError;
use super::request::{ForRequester, PathTarget, QueryParams};
use super::sse::{EVENT_STREAM, encode_event};
use super::state::AppState;
use crate::supervisor::news::follow::NewsFollower;

/// `GET /v1/news`
pub async fn news(
    State(state): State<AppState>,
    QueryParams(query): QueryParams<NewsQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if !wants_stream(&headers) {
        return Ok(Json(state.supervisor.news(&query).await?).into_response());
    }
    let follower = state.supervisor.follow_news(&query)?;
    let body =
        Body::from_stream(BodyStream::new(follower, |mut follower: NewsFollower| async move {
            let page = follower.next().await;
            (page.map(|page| encode_event("news", &page).into()), follower)
        }));
    Ok(([(CONTENT_TYPE, EVENT_STREAM), (CACHE_CONTROL, "no-cache")], body).into_response())
}

/// `GET …/changes`
pub async fn changes(
    ForRequester(supervisor): ForRequester,
    PathTarget(name): PathTarget,
    QueryParams(mut query): QueryParams<ChangesQuery>,
) -> Result<Json<Changes>, ApiError> {
    let target = Target::new(name, query.working_directory.take());
    Ok(Json(supervisor.changes(&target, &query).await?))
}

/// Whether the client asks for server-sent events, as `EventSource` in a browser does.
pub(super) fn wants_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains(EVENT_STREAM)
}
