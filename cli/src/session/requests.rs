//! Requests that must not hold us up, each in a thread of its own: a process that reads
//! nothing, or takes long to stop, is no reason not to hear Ctrl+C.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::control::{ResizeRequest, StdinRequest, StopRequest};

use super::Event;
use crate::terminal;

/// As many keys as may wait for a process that reads none. More are dropped, as a terminal
/// would drop them.
const WAITING: usize = 1024;

/// As many bytes as go in one request.
const CHUNK: usize = 64 << 10;

/// Bytes for standard input.
pub(super) fn bytes(bytes: &[u8]) -> StdinRequest {
    StdinRequest { base64: Some(STANDARD.encode(bytes)), ..StdinRequest::default() }
}

/// The way to the process's standard input.
pub(super) struct Forwarder {
    queue: SyncSender<Typed>,
}

enum Typed {
    Bytes(Vec<u8>),
    End,
}

impl Forwarder {
    pub(super) fn new(client: Client, target: Target) -> Self {
        let (queue, typed) = sync_channel(WAITING);
        thread::spawn(move || forward(&client, &target, &typed));
        Self { queue }
    }

    pub(super) fn send(&self, bytes: Vec<u8>) {
        self.queue.try_send(Typed::Bytes(bytes)).ok();
    }

    pub(super) fn end(&self) {
        self.queue.try_send(Typed::End).ok();
    }
}

/// Keys that cannot be delivered are gone, as with any program that has just ended: a key
/// that arrived twice would be worse.
fn forward(client: &Client, target: &Target, typed: &Receiver<Typed>) {
    while let Ok(first) = typed.recv() {
        let mut request = Vec::new();
        let mut next = Some(first);
        let mut end = false;
        while let Some(typed_now) = next.take() {
            match typed_now {
                Typed::Bytes(bytes) => request.extend(bytes),
                Typed::End => end = true,
            }
            if !end && request.len() < CHUNK {
                next = typed.try_recv().ok();
            }
        }
        client.stdin(target, &StdinRequest { eof: end, ..bytes(&request) }).ok();
    }
}

/// Tells the process the size of our terminal, whenever it changes.
pub(super) struct Resizer {
    changed: SyncSender<()>,
}

impl Resizer {
    pub(super) fn new(client: Client, target: Target) -> Self {
        // One place is enough: the size is read when it is sent.
        let (changed, changes) = sync_channel(1);
        thread::spawn(move || {
            while changes.recv().is_ok() {
                let request = ResizeRequest { size: terminal::size() };
                client.resize(&target, &request).ok();
            }
        });
        Self { changed }
    }

    pub(super) fn changed(&self) {
        self.changed.try_send(()).ok();
    }
}

/// Asks for the end; the answer comes as an event.
pub(super) fn stop(client: Client, target: Target, force: bool, events: SyncSender<Event>) {
    thread::spawn(move || {
        let answer = client.stop(&target, &StopRequest { force, timeout: None });
        events.send(Event::StopAnswer(answer.map(Box::new))).ok();
    });
}
