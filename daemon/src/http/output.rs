//! Pages and live output. A live answer is written as fast as its reader reads and no faster:
//! what it has not taken yet waits in the log, not here.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use persistproc_api::Time;
use persistproc_api::follow::FollowQuery;
use persistproc_api::frame::{EVENT, STDERR, STDOUT, header};
use persistproc_api::output::{OutputPage, OutputQuery};
use persistproc_api::routes::STREAM_TYPE;

use super::error::Error;
use super::request::{Params, Target};
use crate::logs::entry::Source;
use crate::logs::lines::Assembler;
use crate::logs::text;
use crate::logs::walk::Piece;
use crate::supervisor::output::{Follower, Item};

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
    Params(query): Params<FollowQuery>,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let follower = state.supervisor.follow(&target, &query).await?;
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (kind, face) = if accepted.contains(STREAM_TYPE) {
        (STREAM_TYPE, Face::Frames)
    } else {
        ("text/event-stream", Face::Events(Assembler::default()))
    };
    let body = Body::from_stream(Live::new(follower, face));
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], body).into_response())
}

/// How items are written.
enum Face {
    Frames,
    Events(Assembler),
}

impl Face {
    fn write(&mut self, items: Vec<Item>) -> Vec<u8> {
        let mut out = Vec::new();
        for item in items {
            match self {
                Self::Frames => frame(&item, &mut out),
                Self::Events(lines) => event(item, lines, &mut out),
            }
        }
        out
    }
}

fn frame(item: &Item, out: &mut Vec<u8>) {
    match item {
        Item::Bytes(source, _, bytes) => {
            out.extend(header(
                if *source == Source::Stdout { STDOUT } else { STDERR },
                bytes.len(),
            ));
            out.extend(bytes);
        }
        Item::Event(event) => {
            let json = serde_json::to_vec(event).unwrap_or_default();
            out.extend(header(EVENT, json.len()));
            out.extend(json);
        }
    }
}

fn event(item: Item, lines: &mut Assembler, out: &mut Vec<u8>) {
    match item {
        Item::Bytes(source, time, bytes) => {
            lines.take(Piece { source, time, bytes: &bytes });
            write_lines(lines, out);
        }
        Item::Event(event) => {
            lines.flush();
            write_lines(lines, out);
            write_event("process", &serde_json::to_string(&event).unwrap_or_default(), out);
        }
    }
}

fn write_lines(lines: &mut Assembler, out: &mut Vec<u8>) {
    while let Some(line) = lines.next_line() {
        let (stream, time) = (line.source.stream().word(), Time::from_micros(line.time));
        let json =
            serde_json::json!({ "time": time, "stream": stream, "line": text::plain(&line.bytes) });
        write_event("line", &json.to_string(), out);
    }
}

/// JSON in one line has no line break, so it is one `data` field.
fn write_event(name: &str, json: &str, out: &mut Vec<u8>) {
    out.extend(format!("event: {name}\ndata: {json}\n\n").into_bytes());
}

type Step = Pin<Box<dyn Future<Output = (Option<Vec<Item>>, Follower)> + Send>>;

/// A follower as a response body.
struct Live {
    step: Step,
    face: Face,
    over: bool,
}

impl Live {
    fn new(follower: Follower, face: Face) -> Self {
        Self { step: Self::step(follower), face, over: false }
    }

    fn step(mut follower: Follower) -> Step {
        Box::pin(async move { (follower.next().await, follower) })
    }
}

impl Stream for Live {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.over {
            let Poll::Ready((items, follower)) = self.step.as_mut().poll(context) else {
                return Poll::Pending;
            };
            let Some(items) = items else {
                self.over = true;
                break;
            };
            self.step = Self::step(follower);
            let bytes = self.face.write(items);
            // Half a line is no news to a reader of lines.
            if !bytes.is_empty() {
                return Poll::Ready(Some(Ok(bytes.into())));
            }
        }
        Poll::Ready(None)
    }
}
