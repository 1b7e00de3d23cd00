//! Requests that may block, each sent from its own thread: the main thread has to handle Ctrl+C even
//! while the process reads no input or takes long to stop.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::control::{ResizeRequest, StdinRequest, StopRequest};

use super::SessionEvent;
use crate::terminal;

/// Maximum number of inputs queued for a process that does not read. Further input is dropped, as a
/// terminal does.
const MAX_QUEUED_INPUT: usize = 1024;

/// When a request has this many bytes, no more are added to it.
const MAX_REQUEST_BYTES: usize = 64 << 10;

/// A request that writes these bytes to standard input.
pub(super) fn stdin_request(bytes: &[u8]) -> StdinRequest {
    StdinRequest { base64: Some(STANDARD.encode(bytes)), ..StdinRequest::default() }
}

/// Sends typed input to the process.
pub(super) struct Forwarder {
    queue: SyncSender<TypedInput>,
}

enum TypedInput {
    Bytes(Vec<u8>),
    Eof,
}

impl Forwarder {
    pub(super) fn new(client: Client, target: Target) -> Self {
        let (queue, inbox) = sync_channel(MAX_QUEUED_INPUT);
        thread::spawn(move || forward(&client, &target, &inbox));
        Self { queue }
    }

    pub(super) fn send(&self, bytes: Vec<u8>) {
        // Dropped if the queue is full.
        self.queue.try_send(TypedInput::Bytes(bytes)).ok();
    }

    pub(super) fn send_eof(&self) {
        // Dropped if the queue is full.
        self.queue.try_send(TypedInput::Eof).ok();
    }
}

/// Sends queued input, as much as possible in one request.
fn forward(client: &Client, target: &Target, inbox: &Receiver<TypedInput>) {
    while let Ok(first) = inbox.recv() {
        let mut bytes = Vec::new();
        let mut next = Some(first);
        let mut eof = false;
        while let Some(input) = next.take() {
            match input {
                TypedInput::Bytes(typed) => bytes.extend(typed),
                TypedInput::Eof => eof = true,
            }
            if !eof && bytes.len() < MAX_REQUEST_BYTES {
                next = inbox.try_recv().ok();
            }
        }
        // An error is ignored and the request is not retried: a key must not arrive twice. A key may be
        // lost, as is a key that is typed just when a program exits.
        client.stdin(target, &StdinRequest { eof, ..stdin_request(&bytes) }).ok();
    }
}

/// Sends the size of our terminal to the process whenever it changes.
pub(super) struct Resizer {
    changed: SyncSender<()>,
}

impl Resizer {
    pub(super) fn new(client: Client, target: Target) -> Self {
        // A capacity of one is enough, because the size is read when the request is sent.
        let (changed, changes) = sync_channel(1);
        thread::spawn(move || {
            while changes.recv().is_ok() {
                let request = ResizeRequest { size: terminal::size() };
                // The next change tries again.
                client.resize(&target, &request).ok();
            }
        });
        Self { changed }
    }

    pub(super) fn changed(&self) {
        // If the queue is full, the queued change will send the current size.
        self.changed.try_send(()).ok();
    }
}

/// Requests a stop of the process. The reply arrives as an event.
pub(super) fn stop(client: Client, target: Target, force: bool, events: SyncSender<SessionEvent>) {
    thread::spawn(move || {
        let reply = client.stop(&target, &StopRequest { force, ..StopRequest::default() });
        // Fails if the session is over.
        events.send(SessionEvent::StopReply(reply.map(Box::new))).ok();
    });
}
