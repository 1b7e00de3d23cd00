//! [`EventReader`]: the events of a response body that is an event stream, one at a time.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use futures_core::Stream;
use serde_json::Value;

/// One event with data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StreamEvent {
    pub(super) id: Option<String>,
    pub(super) data: String,
}

/// Reads events. Comments and events without data are skipped.
pub(super) struct EventReader {
    body: BodyDataStream,
    /// What was read and is not a whole event yet.
    rest: Vec<u8>,
}

impl EventReader {
    pub(super) fn new(body: Body) -> Self {
        Self { body: body.into_data_stream(), rest: Vec::new() }
    }

    /// The next event; `None` at the end of the stream.
    pub(super) async fn next(&mut self) -> Option<StreamEvent> {
        loop {
            while let Some(block) = self.next_block() {
                if let Some(event) = StreamEvent::parse(&block) {
                    return Some(event);
                }
            }
            let chunk: Option<Result<Bytes, _>> =
                poll_fn(|context| Pin::new(&mut self.body).poll_next(context)).await;
            // An error is the end, as a closed connection is.
            self.rest.extend_from_slice(&chunk?.ok()?);
        }
    }

    /// Takes the text up to the next empty line.
    fn next_block(&mut self) -> Option<String> {
        let end = self.rest.windows(2).position(|pair| pair == b"\n\n")?;
        let block = String::from_utf8_lossy(&self.rest[..end]).into_owned();
        self.rest.drain(..end + 2);
        Some(block)
    }
}

impl StreamEvent {
    fn parse(block: &str) -> Option<Self> {
        let mut event = Self::default();
        for line in block.lines() {
            let (name, value) = line.split_once(':')?;
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "data" if event.data.is_empty() => value.clone_into(&mut event.data),
                "data" => {
                    event.data.push('\n');
                    event.data.push_str(value);
                }
                "id" => event.id = Some(value.to_owned()),
                _ => {}
            }
        }
        (!event.data.is_empty()).then_some(event)
    }

    /// Whether its data is the answer to a request: a result or an error.
    pub(super) fn is_answer(&self) -> bool {
        let message: Value = serde_json::from_str(&self.data).unwrap_or_default();
        message.get("result").or(message.get("error")).is_some()
    }

    /// The event as it stands in a stream.
    pub(super) fn encode(&self) -> String {
        let mut text = String::new();
        for line in self.data.lines() {
            text.push_str(&format!("data: {line}\n"));
        }
        if let Some(id) = &self.id {
            text.push_str(&format!("id: {id}\n"));
        }
        text + "\n"
    }
}

/// Whether a response is a stream of events.
pub(super) fn is_event_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/event-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn events_are_read_and_comments_are_not() {
        let text =
            ":\n\ndata: {\"a\": 1}\nid: 1/0\n\n: ping\n\ndata: x\ndata: y\n\ndata: unfinished";
        let mut reader = EventReader::new(Body::from(text));
        let first = reader.next().await.unwrap();
        assert_eq!((first.id.as_deref(), &*first.data), (Some("1/0"), "{\"a\": 1}"));
        assert_eq!(first.encode(), "data: {\"a\": 1}\nid: 1/0\n\n");
        assert!(!first.is_answer());
        let second = reader.next().await.unwrap();
        assert_eq!(second.encode(), "data: x\ndata: y\n\n");
        assert_eq!(reader.next().await, None);
        let answer = StreamEvent { id: None, data: "{\"id\":1,\"result\":{}}".into() };
        assert!(answer.is_answer());
    }
}
