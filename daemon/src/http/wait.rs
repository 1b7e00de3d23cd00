//! Waiting, searching, and what happens as it happens.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use persistproc_api::event::Event;
use persistproc_api::search::{SearchQuery, SearchReply};
use persistproc_api::wait::{WaitRequest, Waited};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use super::error::Error;
use super::live::Live;
use super::request::{Body as Checked, Nothing, Params, Targeted};

/// `POST …/wait`
pub async fn wait(
    State(state): State<super::State>,
    at: Targeted,
    Checked(request): Checked<WaitRequest>,
) -> Result<Json<Waited>, Error> {
    Ok(Json(state.supervisor.wait(&at.target, at.directory.as_deref(), &request).await?))
}

/// `GET /v1/search`
pub async fn search(
    State(state): State<super::State>,
    Params(query): Params<SearchQuery>,
) -> Result<Json<SearchReply>, Error> {
    Ok(Json(state.supervisor.search(&query).await?))
}

/// `GET /v1/events`
pub async fn events(State(state): State<super::State>, _: Params<Nothing>) -> Response {
    let listener =
        Listener { events: state.supervisor.events(), leaving: state.supervisor.leaving() };
    let body = Body::from_stream(Live::new(listener, |mut listener: Listener| async move {
        let bytes = listener.next().await;
        (bytes, listener)
    }));
    ([(CONTENT_TYPE, "text/event-stream"), (CACHE_CONTROL, "no-cache")], body).into_response()
}

struct Listener {
    events: broadcast::Receiver<Event>,
    leaving: watch::Receiver<bool>,
}

impl Listener {
    async fn next(&mut self) -> Option<Bytes> {
        let event = tokio::select! {
            // What happened comes before the end: that the daemon was shut down above all.
            biased;
            event = self.events.recv() => match event {
                Ok(event) => event,
                Err(RecvError::Lagged(events)) => Event::Missed { events },
                Err(RecvError::Closed) => return None,
            },
            _ = self.leaving.wait_for(|leaving| *leaving) => return None,
        };
        let json = serde_json::to_string(&event).unwrap_or_default();
        Some(format!("event: process\ndata: {json}\n\n").into())
    }
}
