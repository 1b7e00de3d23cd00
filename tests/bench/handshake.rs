//! A child comes to the gate and waits; one byte lets it go; its report says that it is done.
//! So the clock runs from its first write, not from its start, and waiting for it costs no CPU.

use std::io::{self, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::Fallible;
use crate::clock::PATIENCE;

/// Our side.
pub(crate) struct Gate {
    listener: UnixListener,
    path: PathBuf,
}

/// A child that waits.
pub(crate) struct Held(UnixStream);

impl Gate {
    pub(crate) fn new(folder: &Path, name: &str) -> Fallible<Self> {
        let path = folder.join(name);
        Ok(Self { listener: UnixListener::bind(&path)?, path })
    }

    /// To be given to the child.
    pub(crate) fn path(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// Returns when a child has come.
    pub(crate) fn arrival(&self) -> Fallible<Held> {
        let limit = Timespec { tv_sec: 20, tv_nsec: 0 };
        if poll(&mut [PollFd::new(&self.listener, PollFlags::IN)], Some(&limit))? == 0 {
            return Err("a child never came to its gate".into());
        }
        let (stream, _) = self.listener.accept()?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Held(stream))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).ok();
    }
}

impl Held {
    pub(crate) fn go(&mut self) -> Fallible {
        Ok(self.0.write_all(b"!")?)
    }

    /// Returns when the child is done; what it reports.
    pub(crate) fn report(mut self) -> Fallible<String> {
        let mut report = String::new();
        self.0.read_to_string(&mut report)?;
        Ok(report)
    }
}

/// The child's side.
pub(crate) struct Visit(UnixStream);

impl Visit {
    /// Comes to the gate.
    pub(crate) fn at(path: &str) -> io::Result<Self> {
        Ok(Self(UnixStream::connect(path)?))
    }

    /// Waits to be let go.
    pub(crate) fn wait(&mut self) -> io::Result<()> {
        self.0.read_exact(&mut [0])
    }

    /// Done.
    pub(crate) fn leave(mut self, report: &str) -> io::Result<()> {
        self.0.write_all(report.as_bytes())
    }
}
