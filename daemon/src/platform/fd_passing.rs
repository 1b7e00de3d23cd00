//! Open files on their way from one process to another, beside the bytes of a Unix socket.

use std::io::{self, IoSlice, IoSliceMut, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

/// The most that go with one message.
pub const MOST: usize = 5;

/// Sends what fits of `bytes`, and with its first byte these files.
pub fn send(socket: impl AsFd, bytes: &[u8], files: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(files)) {
        return Err(io::Error::other("more files than go with one message"));
    }
    Ok(sendmsg(socket, &[IoSlice::new(bytes)], &mut control, QUIETLY)?)
}

/// Receives what is there, and adds the files that come with it.
pub fn receive(
    socket: impl AsFd,
    buffer: &mut [u8],
    files: &mut Vec<OwnedFd>,
) -> io::Result<usize> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let received = recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut control, OURS_ALONE)?;
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(more) = message {
            files.extend(more.inspect(keep_from_children));
        }
    }
    Ok(received.bytes)
}

/// A socket read byte by byte as it is wanted; the files that come stay here.
pub struct FdReceiver<S> {
    pub socket: S,
    pub files: Vec<OwnedFd>,
}

impl<S: AsFd> Read for FdReceiver<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        receive(&self.socket, buffer, &mut self.files)
    }
}

#[cfg(target_os = "linux")]
const QUIETLY: SendFlags = SendFlags::NOSIGNAL;
#[cfg(not(target_os = "linux"))]
const QUIETLY: SendFlags = SendFlags::empty();

#[cfg(target_os = "linux")]
const OURS_ALONE: RecvFlags = RecvFlags::CMSG_CLOEXEC;
#[cfg(not(target_os = "linux"))]
const OURS_ALONE: RecvFlags = RecvFlags::empty();

/// Where the kernel does not do it on the way.
fn keep_from_children(file: &OwnedFd) {
    if !cfg!(target_os = "linux") {
        // It is ours and open, so this cannot fail.
        rustix::io::fcntl_setfd(file, rustix::io::FdFlags::CLOEXEC).ok();
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_file_arrives_with_the_first_byte_and_is_the_same_one() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let (reading, mut writing) = std::io::pipe().unwrap();
        assert_eq!(send(&ours, b"here", &[reading.as_fd()]).unwrap(), 4);
        drop(reading);
        writing.write_all(b"through it").unwrap();
        drop(writing);

        let mut receiving = FdReceiver { socket: theirs, files: Vec::new() };
        let mut first = [0; 1];
        receiving.read_exact(&mut first).unwrap();
        let file = receiving.files.pop().unwrap();
        let mut text = String::new();
        std::fs::File::from(file).read_to_string(&mut text).unwrap();
        assert_eq!((&first, text.as_str()), (b"h", "through it"));
    }
}
