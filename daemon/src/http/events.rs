//! Handler for the stream of process events.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use persistproc_api::event::Event;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use super::body_stream::BodyStream;
use super::request::{NoParameters, QueryParams};
use super::sse::{EVENT_STREAM, encode_event};
use super::state::AppState;

/// `GET /v1/events`
pub async fn events(State(state): State<AppState>, _: QueryParams<NoParameters>) -> Response {
    let events =
        EventSource { events: state.supervisor.events(), leaving: state.supervisor.leaving() };
    let body = Body::from_stream(BodyStream::new(events, |mut events: EventSource| async move {
        let chunk = events.next_chunk().await;
        (chunk, events)
    }));
    ([(CONTENT_TYPE, EVENT_STREAM), (CACHE_CONTROL, "no-cache")], body).into_response()
}

/// Process events until the daemon shuts down.
struct EventSource {
    events: broadcast::Receiver<Event>,
    leaving: watch::Receiver<bool>,
}

impl EventSource {
    async fn next_chunk(&mut self) -> Option<Bytes> {
        let event = tokio::select! {
            // Pending events are sent before the stream ends, the shutdown event in particular.
            biased;
            event = self.events.recv() => match event {
                Ok(event) => event,
                Err(RecvError::Lagged(events)) => Event::Missed { events },
                Err(RecvError::Closed) => return None,
            },
            _ = self.leaving.wait_for(|leaving| *leaving) => return None,
        };
        Some(encode_event("process", &event).into())
    }
}
