//! [`events`]: a stream with one event, which arrives when a page about a process that is not ready is
//! out of date: the process listens on a port now, or has another status than the page shows.

use axum::body::{Body, Bytes};
use axum::http::Uri;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use persistproc_api::Process;
use persistproc_api::process::StatusKind;

use crate::http::body_stream::BodyStream;
use crate::http::sse::{EVENT_STREAM, encode_event};
use crate::supervisor::Supervisor;
use crate::supervisor::listeners::route::NameState;

/// The path on every name that belongs to the daemon and not to the process.
pub(super) const PATH: &str = "/.persistproc/ready";

/// The URL of the events for a page about the process as it is now.
pub(super) fn url(process: &Process) -> String {
    let NameState { run, status } = NameState::of(process);
    format!("{PATH}?{run}-{}", status.word())
}

/// The stream. It ends after the event, or without one when the daemon exits; a browser then opens it
/// again.
pub(super) fn events(supervisor: &Supervisor, process: &Process, uri: &Uri) -> Response {
    let seen = uri.query().and_then(parse_state).unwrap_or_else(|| NameState::of(process));
    let waiting = Waiting { supervisor: supervisor.clone(), id: process.id.clone(), seen, step: 0 };
    let body = Body::from_stream(BodyStream::new(waiting, |mut waiting: Waiting| async move {
        let chunk = waiting.next_chunk().await;
        (chunk, waiting)
    }));
    ([(CONTENT_TYPE, EVENT_STREAM), (CACHE_CONTROL, "no-store")], body).into_response()
}

/// The state in a query: `3-running`.
fn parse_state(query: &str) -> Option<NameState> {
    let (run, status) = query.split_once('-')?;
    let status = StatusKind::ALL.into_iter().find(|kind| kind.word() == status)?;
    Some(NameState { run: run.parse().ok()?, status })
}

struct Waiting {
    supervisor: Supervisor,
    id: String,
    seen: NameState,
    step: u8,
}

impl Waiting {
    async fn next_chunk(&mut self) -> Option<Bytes> {
        self.step += 1;
        match self.step {
            // A comment, so that the client knows that the stream is open.
            1 => Some(Bytes::from_static(b": waiting\n\n")),
            2 => self.change().await,
            _ => None,
        }
    }

    async fn change(&self) -> Option<Bytes> {
        let mut leaving = self.supervisor.leaving();
        tokio::select! {
            () = self.supervisor.until_name_changes(&self.id, self.seen) => {
                Some(encode_event("change", &serde_json::json!({ "id": self.id })).into())
            }
            _ = leaving.wait_for(|leaving| *leaving) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_holds_a_run_and_a_status() {
        let state = |run, status| Some(NameState { run, status });
        assert_eq!(parse_state("3-running"), state(3, StatusKind::Running));
        for query in ["", "3", "x-running", "3-ready"] {
            assert_eq!(parse_state(query), None, "{query}");
        }
    }
}
