//! [`Events`] and [`EventStream`]: the event stream of the daemon.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use ureq::Body;
use ureq::http::Response;

use super::Client;
use super::answer_wait::AnswerKind;
use super::exchange::with_query;
use super::sse::Messages;
use crate::event::{Event, EventsQuery, OutputEvent};
use crate::problem::Problem;
use crate::routes;

impl Client {
    /// The changes of processes from now on.
    pub fn events(&self) -> Result<Events, Problem> {
        Ok(Events::new(self.send("GET", routes::EVENTS, AnswerKind::STREAM)?))
    }

    /// The changes of processes from now on, and the output of those that the query names.
    pub fn event_stream(&self, query: &EventsQuery) -> Result<EventStream, Problem> {
        let path = with_query(routes::EVENTS, query)?;
        Ok(EventStream::new(self.send("GET", &path, AnswerKind::STREAM)?))
    }
}

/// An event of a stream that also carries output.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum StreamEvent {
    Process(Box<Event>),
    Output(OutputEvent),
}

/// The events of a live response and the output between them. Ends when the daemon exits.
pub struct EventStream {
    messages: Messages,
}

impl EventStream {
    pub(super) fn new(response: Response<Body>) -> Self {
        Self { messages: Messages::new(response) }
    }
}

impl Iterator for EventStream {
    type Item = Result<StreamEvent, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        next_known(&mut self.messages)
    }
}

/// The events of a live response. Ends when the daemon exits.
pub struct Events {
    messages: Messages,
}

impl Events {
    pub(super) fn new(response: Response<Body>) -> Self {
        Self { messages: Messages::new(response) }
    }
}

impl Iterator for Events {
    type Item = Result<Event, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        next_known(&mut self.messages)
    }
}

/// The next message of the type. A newer daemon may send events that this client does not know.
fn next_known<T: DeserializeOwned>(messages: &mut Messages) -> Option<Result<T, Problem>> {
    loop {
        let json = match messages.next()? {
            Ok(json) => json,
            Err(problem) => return Some(Err(problem)),
        };
        if let Ok(event) = serde_json::from_str(&json) {
            return Some(Ok(event));
        }
    }
}
