//! How the answers of sessions travel, so that a call ends with its daemon and not at the timeout of
//! its client.
//!
//! rmcp answers the requests of a session with a stream of events, and begins it at once. Clients differ
//! in what they make of a stream that ends without an answer, or of a connection that does: some end the
//! call, some the session, some wait on. All continue a stream whose events have ids, so this module
//! makes use of that:
//!
//! - An answer that comes within [`PLAIN_ANSWER_TIME`] is sent as plain JSON.
//! - Else the answer is a stream. It begins with an event that clients ignore, and the id of each event
//!   names the request. A client that was cut off sends the last id; if this daemon does not know the
//!   request, it waits again for a `wait`, and answers any other call with an error.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_core::Stream;
use persistproc_api::routes::{MCP_SESSION_HEADER, WAITING_LOGGER};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::event_stream::{EventReader, StreamEvent, is_event_stream};

const LAST_EVENT_HEADER: &str = "last-event-id";

/// Between rmcp's id of an event and the request that it belongs to.
const SEPARATOR: char = '.';

/// The largest request that an event id carries, in bytes.
const MAX_CARRIED_BYTES: usize = 2048;

/// The largest body of a request, in bytes: rmcp's own limit.
const MAX_BODY_BYTES: usize = 4 << 20;

/// How long an answer may take without a stream.
const PLAIN_ANSWER_TIME: Duration = Duration::from_millis(500);

/// rmcp's part of the id of an event that it did not send.
const NO_EVENT: &str = "none";

const NO_CACHE: &str = "no-cache";
const EVENTS: &str = "text/event-stream";
const JSON: HeaderValue = HeaderValue::from_static("application/json");
const JSON_OR_EVENTS: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

/// Middleware around rmcp's service.
pub(super) async fn answer_as_json_or_resume(request: Request, next: Next) -> Response {
    let has_session = request.headers().contains_key(MCP_SESSION_HEADER);
    let is_post = request.method() == Method::POST;
    match carried_request(&request).filter(|_| request.method() == Method::GET) {
        Some(carried) => resume(request, next, carried).await,
        None if is_post && has_session => answer_in_session(request, next).await,
        None if is_post => answer_without_session(request, next).await,
        None => next.run(request).await,
    }
}

/// Without a session, rmcp's response begins with the answer.
async fn answer_without_session(request: Request, next: Next) -> Response {
    let Some((request, carried)) = with_carried_id(request).await else { return too_large() };
    let mut answer = Box::pin(next.run(request));
    if let Ok(response) = timeout(PLAIN_ANSWER_TIME, &mut answer).await {
        return response;
    }
    let (sender, body) = channel();
    tokio::spawn(async move {
        if sender.send(with_request(ignored_event(), &carried)).await.is_err() {
            return;
        }
        let response = tokio::select! {
            response = answer => response,
            () = sender.closed() => return,
        };
        send_response(response, &sender, &carried).await;
    });
    event_stream(body)
}

fn too_large() -> Response {
    (StatusCode::PAYLOAD_TOO_LARGE, "The message is larger than 4 MiB.").into_response()
}

fn event_stream(body: Body) -> Response {
    ([(CONTENT_TYPE, EVENTS), (CACHE_CONTROL, NO_CACHE)], body).into_response()
}

/// Sends a response to a client that reads a stream. Returns whether the answer was sent.
async fn send_response(
    response: Response,
    sender: &mpsc::Sender<StreamEvent>,
    carried: &str,
) -> bool {
    if is_event_stream(&response) {
        return forward(EventReader::new(response.into_body()), sender, carried).await;
    }
    let data = to_bytes(response.into_body(), MAX_BODY_BYTES).await.unwrap_or_default();
    let event = StreamEvent { id: None, data: String::from_utf8_lossy(&data).into_owned() };
    if !event.is_answer() {
        // rmcp refuses a request that it cannot read with a plain text.
        return false;
    }
    // Fails if the client has gone again.
    sender.send(event).await.ok();
    true
}

async fn answer_in_session(request: Request, next: Next) -> Response {
    let Some((request, carried)) = with_carried_id(request).await else { return too_large() };
    let response = next.run(request).await;
    if !is_event_stream(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let mut events = EventReader::new(body);
    let first = match timeout(PLAIN_ANSWER_TIME, events.next()).await {
        Ok(Some(event)) if event.is_answer() => {
            parts.headers.insert(CONTENT_TYPE, JSON);
            return Response::from_parts(parts, Body::from(event.data));
        }
        Ok(Some(event)) => event,
        // A request that the client has cancelled has no answer.
        Ok(None) => return Response::from_parts(parts, Body::empty()),
        Err(_) => ignored_event(),
    };
    let (sender, body) = channel();
    tokio::spawn(async move {
        if sender.send(with_request(first, &carried)).await.is_ok() {
            forward(events, &sender, &carried).await;
        }
    });
    Response::from_parts(parts, body)
}

/// An event that gives a client an id to continue with.
fn ignored_event() -> StreamEvent {
    let params = json!({"level": "debug", "logger": WAITING_LOGGER, "data": "The call goes on."});
    let message = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": params});
    StreamEvent { id: Some(NO_EVENT.to_owned()), data: message.to_string() }
}

/// Continues the stream of a request. `carried` is the request.
async fn resume(request: Request, next: Next, carried: Value) -> Response {
    let (mut parts, body) = request.into_parts();
    let mut again = parts.clone();
    let mut own_stream = None;
    if parts.headers.contains_key(MCP_SESSION_HEADER) {
        use_own_event_id(&mut parts);
        let response = next.clone().run(Request::from_parts(parts, body)).await;
        if !is_event_stream(&response) {
            return response;
        }
        own_stream = Some(EventReader::new(response.into_body()));
    }
    let (sender, body) = channel();
    tokio::spawn(async move {
        let id = carried_id(carried.to_string().as_bytes());
        // Empty if this daemon does not know the request.
        if let Some(events) = own_stream
            && forward(events, &sender, &id).await
        {
            return;
        }
        if is_wait(&carried) {
            become_post(&mut again, &carried);
            let request = Request::from_parts(again, Body::from(carried.to_string()));
            if send_response(next.run(request).await, &sender, &id).await {
                return;
            }
        }
        send_lost(&sender, &carried).await;
    });
    event_stream(body)
}

/// Replaces the id of the last event by rmcp's part of it.
fn use_own_event_id(parts: &mut Parts) {
    let id = parts.headers.get(LAST_EVENT_HEADER).and_then(|id| id.to_str().ok());
    let own = id.and_then(|id| id.split(SEPARATOR).next());
    if let Some(own) = own.and_then(|own| HeaderValue::from_str(own).ok()) {
        parts.headers.insert(LAST_EVENT_HEADER, own);
    }
}

/// Makes the request that continues a stream the request that began it.
fn become_post(parts: &mut Parts, carried: &Value) {
    parts.method = Method::POST;
    parts.headers.remove(LAST_EVENT_HEADER);
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, JSON);
    parts.headers.insert(ACCEPT, JSON_OR_EVENTS);
    // What the protocol without sessions has in headers, too.
    let version = &carried["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"];
    let values = [("mcp-method", &carried["method"]), ("mcp-name", &carried["params"]["name"])];
    for (name, value) in values.into_iter().chain([("mcp-protocol-version", version)]) {
        if let Some(value) = value.as_str().and_then(|value| HeaderValue::from_str(value).ok()) {
            parts.headers.insert(name, value);
        }
    }
}

/// Sends the events to the client. Returns whether the answer was among them, or the client has gone.
async fn forward(
    mut events: EventReader,
    sender: &mpsc::Sender<StreamEvent>,
    carried: &str,
) -> bool {
    loop {
        let event = tokio::select! {
            event = events.next() => event,
            () = sender.closed() => return true,
        };
        let Some(event) = event else { return false };
        let is_answer = event.is_answer();
        if sender.send(with_request(event, carried)).await.is_err() || is_answer {
            return true;
        }
    }
}

/// Tells the client that its call was cut off.
async fn send_lost(sender: &mpsc::Sender<StreamEvent>, request: &Value) {
    let message = "The daemon was replaced during this call, which may have been carried out. \
                   Call list to see.";
    let error = json!({"code": -32000, "message": message});
    let data = json!({"jsonrpc": "2.0", "id": request["id"], "error": error}).to_string();
    // Fails if the client has gone again.
    sender.send(StreamEvent { id: None, data }).await.ok();
}

/// The event with an id that names its request.
fn with_request(mut event: StreamEvent, carried: &str) -> StreamEvent {
    if let Some(id) = &mut event.id {
        id.push(SEPARATOR);
        id.push_str(carried);
    }
    event
}

/// A request, and its part of an event id. `None` if the body is too large.
async fn with_carried_id(request: Request) -> Option<(Request, String)> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MAX_BODY_BYTES).await.ok()?;
    let carried = carried_id(&body);
    Some((Request::from_parts(parts, Body::from(body)), carried))
}

/// The request as a part of an event id. Of a request that is not repeated, only its own id.
fn carried_id(body: &[u8]) -> String {
    let request: Value = serde_json::from_slice(body).unwrap_or_default();
    let carried = match is_wait(&request) && body.len() <= MAX_CARRIED_BYTES {
        true => request,
        false => json!({"id": request["id"]}),
    };
    URL_SAFE_NO_PAD.encode(carried.to_string())
}

/// The request in the id of the last event that a client has seen.
fn carried_request(request: &Request) -> Option<Value> {
    let id = request.headers().get(LAST_EVENT_HEADER)?.to_str().ok()?;
    let (_, carried) = id.split_once(SEPARATOR)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(carried).ok()?).ok()
}

/// Whether a request waits and changes nothing.
fn is_wait(request: &Value) -> bool {
    request["method"] == "tools/call" && request["params"]["name"] == "wait"
}

/// A body, and where its events are sent to.
fn channel() -> (mpsc::Sender<StreamEvent>, Body) {
    let (sender, events) = mpsc::channel(1);
    (sender, Body::from_stream(EventBody(events)))
}

/// The events of a channel as a body.
struct EventBody(mpsc::Receiver<StreamEvent>);

impl Stream for EventBody {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = self.0.poll_recv(context);
        event.map(|event| event.map(|event| Ok(Bytes::from(event.encode()))))
    }
}
