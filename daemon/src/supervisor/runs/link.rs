//! [`ShimLink`]: the daemon's end of a shim's Unix socket. Requests go out, messages come in, and
//! with them spare descriptors of the child's streams, which outlive the shim.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream as StdUnixStream;
use std::time::Duration;

use persistproc_api::fd_passing;
use persistproc_api::frame::{Frame, MESSAGE, STDIN};
use persistproc_api::record::RunState;
use persistproc_api::shim::{Ask, ShimMessage, ShimRequest, SpareHandle};
use persistproc_api::streams::StandardStream;
use tokio::io::{AsyncWriteExt, Interest};
use tokio::net::UnixStream;
use tokio::time::timeout;

/// How long the shim may take to read a request. It reads all the time unless it is stopped.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);

/// Descriptors of the child's streams, as many as are open.
pub type SpareHandles = Vec<(SpareHandle, OwnedFd)>;

/// An open connection to a shim.
pub struct ShimLink {
    stream: UnixStream,
    /// Bytes that were received and are not decoded yet.
    incoming: Vec<u8>,
    /// Descriptors that were received; they belong to the next message that announces some.
    files: Vec<OwnedFd>,
    spare: SpareHandles,
    /// The number of the last request.
    number: u64,
    /// A part of a request could not be sent.
    is_broken: bool,
    /// The descriptors of the greeting were dropped, and there are no others.
    lacks_handles: bool,
}

impl ShimLink {
    /// Wraps a connected socket.
    pub fn new(stream: StdUnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream: UnixStream::from_std(stream)?,
            incoming: Vec::new(),
            files: Vec::new(),
            spare: Vec::new(),
            number: 0,
            is_broken: false,
            lacks_handles: false,
        })
    }

    /// Sends a request. Returns its number, which the reply repeats.
    pub async fn ask(&mut self, ask: Ask) -> io::Result<u64> {
        if let Some(closed) = closed_by(&ask) {
            // The other end is closed for the child only when every descriptor of ours is.
            self.spare.retain(|(handle, _)| *handle != closed);
        }
        self.number += 1;
        let request = ShimRequest { number: self.number, ask };
        self.send(&Frame::json(MESSAGE, &request)?, &[]).await
    }

    /// Sends a request together with descriptors, of which this link keeps duplicates.
    pub async fn ask_with_handles(&mut self, ask: Ask, handles: SpareHandles) -> io::Result<u64> {
        self.number += 1;
        let request = ShimRequest { number: self.number, ask };
        let sent = match Frame::json(MESSAGE, &request) {
            Ok(frame) => self.send(&frame, &handles).await,
            Err(error) => Err(error),
        };
        self.spare = handles;
        sent
    }

    /// Sends bytes for the child's stdin. Returns the number that the reply repeats.
    pub async fn stdin(&mut self, bytes: &[u8]) -> io::Result<u64> {
        self.number += 1;
        let mut payload = self.number.to_be_bytes().to_vec();
        payload.extend(bytes);
        self.send(&Frame::new(STDIN, payload), &[]).await
    }

    /// Sends a frame. A shim that a signal has stopped reads nothing; then the connection is given up.
    async fn send(&mut self, frame: &Frame, handles: &[(SpareHandle, OwnedFd)]) -> io::Result<u64> {
        match timeout(SEND_TIMEOUT, self.send_all(frame, handles)).await {
            Ok(sent) => sent,
            Err(_) => {
                self.is_broken = true;
                Err(io::ErrorKind::TimedOut.into())
            }
        }
    }

    async fn send_all(
        &mut self,
        frame: &Frame,
        handles: &[(SpareHandle, OwnedFd)],
    ) -> io::Result<u64> {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        let mut sent = 0;
        if !handles.is_empty() {
            let files: Vec<_> = handles.iter().map(|(_, file)| file.as_fd()).collect();
            let send = || fd_passing::send(&self.stream, &bytes, &files);
            sent = self.stream.async_io(Interest::WRITABLE, send).await?;
        }
        self.stream.write_all(&bytes[sent..]).await?;
        Ok(self.number)
    }

    /// Receives the next message; `None` when the shim has closed the connection or sends no
    /// valid frames. Cancellation-safe: received bytes stay buffered.
    pub async fn next(&mut self) -> Option<ShimMessage> {
        while !self.is_broken {
            match Frame::decode(&mut self.incoming) {
                Ok(Some(frame)) if frame.kind == MESSAGE => {
                    // A message that this build does not know comes from a newer shim.
                    if let Ok(message) = serde_json::from_slice(&frame.payload) {
                        self.keep_handles(&message);
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
        None
    }

    /// Whether the shim sent descriptors for which this process had no room.
    pub fn lacks_handles(&self) -> bool {
        self.lacks_handles
    }

    /// The descriptors that another shim needs to take over the run. Shims of older builds send
    /// none.
    pub fn into_spare_handles(self) -> SpareHandles {
        self.spare
    }

    fn keep_handles(&mut self, message: &ShimMessage) {
        if let ShimMessage::State { record, handles } = message {
            // Only the greeting has handles. The news that a run goes on without its child has none.
            if handles.is_empty() && matches!(record.state, RunState::Running { .. }) {
                return;
            }
            let files = std::mem::take(&mut self.files);
            // The kernel drops descriptors for which this process has no room. Those that were sent with a
            // take-over are the same.
            if files.len() == handles.len() {
                self.spare = handles.iter().copied().zip(files).collect();
            } else {
                self.lacks_handles = self.spare.is_empty();
            }
        }
    }

    async fn receive(&mut self) -> io::Result<usize> {
        loop {
            self.stream.readable().await?;
            match self.stream.try_io(Interest::READABLE, || {
                receive_available(&self.stream, &mut self.incoming, &mut self.files)
            }) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                outcome => return outcome,
            }
        }
    }
}

/// The stream that a request closes.
fn closed_by(ask: &Ask) -> Option<SpareHandle> {
    match ask {
        Ask::CloseStdin => Some(SpareHandle::Stdin),
        Ask::CloseOutput { stream: StandardStream::Stdout } => Some(SpareHandle::Stdout),
        Ask::CloseOutput { stream: StandardStream::Stderr } => Some(SpareHandle::Stderr),
        _ => None,
    }
}

/// Receives the bytes and descriptors that are available. A separate function, so that the buffer
/// is on the stack and not in the future of every idle connection.
fn receive_available(
    stream: &UnixStream,
    incoming: &mut Vec<u8>,
    files: &mut Vec<OwnedFd>,
) -> io::Result<usize> {
    let mut buffer = [0; 4096];
    let count = fd_passing::receive(stream, &mut buffer, files)?;
    incoming.extend(&buffer[..count]);
    Ok(count)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Write;

    use persistproc_api::launch::Launch;
    use persistproc_api::record::{Identity, RunRecord};

    use super::*;

    /// A greeting that announces a descriptor which did not arrive.
    fn greeting() -> Vec<u8> {
        let child = Identity { pid: 1, started: 1 };
        let start_time = persistproc_api::Time::now();
        let launch = Launch::new(vec!["true".to_owned()], "/");
        let record = RunRecord::new(1, &launch, RunState::Running { child, start_time });
        let handles = vec![SpareHandle::Stdout];
        let state = ShimMessage::State { record: Box::new(record), handles };
        let mut bytes = Vec::new();
        Frame::json(MESSAGE, &state).unwrap().encode(&mut bytes);
        bytes
    }

    #[tokio::test]
    async fn descriptors_that_did_not_arrive_replace_none() {
        for has_spare in [false, true] {
            let (ours, mut shim) = StdUnixStream::pair().unwrap();
            let mut link = ShimLink::new(ours).unwrap();
            if has_spare {
                let file = OwnedFd::from(File::open("/dev/null").unwrap());
                link.spare = vec![(SpareHandle::Stdout, file)];
            }
            shim.write_all(&greeting()).unwrap();
            assert!(matches!(link.next().await, Some(ShimMessage::State { .. })));
            assert_eq!(link.lacks_handles(), !has_spare);
            assert_eq!(link.into_spare_handles().len(), usize::from(has_spare));
        }
    }
}
