//! Handlers that read output: pages, live output, search. Live output is written at the speed of
//! its reader: bytes that the client has not read yet stay in the log, not in the daemon's memory.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use persistproc_api::Target;
use persistproc_api::follow::FollowQuery;
use persistproc_api::frame::{EVENT, STDERR, STDOUT, TIME, header};
use persistproc_api::output::{OutputPage, OutputQuery};
use persistproc_api::process_client::ClientUse;
use persistproc_api::routes::{ATTACHED_HEADER, STREAM_TYPE};
use persistproc_api::search::{SearchQuery, SearchReply};

use super::body_stream::BodyStream;
use super::error::ApiError;
use super::line_events::LineEvents;
use super::request::{ForRequester, PathTarget, QueryParams};
use super::sse::EVENT_STREAM;
use super::state::AppState;
use crate::logs::feed::Chunk;
use crate::supervisor::reading::follow::{FollowItem, Follower};
use persistproc_api::cursor::Source;

/// `GET …/output`
pub async fn page(
    ForRequester(supervisor): ForRequester,
    PathTarget(name): PathTarget,
    QueryParams(mut query): QueryParams<OutputQuery>,
) -> Result<Json<OutputPage>, ApiError> {
    let target = Target::new(name, query.working_directory.take());
    Ok(Json(supervisor.output(&target, &query).await?))
}

/// `GET /v1/search`
pub async fn search(
    State(state): State<AppState>,
    QueryParams(query): QueryParams<SearchQuery>,
) -> Result<Json<SearchReply>, ApiError> {
    Ok(Json(state.supervisor.search(&query).await?))
}

/// `GET …/follow`
pub async fn follow(
    ForRequester(supervisor): ForRequester,
    PathTarget(name): PathTarget,
    QueryParams(mut query): QueryParams<FollowQuery>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (content_type, encoder) = if accept.contains(STREAM_TYPE) {
        (STREAM_TYPE, Encoder::Frames { timestamps: query.timestamps })
    } else {
        // Each line event has a time, so reads at different times must not be joined.
        query.timestamps = true;
        (EVENT_STREAM, Encoder::Events(Box::default()))
    };
    let target = Target::new(name, query.working_directory.take());
    let is_attached = headers.contains_key(ATTACHED_HEADER);
    let kind = if is_attached { ClientUse::Attach } else { ClientUse::Follow };
    let follower = supervisor.follow(&target, &query, kind).await?;
    let body = Body::from_stream(BodyStream::new(
        (follower, encoder),
        |(mut follower, mut encoder): (Follower, Encoder)| async move {
            let chunk = match follower.next().await {
                Some(items) => Some(encoder.encode(&follower, items)),
                None => encoder.finish(),
            };
            (chunk.map(Into::into), (follower, encoder))
        },
    ));
    Ok(([(CONTENT_TYPE, content_type), (CACHE_CONTROL, "no-cache")], body).into_response())
}

/// The encoding of live output, chosen by the request's `Accept` header.
enum Encoder {
    Frames { timestamps: bool },
    Events(Box<LineEvents>),
}

impl Encoder {
    fn encode(&mut self, follower: &Follower, items: Vec<FollowItem>) -> Vec<u8> {
        let mut out = Vec::new();
        for item in items {
            match self {
                Self::Frames { timestamps } => write_frame(&item, *timestamps, &mut out),
                Self::Events(events) => events.write(follower, item, &mut out),
            }
        }
        out
    }

    /// The bytes that are still to be sent after the follower has ended; `None` if there are none.
    fn finish(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Frames { .. } => None,
            Self::Events(events) => Some(events.finish()).filter(|rest| !rest.is_empty()),
        }
    }
}

fn write_frame(item: &FollowItem, timestamps: bool, out: &mut Vec<u8>) {
    match item {
        FollowItem::Bytes(Chunk { source, time, bytes, .. }) => {
            if timestamps {
                out.extend(header(TIME, size_of::<i64>()));
                out.extend(time.to_be_bytes());
            }
            let kind = match source {
                Source::Stdout => STDOUT,
                Source::Stderr => STDERR,
            };
            out.extend(header(kind, bytes.len()));
            out.extend(bytes);
        }
        FollowItem::Event(event) => {
            let json = serde_json::to_vec(event).unwrap_or_default();
            out.extend(header(EVENT, json.len()));
            out.extend(json);
        }
    }
}
