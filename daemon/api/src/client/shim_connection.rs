//! [`ShimConnection`]: a direct, blocking connection of a client to the shim of a run. The output of
//! a run comes from the daemon; this connection carries what only the shim knows or does at once:
//! keys, the size and the state of the terminal, and how far the client has read.

use std::io::{self, ErrorKind, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::frame::{self, Frame};
use crate::peer::is_own_user;
use crate::shim::{Ask, ShimMessage, ShimRequest};

/// The sending side of a connection to a shim. Cheap to clone; clones share the connection.
#[derive(Clone, Debug)]
pub struct ShimConnection {
    stream: Arc<Mutex<UnixStream>>,
    last_number: Arc<AtomicU64>,
}

/// The receiving side.
#[derive(Debug)]
pub struct ShimMessages {
    stream: UnixStream,
}

/// What a shim sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShimItem {
    Message(Box<ShimMessage>),
    /// Output of the child's terminal that belongs to neither of its output streams.
    TerminalOutput(Vec<u8>),
}

impl ShimConnection {
    /// Connects to the shim that listens on this socket. A socket of another user is an error.
    pub fn connect(socket: &Path) -> io::Result<(Self, ShimMessages)> {
        let stream = UnixStream::connect(socket)?;
        if !is_own_user(&stream, socket) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Self::from_stream(stream)
    }

    /// Uses a connection that exists already.
    pub fn from_stream(stream: UnixStream) -> io::Result<(Self, ShimMessages)> {
        let receiving = stream.try_clone()?;
        let connection = Self { stream: Arc::new(Mutex::new(stream)), last_number: Arc::default() };
        Ok((connection, ShimMessages { stream: receiving }))
    }

    /// Sends a request. Returns its number, which the reply repeats.
    pub fn ask(&self, ask: Ask) -> io::Result<u64> {
        let number = self.next_number();
        self.send(&Frame::json(frame::MESSAGE, &ShimRequest { number, ask })?)?;
        Ok(number)
    }

    /// Sends bytes for the child's standard input. Returns the number that the reply repeats.
    pub fn send_input(&self, bytes: &[u8]) -> io::Result<u64> {
        let number = self.next_number();
        let mut payload = number.to_be_bytes().to_vec();
        payload.extend(bytes);
        self.send(&Frame::new(frame::STDIN, payload))?;
        Ok(number)
    }

    fn next_number(&self) -> u64 {
        self.last_number.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn send(&self, frame: &Frame) -> io::Result<()> {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream.write_all(&bytes)
    }
}

impl Iterator for ShimMessages {
    type Item = ShimItem;

    /// The next message; `None` when the connection has ended. A message of a newer shim that this
    /// build does not know is skipped. Descriptors that come with a message are meant for daemons;
    /// the kernel closes them, as this side reads without asking for them.
    fn next(&mut self) -> Option<ShimItem> {
        loop {
            let frame = Frame::read(&self.stream).ok().flatten()?;
            match frame.kind {
                frame::TERMINAL => return Some(ShimItem::TerminalOutput(frame.payload)),
                frame::MESSAGE => {
                    if let Ok(message) = serde_json::from_slice(&frame.payload) {
                        return Some(ShimItem::Message(Box::new(message)));
                    }
                }
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shim::TerminalFacts;

    #[test]
    fn requests_are_numbered_and_unknown_messages_are_skipped() {
        let (client, mut shim) = UnixStream::pair().unwrap();
        let (connection, mut messages) = ShimConnection::from_stream(client).unwrap();
        assert_eq!(connection.ask(Ask::Terminal).unwrap(), 1);
        assert_eq!(connection.send_input(b"x").unwrap(), 2);
        let request = Frame::read(&shim).unwrap().unwrap();
        let request: ShimRequest = serde_json::from_slice(&request.payload).unwrap();
        assert_eq!(request, ShimRequest { number: 1, ask: Ask::Terminal });
        assert_eq!(Frame::read(&shim).unwrap().unwrap().payload, [0, 0, 0, 0, 0, 0, 0, 2, b'x']);

        let facts = TerminalFacts { canonical: true, ..TerminalFacts::default() };
        let known = ShimMessage::Terminal { facts, screen: None };
        Frame::new(frame::MESSAGE, r#"{"tell": "newer"}"#).write(&mut shim).unwrap();
        Frame::json(frame::MESSAGE, &known).unwrap().write(&mut shim).unwrap();
        Frame::new(frame::TERMINAL, "Password:").write(&mut shim).unwrap();
        drop(shim);
        assert_eq!(messages.next(), Some(ShimItem::Message(Box::new(known))));
        assert_eq!(messages.next(), Some(ShimItem::TerminalOutput(b"Password:".to_vec())));
        assert_eq!(messages.next(), None);
    }
}
