//! [`Clients`]: the connections of daemons to the shim. Frames in, messages and descriptors out.
//!
//! All sockets are non-blocking and each connection has buffers of its own, so no client can delay
//! the run or another client. A client that doesn't read its messages is disconnected; it can
//! connect again and read the log.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::time::Duration;

use persistproc_api::environment::Environment;
use persistproc_api::fd_passing::{self, FdReceiver};
use persistproc_api::frame::{Frame, MESSAGE, TERMINAL};
use persistproc_api::handover::HandoverOffer;
use persistproc_api::record::{Identity, ProcessRecord, RunRecord};
use persistproc_api::shim::{Ask, ShimMessage, ShimRequest, SpareHandle};

#[cfg(target_os = "linux")]
use crate::platform::tree;

/// A client with more unsent bytes than this is disconnected.
const MAX_UNSENT_BYTES: usize = 256 << 10;

/// How many bytes one `read` of a client returns at most.
const READ_BUFFER_BYTES: usize = 4096;

/// How many reads of one client are made before the other clients get their turn.
const MAX_READS_PER_TURN: u32 = 64;

/// How long the shim waits at its exit for a client to read what was not sent yet.
const EXIT_FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// All connections, each by a key that is never reused.
#[derive(Default)]
pub(super) struct Clients {
    connected: BTreeMap<u64, Client>,
    next_key: u64,
}

/// The first request of the daemon that started the shim.
pub(super) enum FirstRequest {
    /// Start a run.
    Begin {
        record: RunRecord,
        process: Option<Box<ProcessRecord>>,
        handover: Option<HandoverOffer>,
        /// The environment of the run, if it differs from the recorded one.
        environment: Option<Environment>,
    },
    /// Continue a run whose shim was killed.
    TakeOver {
        record: RunRecord,
        process: Option<Box<ProcessRecord>>,
        handles: Vec<(SpareHandle, OwnedFd)>,
        /// A stop of the run was requested before.
        stop_requested: bool,
        /// The connection that will report how the child exited.
        exit_reporter: Option<u64>,
    },
}

struct Client {
    stream: UnixStream,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Descriptors to send with the first byte of `outgoing`.
    outgoing_fds: Vec<OwnedFd>,
    /// Send one message when the log is longer than this.
    notify_after: Option<u64>,
}

impl Clients {
    /// Waits for the daemon's first request. `None` if the daemon closed the connection instead.
    ///
    /// The daemon connects before it starts the shim, so `accept` doesn't block.
    pub(super) fn receive_first(
        &mut self,
        listener: &UnixListener,
    ) -> io::Result<Option<FirstRequest>> {
        let (stream, _) = listener.accept()?;
        listener.set_nonblocking(true)?;
        let mut receiver = FdReceiver { socket: &stream, fds: Vec::new() };
        let first = loop {
            // Reads no byte beyond the frame: the frames after it are for the run loop.
            let Some(frame) = Frame::read(&mut receiver)? else { return Ok(None) };
            let ShimRequest { ask, .. } = serde_json::from_slice(&frame.payload)?;
            match ask {
                Ask::Begin { record, process, handover, environment } => {
                    break FirstRequest::Begin { record, process, handover, environment };
                }
                Ask::TakeOver { record, process, handles, stop_requested, reports_exit } => {
                    break FirstRequest::TakeOver {
                        record,
                        process,
                        handles: handles.into_iter().zip(receiver.fds).collect(),
                        stop_requested,
                        exit_reporter: reports_exit.then_some(self.next_key),
                    };
                }
                _ => {}
            }
        };
        stream.set_nonblocking(true)?;
        self.add(stream);
        Ok(Some(first))
    }

    /// Accepts all connections that are waiting. Returns their keys.
    pub(super) fn accept(&mut self, listener: &UnixListener) -> Vec<u64> {
        let mut keys = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            if stream.set_nonblocking(true).is_ok() {
                keys.push(self.add(stream));
            }
        }
        keys
    }

    fn add(&mut self, stream: UnixStream) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        self.connected.insert(key, Client::new(stream));
        key
    }

    /// The keys of all connections.
    pub(super) fn keys(&self) -> Vec<u64> {
        self.connected.keys().copied().collect()
    }

    /// Whether this connection still exists.
    pub(super) fn is_connected(&self, key: u64) -> bool {
        self.connected.contains_key(&key)
    }

    /// The process at the other end of a connection.
    pub(super) fn peer(&self, key: u64) -> Option<Identity> {
        peer(&self.connected.get(&key)?.stream)
    }

    /// All connections, each with its descriptor and whether it has unsent bytes.
    pub(super) fn fds(&self) -> impl Iterator<Item = (u64, BorrowedFd<'_>, bool)> {
        self.connected
            .iter()
            .map(|(key, client)| (*key, client.stream.as_fd(), !client.outgoing.is_empty()))
    }

    /// Receives the complete frames that a client has sent. A client that closes the connection or
    /// violates the protocol is removed.
    pub(super) fn receive(&mut self, key: u64) -> Vec<Frame> {
        let Some(client) = self.connected.get_mut(&key) else { return Vec::new() };
        let mut is_gone = client.read();
        let mut frames = Vec::new();
        loop {
            match Frame::decode(&mut client.incoming) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => {
                    is_gone = true;
                    break;
                }
            }
        }
        if is_gone {
            self.connected.remove(&key);
        }
        frames
    }

    /// Sends a message to one client.
    pub(super) fn send(&mut self, key: u64, message: &ShimMessage) {
        self.send_with_fds(key, message, Vec::new());
    }

    /// Sends a message and descriptors with it. The descriptors are left out if the client hasn't
    /// read all earlier messages.
    pub(super) fn send_with_fds(&mut self, key: u64, message: &ShimMessage, fds: Vec<OwnedFd>) {
        if let Ok(frame) = Frame::json(MESSAGE, message) {
            self.send_frame(key, &frame, fds);
        }
    }

    /// Sends output of the child's terminal, which is not in the log, to these viewers.
    pub(super) fn show(&mut self, viewers: &[u64], output: &[u8]) {
        let frame = Frame::new(TERMINAL, output);
        for key in viewers {
            self.send_frame(*key, &frame, Vec::new());
        }
    }

    fn send_frame(&mut self, key: u64, frame: &Frame, fds: Vec<OwnedFd>) {
        let Some(client) = self.connected.get_mut(&key) else { return };
        if client.outgoing.is_empty() {
            client.outgoing_fds = fds;
        }
        frame.encode(&mut client.outgoing);
        if !client.flush() || client.outgoing.len() > MAX_UNSENT_BYTES {
            self.connected.remove(&key);
        }
    }

    /// Sends a message to all clients.
    pub(super) fn broadcast(&mut self, message: &ShimMessage) {
        for key in self.keys() {
            self.send(key, message);
        }
    }

    /// Sends as many unsent bytes to a client as it has room for.
    pub(super) fn flush(&mut self, key: u64) {
        if self.connected.get_mut(&key).is_some_and(|client| !client.flush()) {
            self.connected.remove(&key);
        }
    }

    /// Makes [`Self::notify_growth`] notify this client once, when the log is longer than `length`.
    pub(super) fn notify_after(&mut self, key: u64, length: u64) {
        if let Some(client) = self.connected.get_mut(&key) {
            client.notify_after = Some(length);
        }
    }

    /// Notifies the clients that wait for the log to be longer than they know.
    pub(super) fn notify_growth(&mut self, end: u64) {
        for key in self.keys() {
            let Some(client) = self.connected.get_mut(&key) else { continue };
            if client.notify_after.is_some_and(|length| end > length) {
                client.notify_after = None;
                self.send(key, &ShimMessage::Log { end });
            }
        }
    }

    /// Sends what is unsent and closes all connections. Waits for clients that read slowly, up to
    /// [`EXIT_FLUSH_TIMEOUT`] each.
    pub(super) fn flush_and_close(self) {
        for mut client in self.connected.into_values() {
            let is_blocking = client.stream.set_nonblocking(false).is_ok();
            if is_blocking && client.stream.set_write_timeout(Some(EXIT_FLUSH_TIMEOUT)).is_ok() {
                // A daemon that doesn't get the message reads the run's record instead.
                client.stream.write_all(&client.outgoing).ok();
            }
        }
    }
}

/// The process that has connected, or listens, at the other end of a socket.
#[cfg(target_os = "linux")]
fn peer(stream: &UnixStream) -> Option<Identity> {
    let credentials = rustix::net::sockopt::socket_peercred(stream).ok()?;
    tree::identity(credentials.pid.as_raw_nonzero().get().unsigned_abs())
}

#[cfg(not(target_os = "linux"))]
fn peer(_: &UnixStream) -> Option<Identity> {
    None
}

impl Client {
    fn new(stream: UnixStream) -> Self {
        Self {
            stream,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            outgoing_fds: Vec::new(),
            notify_after: None,
        }
    }

    /// Reads a bounded part of what is available, so that other clients get their turn. Returns
    /// whether the client has disconnected.
    fn read(&mut self) -> bool {
        let mut buffer = [0; READ_BUFFER_BYTES];
        for _ in 0..MAX_READS_PER_TURN {
            match self.stream.read(&mut buffer) {
                Ok(0) => return true,
                Ok(count) => self.incoming.extend(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
        false
    }

    /// Writes what fits. Returns whether the client is still connected.
    fn flush(&mut self) -> bool {
        while !self.outgoing.is_empty() {
            let sent = if self.outgoing_fds.is_empty() {
                self.stream.write(&self.outgoing)
            } else {
                let fds: Vec<_> = self.outgoing_fds.iter().map(AsFd::as_fd).collect();
                fd_passing::send(&self.stream, &self.outgoing, &fds)
            };
            match sent {
                Ok(count) => {
                    self.outgoing.drain(..count);
                    self.outgoing_fds.clear();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        true
    }
}
