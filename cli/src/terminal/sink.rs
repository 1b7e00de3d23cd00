//! `Sink`: unbuffered, complete writes to standard output or standard error, optionally sanitized.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};

use super::raw::TerminalHandle;
use super::sanitizer::Sanitizer;

/// Standard output or standard error, without the line buffer of the standard library.
#[derive(Debug)]
pub(crate) struct Sink {
    file: File,
    sanitizer: Option<Sanitizer>,
    is_terminal: bool,
    observer: Option<Box<dyn SinkObserver>>,
    /// The reader is gone, and what is written is discarded.
    discards: bool,
}

/// Is informed of what is written to a [`Sink`].
pub(crate) trait SinkObserver: fmt::Debug + Send {
    /// This many bytes were written, or discarded.
    fn written(&mut self, bytes: usize);

    /// The reader of a pipe is gone. Returns whether to discard what follows; otherwise the write
    /// fails.
    fn reader_gone(&mut self) -> bool;
}

impl Sink {
    pub(crate) fn stdout() -> io::Result<Self> {
        Self::new(io::stdout())
    }

    pub(crate) fn stderr() -> io::Result<Self> {
        Self::new(io::stderr())
    }

    /// Standard output without terminal control sequences, with or without colours.
    pub(crate) fn sanitized_stdout(colours: bool) -> io::Result<Self> {
        let sanitizer = Sanitizer::new(colours);
        Ok(Self { sanitizer: Some(sanitizer), ..Self::stdout()? })
    }

    /// The terminal itself, wherever standard output and standard error go.
    pub(crate) fn terminal(handle: &TerminalHandle) -> io::Result<Self> {
        Self::new(handle)
    }

    fn new(stream: impl AsFd) -> io::Result<Self> {
        let file: File = stream.as_fd().try_clone_to_owned()?.into();
        let is_terminal = file.is_terminal();
        Ok(Self { file, sanitizer: None, is_terminal, observer: None, discards: false })
    }

    /// Another sink for the same file, without the sanitizer and the observer.
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Self::new(&self.file)
    }

    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Informs an observer of what is written.
    pub(crate) fn set_observer(&mut self, observer: Box<dyn SinkObserver>) {
        self.observer = Some(observer);
    }

    /// Whether it is a pipe, a socket or a regular file: what another program reads later.
    pub(crate) fn is_pipe_or_file(&self) -> io::Result<bool> {
        let kind = FileType::from_raw_mode(fstat(&self.file)?.st_mode);
        Ok(matches!(kind, FileType::Fifo | FileType::Socket | FileType::RegularFile))
    }

    /// Writes all bytes. If another program has made the descriptor non-blocking, this waits until it
    /// is writable; the flag is shared with that program, so it is not changed.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.sanitizer {
            Some(sanitizer) => {
                let bytes = sanitizer.sanitize(bytes);
                self.write_all(&bytes)
            }
            None => self.write_all(bytes),
        }
    }

    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.discards {
                self.observe(bytes.len());
                return Ok(());
            }
            match self.file.write(bytes) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(written) => {
                    bytes = &bytes[written..];
                    self.observe(written);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(PollFlags::OUT)?,
                Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                    let observer = self.observer.as_mut();
                    self.discards = observer.is_some_and(|observer| observer.reader_gone());
                    if !self.discards {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn observe(&mut self, written: usize) {
        if let Some(observer) = &mut self.observer {
            observer.written(written);
        }
    }

    /// Waits until the reader of a pipe or socket has closed it. Returns `false` at once for any other
    /// file.
    pub(crate) fn wait_for_hang_up(&self) -> io::Result<bool> {
        let kind = FileType::from_raw_mode(fstat(&self.file)?.st_mode);
        if !matches!(kind, FileType::Fifo | FileType::Socket) {
            return Ok(false);
        }
        // An empty mask still reports `POLLERR` and `POLLHUP`.
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
