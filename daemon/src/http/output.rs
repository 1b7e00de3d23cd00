//! Pages and live output. A live answer is written as fast as its reader reads and no faster:
//! what it has not taken yet waits in the log, not here.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use persistproc_api::follow::FollowQuery;
use persistproc_api::frame::{EVENT, STDERR, STDOUT, TIME, header};
use persistproc_api::output::{OutputPage, OutputQuery};
use persistproc_api::routes::STREAM_TYPE;

use super::error::Error;
use super::live::Live;
use super::request::{Params, Target};
use super::routes::EVENT_STREAM;
use super::rows::Rows;
use crate::logs::entry::Source;
use crate::logs::feed::Chunk;
use crate::supervisor::reading::follow::{FollowItem, Follower};

/// `GET …/output`
pub async fn page(
    State(state): State<super::State>,
    Target(target): Target,
    Params(query): Params<OutputQuery>,
) -> Result<Json<OutputPage>, Error> {
    Ok(Json(state.supervisor.output(&target, &query).await?))
}

/// `GET …/follow`
pub async fn follow(
    State(state): State<super::State>,
    Target(target): Target,
    Params(mut query): Params<FollowQuery>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, face) = if accepted.contains(STREAM_TYPE) {
        (STREAM_TYPE, Face::Frames { times: query.timestamps })
    } else {
        // Every line has a time, so every read needs its own.
        query.timestamps = true;
        (EVENT_STREAM, Face::Events(Box::default()))
    };
    let follower = state.supervisor.follow(&target, &query).await?;
    let body = Body::from_stream(Live::new(
        (follower, face),
        |(mut follower, mut face): (Follower, Face)| async move {
            let bytes = match follower.next().await {
                Some(items) => Some(face.write(&follower, items)),
                None => face.end(),
            };
            (bytes.map(Into::into), (follower, face))
        },
    ));
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], body).into_response())
}

/// How items are written.
enum Face {
    Frames { times: bool },
    Events(Box<Rows>),
}

impl Face {
    fn write(&mut self, follower: &Follower, items: Vec<FollowItem>) -> Vec<u8> {
        let mut out = Vec::new();
        for item in items {
            match self {
                Self::Frames { times } => frame(&item, *times, &mut out),
                Self::Events(rows) => rows.write(follower, item, &mut out),
            }
        }
        out
    }

    /// What there is to say when nothing more comes.
    fn end(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Frames { .. } => None,
            Self::Events(rows) => Some(rows.end()).filter(|rest| !rest.is_empty()),
        }
    }
}

fn frame(item: &FollowItem, times: bool, out: &mut Vec<u8>) {
    match item {
        FollowItem::Bytes(Chunk { source, time, bytes, .. }) => {
            if times {
                out.extend(header(TIME, size_of::<i64>()));
                out.extend(time.to_be_bytes());
            }
            out.extend(header(
                if *source == Source::Stdout { STDOUT } else { STDERR },
                bytes.len(),
            ));
            out.extend(bytes);
        }
        FollowItem::Event(event) => {
            let json = serde_json::to_vec(event).unwrap_or_default();
            out.extend(header(EVENT, json.len()));
            out.extend(json);
        }
    }
}
