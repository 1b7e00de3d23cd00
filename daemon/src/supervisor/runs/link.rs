//! The daemon's end of one shim: requests out, messages in, over its Unix socket; and spare
//! handles of our ends of the child's streams, which outlive the shim.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;

use persistproc_api::frame::{Frame, MESSAGE, STDIN};
use persistproc_api::shim::{Ask, ShimMessage, ShimRequest, SpareHandle};
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::UnixStream;

use crate::platform::fd_passing;

/// Our ends of a child's streams, as many as are open.
pub type SpareHandles = Vec<(SpareHandle, OwnedFd)>;

/// An open connection to a shim.
pub struct ShimLink {
    stream: UnixStream,
    incoming: Vec<u8>,
    /// Files that have come; they belong to the next message that speaks of some.
    files: Vec<OwnedFd>,
    spare: SpareHandles,
    number: u64,
}

impl ShimLink {
    /// Around a connected socket.
    pub fn new(stream: StdUnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let (incoming, files, spare) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { stream: UnixStream::from_std(stream)?, incoming, files, spare, number: 0 })
    }

    /// Asks for something; answers the number its reply will have.
    pub async fn ask(&mut self, ask: Ask) -> io::Result<u64> {
        if ask == Ask::CloseStdin {
            // As long as anybody holds it, the child does not see the end.
            self.spare.retain(|(end, _)| *end != SpareHandle::Stdin);
        }
        self.number += 1;
        let request = ShimRequest { number: self.number, ask };
        self.send(&Frame::json(MESSAGE, &request)?, &[]).await
    }

    /// The same, with files that go along; they stay here too.
    pub async fn hand(&mut self, ask: Ask, files: SpareHandles) -> io::Result<u64> {
        self.number += 1;
        let request = ShimRequest { number: self.number, ask };
        let sent = self.send(&Frame::json(MESSAGE, &request)?, &files).await;
        self.spare = files;
        sent
    }

    /// Sends bytes for the child's standard input; answers the number of the reply.
    pub async fn stdin(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.number += 1;
        let mut payload = self.number.to_be_bytes().to_vec();
        payload.extend(bytes);
        self.send(&Frame::new(STDIN, payload), &[]).await
    }

    async fn send(&mut self, frame: &Frame, files: &[(SpareHandle, OwnedFd)]) -> io::Result<u64> {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        let mut sent = 0;
        if !files.is_empty() {
            let files: Vec<_> = files.iter().map(|(_, file)| file.as_fd()).collect();
            let hand = || fd_passing::send(&self.stream, &bytes, &files);
            sent = self.stream.async_io(Interest::WRITABLE, hand).await?;
        }
        self.stream.write_all(&bytes[sent..]).await?;
        Ok(self.number)
    }

    /// The next message; `None` when the shim is gone. Nothing is lost when this is cancelled.
    pub async fn next(&mut self) -> Option<ShimMessage> {
        loop {
            match Frame::decode(&mut self.incoming) {
                Ok(Some(frame)) if frame.kind == MESSAGE => {
                    // What a newer shim tells beyond our understanding is passed over.
                    if let Ok(message) = serde_json::from_slice(&frame.payload) {
                        self.keep(&message);
                        return Some(message);
                    }
                }
                Ok(Some(_)) => {}
                Ok(None) => match self.receive().await {
                    Ok(0) | Err(_) => return None,
                    Ok(_) => {}
                },
                Err(_) => return None,
            }
        }
    }

    /// What another shim needs to go on; nothing from a shim of an older build.
    pub fn into_spare(self) -> SpareHandles {
        self.spare
    }

    fn keep(&mut self, message: &ShimMessage) {
        if let ShimMessage::State { ends, .. } = message {
            let files = std::mem::take(&mut self.files);
            let whole = files.len() == ends.len();
            self.spare = if whole { ends.iter().copied().zip(files).collect() } else { Vec::new() };
        }
    }

    async fn receive(&mut self) -> io::Result<usize> {
        loop {
            self.stream.readable().await?;
            match self.stream.try_io(Interest::READABLE, || {
                take(&self.stream, &mut self.incoming, &mut self.files)
            }) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
        }
    }
}

/// Not a part of what waits, so that a daemon at rest keeps no room for it.
fn take(
    stream: &UnixStream,
    incoming: &mut Vec<u8>,
    files: &mut Vec<OwnedFd>,
) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let count = fd_passing::receive(stream, &mut buffer, files)?;
    incoming.extend(&buffer[..count]);
    Ok(count)
}
