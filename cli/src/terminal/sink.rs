//! Bytes to a file descriptor, each write at once and whole: no buffer, and no change unless tame
//! ones are asked for. It does not know what the bytes mean.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};

use super::tame::Tame;

/// Standard output or standard error, without the library's line buffer.
#[derive(Debug)]
pub(crate) struct Sink {
    file: File,
    tame: Option<Tame>,
}

impl Sink {
    pub(crate) fn stdout() -> io::Result<Self> {
        Self::to(io::stdout())
    }

    pub(crate) fn stderr() -> io::Result<Self> {
        Self::to(io::stderr())
    }

    /// Standard output for those who only look on: of what commands a terminal, colours get
    /// through to one, and nothing to anything else.
    pub(crate) fn tame_stdout() -> io::Result<Self> {
        let tame = Tame::new(io::stdout().is_terminal());
        Ok(Self { tame: Some(tame), ..Self::stdout()? })
    }

    fn to(stream: impl AsFd) -> io::Result<Self> {
        Ok(Self { file: stream.as_fd().try_clone_to_owned()?.into(), tame: None })
    }

    /// Writes all of it. Another program may have made our terminal non-blocking; then we
    /// wait, as it is not for us to change that.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tame {
            Some(tame) => {
                let bytes = tame.pass(bytes);
                self.write_all(&bytes)
            }
            None => self.write_all(bytes),
        }
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.file.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(PollFlags::OUT)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Returns when the reader of a pipe has gone; at once for anything but a pipe or socket,
    /// with `false`.
    pub(crate) fn wait_for_hang_up(&self) -> io::Result<bool> {
        let kind = FileType::from_raw_mode(fstat(&self.file)?.st_mode);
        if !matches!(kind, FileType::Fifo | FileType::Socket) {
            return Ok(false);
        }
        self.wait(PollFlags::empty())?;
        Ok(true)
    }

    fn wait(&self, flags: PollFlags) -> io::Result<()> {
        loop {
            match poll(&mut [PollFd::new(&self.file, flags)], None) {
                Ok(_) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}
