//! `persistproc mcp`: the stdio bridge that an agent starts. It forwards MCP messages between standard
//! input and output and the daemon's `/mcp` on its Unix socket.
//!
//! The daemon may be replaced while the bridge runs: all state is in the daemon or can be restored.
//! The bridge reads only those fields of a message that it needs for forwarding.
//!
//! | module | contents |
//! |---|---|
//! | [`message`] | one line of input: its kind and its HTTP headers |
//! | [`caller_context`] | the directory and environment that the bridge adds to messages |
//! | [`forward`] | forwards a request until it is answered, across daemons |
//! | [`retry`] | the table of what to do after a failed attempt |
//! | [`pending`] | the requests that are being forwarded |
//! | [`ordered_queue`] | runs tasks one after the other |
//! | [`mcp_session`] | the session of a client of the older protocol |
//! | [`message_writer`] | writes messages to standard output |

mod caller_context;
mod forward;
mod mcp_session;
mod message;
mod message_writer;
mod ordered_queue;
mod pending;
mod retry;

use std::io::{BufRead, Read};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use persistproc_api::client::Client;

use self::caller_context::CallerContext;
use self::mcp_session::McpSessions;
use self::message::{Message, MessageKind};
use self::message_writer::MessageWriter;
use self::ordered_queue::OrderedQueue;
use self::pending::{PendingRequest, PendingRequests};

/// After EOF on standard input, how long to wait for the replies to pending requests.
const REPLY_TIMEOUT: Duration = Duration::from_millis(200);

/// After EOF on standard input, the time until the process exits. Includes [`REPLY_TIMEOUT`] and the
/// request that ends the session.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(400);

const MAX_LINE_BYTES: u64 = 64 << 20;

/// The stack of each thread. Small, because the threads mostly wait.
const STACK_BYTES: usize = 512 << 10;

/// The state that all threads share.
pub(crate) struct Bridge {
    /// Starts a daemon if none is running.
    client: Client,
    /// Never starts a daemon. For notifications and for ending the session.
    listener: Client,
    context: CallerContext,
    writer: MessageWriter,
    pending: PendingRequests,
    queue: OrderedQueue,
    sessions: McpSessions,
}

/// Why the bridge exits.
enum EndReason {
    /// EOF on standard input.
    InputEof,
    /// The reader of standard output has closed it.
    OutputClosed,
}

/// Forwards messages until EOF on standard input or until standard output is closed.
pub(crate) fn run(client: Client, listener: Client) -> std::io::Result<()> {
    let (end_sender, end_receiver) = sync_channel(1);
    let output_closed = end_sender.clone();
    let bridge = Arc::new(Bridge {
        client,
        listener,
        context: CallerContext::of_this_process(),
        writer: MessageWriter::new(move || send_once(&output_closed, EndReason::OutputClosed)),
        pending: PendingRequests::default(),
        queue: OrderedQueue::start()?,
        sessions: McpSessions::default(),
    });
    let reader = Arc::clone(&bridge);
    spawn(move || {
        reader.read_lines(&mut std::io::stdin().lock());
        send_once(&end_sender, EndReason::InputEof);
    })?;
    // An error means that the reading thread has panicked: treat it like EOF.
    let end = end_receiver.recv();
    let deadline = Instant::now() + SHUTDOWN_TIMEOUT;
    if matches!(end, Ok(EndReason::InputEof) | Err(_)) {
        bridge.pending.wait_until_empty(REPLY_TIMEOUT);
    }
    let (session_end_sender, session_end) = sync_channel(1);
    spawn(move || {
        bridge.sessions.end(&bridge);
        send_once(&session_end_sender, ());
    })?;
    // On timeout, the daemon drops the session when its idle timeout has passed.
    session_end.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok();
    Ok(())
}

/// Sends without blocking. Fails if a value is queued already or the receiver is gone; in both cases
/// this value is redundant.
fn send_once<T>(sender: &SyncSender<T>, value: T) {
    sender.try_send(value).ok();
}

fn spawn(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    thread::Builder::new().stack_size(STACK_BYTES).spawn(work).map(drop)
}

impl Bridge {
    fn read_lines(self: &Arc<Self>, input: &mut impl BufRead) {
        let mut line = Vec::new();
        loop {
            line.clear();
            match input.take(MAX_LINE_BYTES).read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) if line.len() as u64 == MAX_LINE_BYTES => {
                    let error = format!("The line is longer than {MAX_LINE_BYTES} bytes.");
                    self.writer.write_error(None, message::PARSE_ERROR, &error);
                    if skip_line(input).is_err() {
                        return;
                    }
                }
                Ok(_) => self.handle_line(&line),
                Err(error) => return eprintln!("Cannot read standard input: {error}."),
            }
        }
    }

    fn handle_line(self: &Arc<Self>, line: &[u8]) {
        if line.trim_ascii().is_empty() {
            return;
        }
        match Message::parse(line) {
            Ok(message) => self.handle_message(message),
            Err(invalid) => {
                self.writer.write_error(invalid.id.as_ref(), invalid.code, &invalid.cause);
            }
        }
    }

    fn handle_message(self: &Arc<Self>, message: Message) {
        match &message.kind {
            MessageKind::Request { id } => {
                let id = id.clone();
                match self.pending.begin(&id) {
                    Some(request) => self.forward_request(message, request),
                    None => {
                        self.writer.write_error(
                            Some(&id),
                            message::INTERNAL_ERROR,
                            pending::TOO_MANY_REQUESTS,
                        );
                    }
                }
            }
            // With a session, the daemon needs the notification. Without one, it sees that the
            // connection of the request is closed.
            MessageKind::Cancel { id } if self.sessions.current().is_none() => {
                self.pending.cancel(id);
            }
            MessageKind::Cancel { .. } | MessageKind::Notification => {
                self.enqueue(move |bridge| bridge.deliver(&message));
            }
        }
    }

    /// Requests are forwarded concurrently, except `initialize`: it must be answered before any
    /// later message is sent.
    fn forward_request(self: &Arc<Self>, message: Message, request: PendingRequest) {
        if message.begins_session() {
            return self.enqueue(move |bridge| {
                bridge.begin_session(&message, &request);
                bridge.pending.end(&request);
            });
        }
        let bridge = Arc::clone(self);
        let position = self.queue.position();
        let id = request.id.clone();
        let work = move || {
            bridge.queue.wait_for(position);
            bridge.forward_until_answered(&message, &request);
            bridge.pending.end(&request);
        };
        if let Err(error) = spawn(work) {
            self.pending.remove(&id);
            let error = format!("Cannot start a thread: {error}.");
            self.writer.write_error(Some(&id), message::INTERNAL_ERROR, &error);
        }
    }

    /// Queues work that must stay in order with everything before and after it.
    fn enqueue(self: &Arc<Self>, work: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let bridge = Arc::clone(self);
        if !self.queue.push(move || work(&bridge)) {
            eprintln!("A message was dropped: the queue of messages to the daemon is full.");
        }
    }
}

/// Reads and discards the rest of a line.
fn skip_line(input: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let newline = buffer.iter().position(|byte| *byte == b'\n');
        let used = newline.map_or(buffer.len(), |at| at + 1);
        let is_done = newline.is_some() || buffer.is_empty();
        input.consume(used);
        if is_done {
            return Ok(());
        }
    }
}
