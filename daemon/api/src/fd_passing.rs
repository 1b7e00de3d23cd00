//! Passing descriptors over a Unix socket together with bytes (`SCM_RIGHTS`): [`send`], [`send_all`],
//! [`receive`] and [`FdReceiver`].
//!
//! The receiver gets descriptors of its own for the same open files: both sides can close theirs
//! without affecting the other. The kernel delivers them with the first byte of the message they
//! were sent with.

use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// The most descriptors in one message: the limit of the kernel.
const MAX_FDS: usize = 253;

/// Sends as many of the bytes as fit, and the descriptors with the first of them.
pub fn send(socket: impl AsFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(io::Error::other(format!("more than {MAX_FDS} descriptors in one message")));
    }
    Ok(sendmsg(socket, &[IoSlice::new(bytes)], &mut control, SEND_FLAGS)?)
}

/// Sends all bytes over a blocking socket, with any number of descriptors: `MAX_FDS` with each of
/// the first bytes.
pub fn send_all(socket: impl AsFd, bytes: &[u8], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut batches = fds.chunks(MAX_FDS).peekable();
    let mut rest = bytes;
    while !rest.is_empty() {
        let batch = batches.next().unwrap_or_default();
        let piece = if batches.peek().is_some() { &rest[..1] } else { rest };
        let sent = loop {
            match send(&socket, piece, batch) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => break outcome?,
            }
        };
        rest = &rest[sent..];
    }
    if batches.next().is_some() {
        return Err(io::Error::other("too many descriptors for a message of this length"));
    }
    Ok(())
}

/// Receives bytes like `read`, and appends the descriptors that come with them to `fds`.
pub fn receive(socket: impl AsFd, buffer: &mut [u8], fds: &mut Vec<OwnedFd>) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut control, RECEIVE_FLAGS)?;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(more) = message {
            fds.extend(more.inspect(close_on_exec));
        }
    }
    Ok(received.bytes)
}

/// Reads from a socket and collects the descriptors that arrive.
pub struct FdReceiver<S> {
    pub socket: S,
    pub fds: Vec<OwnedFd>,
}

impl<S: AsFd> Read for FdReceiver<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        receive(&self.socket, buffer, &mut self.fds)
    }
}

/// A receiver that has closed its socket is an error (`EPIPE`), not a signal.
#[cfg(target_os = "linux")]
const SEND_FLAGS: SendFlags = SendFlags::NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const SEND_FLAGS: SendFlags = SendFlags::empty();

/// No child may inherit the descriptors that arrive.
#[cfg(target_os = "linux")]
const RECEIVE_FLAGS: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(not(target_os = "linux"))]
const RECEIVE_FLAGS: RecvFlags = RecvFlags::empty();

/// Sets the flag on platforms that can't set it on receipt.
fn close_on_exec(fd: &OwnedFd) {
    if !cfg!(target_os = "linux") {
        // Cannot fail: the descriptor is open and ours.
        rustix::io::fcntl_setfd(fd, rustix::io::FdFlags::CLOEXEC).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_descriptor_arrives_with_the_first_byte_and_refers_to_the_same_file() {
        let (sender, receiver) = UnixStream::pair().unwrap();
        let (reading, mut writing) = std::io::pipe().unwrap();
        assert_eq!(send(&sender, b"here", &[reading.as_fd()]).unwrap(), 4);
        drop(reading);
        writing.write_all(b"through it").unwrap();
        drop(writing);

        let mut receiver = FdReceiver { socket: receiver, fds: Vec::new() };
        let mut first = [0; 1];
        receiver.read_exact(&mut first).unwrap();
        let fd = receiver.fds.pop().unwrap();
        let mut text = String::new();
        std::fs::File::from(fd).read_to_string(&mut text).unwrap();
        assert_eq!((&first, text.as_str()), (b"h", "through it"));
    }

    #[test]
    fn more_descriptors_than_one_message_takes_arrive_in_order() {
        let (sender, receiver) = UnixStream::pair().unwrap();
        let file = tempfile::tempfile().unwrap();
        let (pipe, _writing) = std::io::pipe().unwrap();
        let mut fds = vec![file.as_fd(); 600];
        fds.push(pipe.as_fd());
        send_all(&sender, b"message", &fds).unwrap();
        let mut receiver = FdReceiver { socket: receiver, fds: Vec::new() };
        let mut message = [0; 7];
        receiver.read_exact(&mut message).unwrap();
        assert_eq!((&message, receiver.fds.len()), (b"message", 601));
        let kind = |fd: &OwnedFd| rustix::fs::fstat(fd).map(|stat| stat.st_ino).unwrap();
        let pipe = rustix::fs::fstat(&pipe).unwrap().st_ino;
        assert_eq!(receiver.fds.iter().position(|fd| kind(fd) == pipe), Some(600));
        assert!(send_all(&sender, b"x", &fds).is_err());
    }
}
