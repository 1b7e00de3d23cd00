//! Who is connected to the shim: requests in, replies and news out, each connection on its own.
//! One that does not read its answers is dropped; it can connect again and asks the log.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::{UnixListener, UnixStream};

use persistproc_api::frame::{Frame, MESSAGE};
use persistproc_api::record::RunRecord;
use persistproc_api::shim::{Ask, ShimMessage, ShimRequest, SpareHandle};

use crate::platform::fd_passing::{self, FdReceiver};

/// The most that waits to be read by one connection.
const MOST: usize = 256 << 10;

/// All connections, by a number that is never used twice.
#[derive(Default)]
pub(super) struct Clients {
    connected: BTreeMap<u64, Client>,
    next: u64,
}

/// What the daemon that started us wants.
pub(super) enum First {
    /// A run from its beginning.
    Begin { record: RunRecord },
    /// The rest of one whose shim was killed.
    TakeOver {
        record: RunRecord,
        ends: Vec<(SpareHandle, OwnedFd)>,
        /// Someone asked for its end already.
        asked: bool,
        /// The connection that will tell how the child ended.
        teller: Option<u64>,
    },
}

struct Client {
    stream: UnixStream,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Files that go with the first byte of what is outgoing.
    handing: Vec<OwnedFd>,
    /// Tell once when the log is longer than this.
    watching: Option<u64>,
}

impl Clients {
    /// Waits for the daemon, who connected before we were there, to say which run this is;
    /// `None`: it went away instead.
    pub(super) fn begin(&mut self, listener: &UnixListener) -> io::Result<Option<First>> {
        let (stream, _) = listener.accept()?;
        listener.set_nonblocking(true)?;
        let mut receiving = FdReceiver { socket: &stream, fds: Vec::new() };
        // Frame by frame and no byte further: what is asked next is for the loop to hear.
        let first = loop {
            let Some(frame) = Frame::read(&mut receiving)? else { return Ok(None) };
            let ShimRequest { ask, .. } = serde_json::from_slice(&frame.payload)?;
            if let Ask::Begin { record } = ask {
                break First::Begin { record };
            }
            if let Ask::TakeOver { record, ends, asked, tells_exit } = ask {
                let ends = ends.into_iter().zip(receiving.fds).collect();
                let teller = tells_exit.then_some(self.next);
                break First::TakeOver { record, ends, asked, teller };
            }
        };
        stream.set_nonblocking(true)?;
        self.connected.insert(self.next, Client::new(stream));
        self.next += 1;
        Ok(Some(first))
    }

    /// Takes everyone who knocks; answers who they are, to be greeted.
    pub(super) fn accept(&mut self, listener: &UnixListener) -> Vec<u64> {
        let mut new = Vec::new();
        while let Ok((stream, _)) = listener.accept() {
            if stream.set_nonblocking(true).is_ok() {
                self.connected.insert(self.next, Client::new(stream));
                new.push(self.next);
                self.next += 1;
            }
        }
        new
    }

    /// Everyone.
    pub(super) fn keys(&self) -> Vec<u64> {
        self.connected.keys().copied().collect()
    }

    /// Whether this one is still there.
    pub(super) fn is_connected(&self, key: u64) -> bool {
        self.connected.contains_key(&key)
    }

    /// Each connection, and whether it has something waiting to be read.
    pub(super) fn fds(&self) -> impl Iterator<Item = (u64, BorrowedFd<'_>, bool)> {
        self.connected
            .iter()
            .map(|(key, client)| (*key, client.stream.as_fd(), !client.outgoing.is_empty()))
    }

    /// Reads what a connection sent; the frames that are whole. One that speaks nonsense is dropped.
    pub(super) fn receive(&mut self, key: u64) -> Vec<Frame> {
        let Some(client) = self.connected.get_mut(&key) else { return Vec::new() };
        let (mut frames, mut ended) = (Vec::new(), client.read());
        loop {
            match Frame::decode(&mut client.incoming) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => {
                    ended = true;
                    break;
                }
            }
        }
        if ended {
            self.connected.remove(&key);
        }
        frames
    }

    /// Sends a message to one connection.
    pub(super) fn tell(&mut self, key: u64, message: &ShimMessage) {
        self.hand(key, message, Vec::new());
    }

    /// Sends a message, and files with it, to a connection that has read all that came before.
    pub(super) fn hand(&mut self, key: u64, message: &ShimMessage, files: Vec<OwnedFd>) {
        let Some(client) = self.connected.get_mut(&key) else { return };
        if client.outgoing.is_empty() {
            client.handing = files;
        }
        if let Ok(frame) = Frame::json(MESSAGE, message) {
            frame.encode(&mut client.outgoing);
        }
        if !client.flush() || client.outgoing.len() > MOST {
            self.connected.remove(&key);
        }
    }

    /// Sends a message to everyone.
    pub(super) fn tell_all(&mut self, message: &ShimMessage) {
        for key in self.keys() {
            self.tell(key, message);
        }
    }

    /// Sends what a connection has room for now.
    pub(super) fn flush(&mut self, key: u64) {
        if self.connected.get_mut(&key).is_some_and(|client| !client.flush()) {
            self.connected.remove(&key);
        }
    }

    /// One-time news for this connection when the log is longer than `after`.
    pub(super) fn watch(&mut self, key: u64, after: u64) {
        if let Some(client) = self.connected.get_mut(&key) {
            client.watching = Some(after);
        }
    }

    /// The log ends here now: whoever waits for that is told.
    pub(super) fn log_grew(&mut self, end: u64) {
        let news: Vec<u64> = self
            .connected
            .iter_mut()
            .filter(|(_, client)| client.watching.is_some_and(|after| end > after))
            .map(|(key, client)| {
                client.watching = None;
                *key
            })
            .collect();
        for key in news {
            self.tell(key, &ShimMessage::Log { end });
        }
    }

    /// Before leaving: what is still unsent is sent, as far as the other side reads at all.
    pub(super) fn farewell(self) {
        for mut client in self.connected.into_values() {
            let patience = Some(std::time::Duration::from_secs(1));
            let blocking = client.stream.set_nonblocking(false).is_ok();
            if blocking && client.stream.set_write_timeout(patience).is_ok() {
                // Whoever is gone reads the run's record instead.
                client.stream.write_all(&client.outgoing).ok();
            }
        }
    }
}

impl Client {
    fn new(stream: UnixStream) -> Self {
        let (incoming, outgoing, handing) = (Vec::new(), Vec::new(), Vec::new());
        Self { stream, incoming, outgoing, handing, watching: None }
    }

    /// Reads what is there, a bounded part at a time; answers whether the other side is gone.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        for _ in 0..64 {
            match self.stream.read(&mut buffer) {
                Ok(0) => return true,
                Ok(count) => self.incoming.extend(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() != ErrorKind::WouldBlock,
            }
        }
        false
    }

    /// Writes what fits; answers whether the other side is still there.
    fn flush(&mut self) -> bool {
        while !self.outgoing.is_empty() {
            let sent = if self.handing.is_empty() {
                self.stream.write(&self.outgoing)
            } else {
                let files: Vec<_> = self.handing.iter().map(AsFd::as_fd).collect();
                fd_passing::send(&self.stream, &self.outgoing, &files)
            };
            match sent {
                Ok(count) => {
                    self.outgoing.drain(..count);
                    self.handing.clear();
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
        true
    }
}
