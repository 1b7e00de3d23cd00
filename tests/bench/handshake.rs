//! A handshake with a child: the child connects, the benchmark starts its work with one byte, and the
//! child reports when it is done. So the clock starts with the child's first write instead of its
//! start, and waiting for it costs no CPU time.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::Fallible;
use crate::clock::TIMEOUT;

/// How long a child may take to connect.
const CONNECT_TIMEOUT: Timespec = Timespec { tv_sec: 20, tv_nsec: 0 };

/// The benchmark's side: the socket to which children connect.
pub(crate) struct Handshake {
    listener: UnixListener,
    path: PathBuf,
}

/// A child that has connected.
pub(crate) struct ReadyChild(UnixStream);

impl Handshake {
    pub(crate) fn new(folder: &Path, name: &str) -> Fallible<Self> {
        let path = folder.join(name);
        Ok(Self { listener: UnixListener::bind(&path)?, path })
    }

    /// The path of the socket, for the child's arguments.
    pub(crate) fn path(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Waits for the next child.
    pub(crate) fn accept(&self) -> Fallible<ReadyChild> {
        if poll(&mut [PollFd::new(&self.listener, PollFlags::IN)], Some(&CONNECT_TIMEOUT))? == 0 {
            return Err("a child did not connect".into());
        }
        let (stream, _) = self.listener.accept()?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(ReadyChild(stream))
    }
}

impl Drop for Handshake {
    fn drop(&mut self) {
        // The folder is deleted later in any case.
        std::fs::remove_file(&self.path).ok();
    }
}

impl ReadyChild {
    /// Starts the child's work.
    pub(crate) fn start(&mut self) -> Fallible {
        Ok(self.0.write_all(b"!")?)
    }

    /// Waits until the child is done, and returns its report.
    pub(crate) fn report(mut self) -> Fallible<String> {
        let mut report = String::new();
        self.0.read_to_string(&mut report)?;
        Ok(report)
    }
}

/// The child's side.
pub(crate) struct ChildHandshake(UnixStream);

impl ChildHandshake {
    /// Tells the benchmark that the child is ready.
    pub(crate) fn connect(path: &str) -> io::Result<Self> {
        Ok(Self(UnixStream::connect(path)?))
    }

    /// Waits until the benchmark starts the work.
    pub(crate) fn wait_for_start(&mut self) -> io::Result<()> {
        self.0.read_exact(&mut [0])
    }

    /// Tells the benchmark that the work is done.
    pub(crate) fn report(mut self, report: &str) -> io::Result<()> {
        self.0.write_all(report.as_bytes())
    }
}
