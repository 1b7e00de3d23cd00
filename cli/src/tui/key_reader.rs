//! [`KeyReader`]: the thread that reads keys. It ends before another program gets the terminal, so
//! that no key is lost to it.

use std::io::{self, PipeReader, PipeWriter, pipe};
use std::os::fd::AsFd;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::event::UiEvent;
use super::key_parser;
use super::keys::UiKey;
use super::worker;
use crate::terminal::TerminalHandle;

const MAX_CHUNK_BYTES: usize = 4096;

/// How long the rest of a sequence may take to arrive. After that, an escape is the key Escape.
const SEQUENCE_TIMEOUT: Timespec = Timespec { tv_sec: 0, tv_nsec: 25_000_000 };

/// A thread that reads keys until this is dropped.
pub(super) struct KeyReader {
    /// `None` after the thread was asked to end.
    stop: Option<PipeWriter>,
    /// Held while the thread reads.
    reading: Arc<Mutex<()>>,
}

impl KeyReader {
    pub(super) fn start(terminal: TerminalHandle, events: SyncSender<UiEvent>) -> io::Result<Self> {
        let (stopped, stop) = pipe()?;
        let reading = Arc::new(Mutex::new(()));
        let input = KeyInput { terminal, stopped };
        let lock = reading.clone();
        worker::spawn(events.clone(), move || {
            loop {
                let guard = lock.lock().unwrap_or_else(PoisonError::into_inner);
                let event = match input.next() {
                    Ok(Some(keys)) => UiEvent::Keys(keys),
                    Ok(None) => return,
                    Err(_) => UiEvent::InputEnded,
                };
                drop(guard);
                let has_ended = matches!(event, UiEvent::InputEnded);
                // Fails if the dashboard has ended.
                if events.send(event).is_err() || has_ended {
                    return;
                }
            }
        });
        Ok(Self { stop: Some(stop), reading })
    }
}

impl Drop for KeyReader {
    /// Returns when the terminal is not read any more.
    fn drop(&mut self) {
        self.stop = None;
        drop(self.reading.lock());
    }
}

struct KeyInput {
    terminal: TerminalHandle,
    /// Hangs up when the thread has to end.
    stopped: PipeReader,
}

impl KeyInput {
    /// The next keys; `None` if the thread has to end.
    fn next(&self) -> io::Result<Option<Vec<UiKey>>> {
        let mut input = Vec::new();
        let mut timeout = None;
        loop {
            match self.wait(timeout)? {
                InputState::Stopped => return Ok(None),
                InputState::TimedOut => return Ok(Some(key_parser::keys(&input))),
                InputState::Ready => {}
            }
            let mut chunk = [0; MAX_CHUNK_BYTES];
            match rustix::io::read(&self.terminal, &mut chunk) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => input.extend_from_slice(&chunk[..length]),
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
            if !key_parser::is_incomplete(&input) {
                return Ok(Some(key_parser::keys(&input)));
            }
            timeout = Some(&SEQUENCE_TIMEOUT);
        }
    }

    fn wait(&self, timeout: Option<&Timespec>) -> io::Result<InputState> {
        let (terminal, stopped) = (self.terminal.as_fd(), self.stopped.as_fd());
        let mut fds = [
            PollFd::from_borrowed_fd(terminal, PollFlags::IN),
            PollFd::new(&stopped, PollFlags::IN),
        ];
        loop {
            match poll(&mut fds, timeout) {
                Ok(0) => return Ok(InputState::TimedOut),
                Ok(_) if !fds[1].revents().is_empty() => return Ok(InputState::Stopped),
                Ok(_) => return Ok(InputState::Ready),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

enum InputState {
    Ready,
    TimedOut,
    Stopped,
}
