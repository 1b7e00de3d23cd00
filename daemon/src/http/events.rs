//! Handler for the stream of process events and of the output of chosen processes.

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use persistproc_api::event::{Event, EventsQuery, OutputEvent};
use persistproc_api::{Problem, Target};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc, watch};
use tokio::task::JoinSet;

use super::body_stream::BodyStream;
use super::error::ApiError;
use super::request::{ForRequester, QueryParams};
use super::sse::{EVENT_STREAM, encode_event};
use crate::logs::page_query::Escapes;
use crate::supervisor::Supervisor;
use crate::supervisor::reading::tail::{Tail, TailQuery};

/// The most processes whose output one stream carries.
const MAX_FOLLOWED: usize = 50;

/// `GET /v1/events`
pub async fn events(
    ForRequester(supervisor): ForRequester,
    QueryParams(query): QueryParams<EventsQuery>,
) -> Result<Response, ApiError> {
    // Subscribed before a process is looked up: no event is missed in between.
    let events = supervisor.events();
    let tails = tails(&supervisor, &query)?;
    let (sender, outputs) = mpsc::channel(1);
    let mut readers = JoinSet::new();
    for tail in tails {
        readers.spawn(send_rows(tail, sender.clone()));
    }
    let source = EventSource {
        events,
        outputs,
        _sender: sender,
        _readers: readers,
        leaving: supervisor.leaving(),
        reader: query.texts.then(|| supervisor.requester_name()),
    };
    let body = Body::from_stream(BodyStream::new(source, |mut source: EventSource| async move {
        let chunk = source.next_chunk().await;
        (chunk, source)
    }));
    Ok(([(CONTENT_TYPE, EVENT_STREAM), (CACHE_CONTROL, "no-cache")], body).into_response())
}

/// The readers of the processes that the query names.
fn tails(supervisor: &Supervisor, query: &EventsQuery) -> Result<Vec<Tail>, Problem> {
    let names = query.follow.iter().flat_map(|names| names.split(','));
    let names: Vec<&str> = names.map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.len() > MAX_FOLLOWED {
        let predicate = format!("names {} processes", names.len());
        return Err(Problem::parameter("follow", predicate)
            .hint(format!("Name at most {MAX_FOLLOWED}, or open several streams.")));
    }
    let tail_query = TailQuery {
        stream: query.stream,
        lines: query.lines,
        newest: query.newest.map(|newest| newest.max(1)),
        escapes: Escapes::from_flags(query.raw, query.color),
    };
    names.into_iter().map(|name| supervisor.tail(&Target::new(name, None), tail_query)).collect()
}

/// Sends the rows of a process until the client is gone. The next ones are read when it has taken these.
async fn send_rows(mut tail: Tail, sender: mpsc::Sender<OutputEvent>) {
    while let Some(event) = tail.next().await {
        if sender.send(event).await.is_err() {
            return;
        }
    }
}

/// Process events and output until the daemon shuts down.
struct EventSource {
    events: broadcast::Receiver<Event>,
    outputs: mpsc::Receiver<OutputEvent>,
    /// Keeps the channel open after the last reader has ended.
    _sender: mpsc::Sender<OutputEvent>,
    /// Aborted when the client is gone.
    _readers: JoinSet<()>,
    leaving: watch::Receiver<bool>,
    /// The name of the client, if it wants texts.
    reader: Option<String>,
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
            Some(output) = self.outputs.recv() => {
                return Some(encode_event("output", &output).into());
            }
        };
        Some(encode_event("process", &self.with_texts(event)).into())
    }

    fn with_texts(&self, mut event: Event) -> Event {
        if let (Some(reader), Some(process)) = (&self.reader, event.process_mut()) {
            process.texts = Some(Box::new(process.texts_for(reader)));
        }
        event
    }
}
