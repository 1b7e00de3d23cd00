//! The daemon's end of one shim: requests out, messages in, over its Unix socket.

use std::io;
use std::os::unix::net::UnixStream as StdUnixStream;

use persistproc_api::frame::{Frame, MESSAGE, STDIN};
use persistproc_api::shim::{Ask, Message, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// An open connection to a shim.
pub struct Link {
    stream: UnixStream,
    incoming: Vec<u8>,
    number: u64,
}

impl Link {
    /// Around a connected socket.
    pub fn new(stream: StdUnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self { stream: UnixStream::from_std(stream)?, incoming: Vec::new(), number: 0 })
    }

    /// Asks for something; answers the number its reply will have.
    pub async fn ask(&mut self, ask: Ask) -> io::Result<u64> {
        self.number += 1;
        let request = Request { number: self.number, ask };
        self.send(&Frame::json(MESSAGE, &request)?).await
    }

    /// Sends bytes for the child's standard input; answers the number of the reply.
    pub async fn stdin(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.number += 1;
        let mut payload = self.number.to_be_bytes().to_vec();
        payload.extend(bytes);
        self.send(&Frame::new(STDIN, payload)).await
    }

    async fn send(&mut self, frame: &Frame) -> io::Result<u64> {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        self.stream.write_all(&bytes).await?;
        Ok(self.number)
    }

    /// The next message; `None` when the shim is gone. Nothing is lost when this is cancelled.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            match Frame::decode(&mut self.incoming) {
                Ok(Some(frame)) if frame.kind == MESSAGE => {
                    // What a newer shim tells beyond our understanding is passed over.
                    if let Ok(message) = serde_json::from_slice(&frame.payload) {
                        return Some(message);
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => match self.stream.read_buf(&mut self.incoming).await {
                    Ok(0) | Err(_) => return None,
                    Ok(_) => {}
                },
                Err(_) => return None,
            }
        }
    }
}
