//! Requests that may block, each sent from its own thread: the main thread has to handle Ctrl+C even
//! while the process reads no input or takes long to stop.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use persistproc_api::client::{Client, ShimConnection, ShimItem};
use persistproc_api::control::{ResizeRequest, StdinRequest, StopRequest};
use persistproc_api::record::RunState;
use persistproc_api::shim::ShimMessage;
use persistproc_api::{ErrorCode, Problem, Target};

use super::SessionEvent;
use super::shim_link::ShimLink;
use crate::terminal;

/// Maximum number of inputs queued for a process that does not read. Further input is dropped, as a
/// terminal does.
const MAX_QUEUED_INPUT: usize = 1024;

/// When a request has this many bytes, no more are added to it.
const MAX_REQUEST_BYTES: usize = 64 << 10;

/// How long a process may take to end after it was interrupted together with the reader of its
/// output.
const INTERRUPT_TIMEOUT: Duration = Duration::from_secs(2);

/// A request that writes these bytes to standard input.
pub(super) fn stdin_request(bytes: &[u8]) -> StdinRequest {
    StdinRequest { base64: Some(STANDARD.encode(bytes)), ..StdinRequest::default() }
}

/// Sends typed input to the process.
pub(super) struct Forwarder {
    queue: SyncSender<QueuedInput>,
}

enum QueuedInput {
    Bytes(Vec<u8>),
    Eof,
}

/// Where typed input goes.
struct InputReceiver {
    /// The terminal of the process. `None`: its standard input, by way of the daemon.
    terminal: Option<ShimLink>,
    client: Client,
    target: Target,
}

/// What a terminal in line mode turns into EOF.
const END_OF_FILE_CHARACTER: u8 = 4;

impl Forwarder {
    /// Sends keys to the terminal of the process. While its shim is being replaced, they go to its
    /// standard input.
    pub(super) fn to_terminal(link: ShimLink, client: Client, target: Target) -> Self {
        Self::new(InputReceiver { terminal: Some(link), client, target })
    }

    /// Sends lines to the standard input of the process.
    pub(super) fn to_stdin(client: Client, target: Target) -> Self {
        Self::new(InputReceiver { terminal: None, client, target })
    }

    fn new(receiver: InputReceiver) -> Self {
        let (queue, inbox) = sync_channel(MAX_QUEUED_INPUT);
        thread::spawn(move || forward(&receiver, &inbox));
        Self { queue }
    }

    pub(super) fn send(&self, bytes: Vec<u8>) {
        // Dropped if the queue is full.
        self.queue.try_send(QueuedInput::Bytes(bytes)).ok();
    }

    pub(super) fn send_eof(&self) {
        // Dropped if the queue is full.
        self.queue.try_send(QueuedInput::Eof).ok();
    }
}

/// Sends queued input, as much as possible in one request.
fn forward(receiver: &InputReceiver, inbox: &Receiver<QueuedInput>) {
    while let Ok(first) = inbox.recv() {
        let mut bytes = Vec::new();
        let mut next = Some(first);
        let mut eof = false;
        while let Some(input) = next.take() {
            match input {
                QueuedInput::Bytes(typed) => bytes.extend(typed),
                QueuedInput::Eof => eof = true,
            }
            if !eof && bytes.len() < MAX_REQUEST_BYTES {
                next = inbox.try_recv().ok();
            }
        }
        receiver.send(bytes, eof);
    }
}

impl InputReceiver {
    /// An error is ignored and the request is not retried: a key must not arrive twice. A key may be
    /// lost, as is a key that is typed just when a program exits.
    fn send(&self, mut bytes: Vec<u8>, eof: bool) {
        if let Some(link) = &self.terminal {
            if eof {
                bytes.push(END_OF_FILE_CHARACTER);
            }
            if link.send_keys(&bytes).is_err() {
                self.client.stdin(&self.target, &stdin_request(&bytes)).ok();
            }
        } else {
            self.client.stdin(&self.target, &StdinRequest { eof, ..stdin_request(&bytes) }).ok();
        }
    }
}

/// Sends the size of our terminal to the process whenever it changes.
pub(super) enum Resizer {
    /// Directly to its shim.
    Link(ShimLink),
    /// To the daemon, from a thread of its own.
    Daemon(SyncSender<()>),
}

impl Resizer {
    pub(super) fn by_daemon(client: Client, target: Target) -> Self {
        // A capacity of one is enough, because the size is read when the request is sent.
        let (changed, changes) = sync_channel(1);
        thread::spawn(move || {
            while changes.recv().is_ok() {
                let request = ResizeRequest { size: terminal::size() };
                // The next change tries again.
                client.resize(&target, &request).ok();
            }
        });
        Self::Daemon(changed)
    }

    pub(super) fn changed(&self) {
        match self {
            Self::Link(link) => link.resize(),
            // If the queue is full, the queued change will send the current size.
            Self::Daemon(changed) => drop(changed.try_send(())),
        }
    }
}

/// Requests a stop of the process. The reply arrives as an event.
pub(super) fn stop(
    client: Client,
    target: Target,
    request: StopRequest,
    events: SyncSender<SessionEvent>,
) {
    thread::spawn(move || {
        let reply = client.stop(&target, &request);
        // Fails if the session is over.
        events.send(SessionEvent::StopReply(reply.map(Box::new))).ok();
    });
}

/// Waits for the end of the process, which an interrupt may cause. It arrives as the reply to a stop
/// request; if the process goes on, as an error.
pub(super) fn await_end(
    shim_socket: PathBuf,
    client: Client,
    target: Target,
    events: SyncSender<SessionEvent>,
) {
    let timeout_events = events.clone();
    thread::spawn(move || {
        until_end(&shim_socket);
        let process = client.process(&target).and_then(|process| {
            if process.status.is_alive() { Err(goes_on()) } else { Ok(Box::new(process)) }
        });
        // Fails if the session is over.
        events.send(SessionEvent::StopReply(process)).ok();
    });
    thread::spawn(move || {
        thread::sleep(INTERRUPT_TIMEOUT);
        // Fails if the session is over.
        timeout_events.send(SessionEvent::StopReply(Err(goes_on()))).ok();
    });
}

/// Waits until the run whose shim listens on this socket has ended.
fn until_end(shim_socket: &Path) {
    // Fails if the run has ended already.
    let Ok((_, messages)) = ShimConnection::connect(shim_socket) else { return };
    for item in messages {
        if let ShimItem::Message(message) = item
            && let ShimMessage::State { record, .. } = *message
            && matches!(record.state, RunState::Ended { .. })
        {
            return;
        }
    }
}

fn goes_on() -> Problem {
    Problem::new(ErrorCode::Internal, "The process goes on after an interrupt.")
}

/// Sends [`SessionEvent::RunEnded`] when the run has ended.
pub(super) fn report_end(shim_socket: PathBuf, events: SyncSender<SessionEvent>) {
    thread::spawn(move || {
        until_end(&shim_socket);
        // Fails if the session is over.
        events.send(SessionEvent::RunEnded).ok();
    });
}

/// Sends [`SessionEvent::OutputOverdue`] after this time.
pub(super) fn limit_output(after: Duration, events: SyncSender<SessionEvent>) {
    thread::spawn(move || {
        thread::sleep(after);
        // Fails if the session is over.
        events.send(SessionEvent::OutputOverdue).ok();
    });
}
