//! A connection that another thread may cut, and what is known of how far a request got on it.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connection of one exchange. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Line(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// Nothing has been sent.
    #[default]
    Closed,
    Open(UnixStream),
    /// The answer has begun.
    Answered(UnixStream),
    /// It broke before the daemon had read the whole request.
    BrokenOff,
    /// Nobody wants the answer.
    Cut,
}

impl Line {
    /// Ends the exchange, now or as soon as it begins. The daemon sees its caller leave.
    pub fn cut(&self) {
        match std::mem::replace(&mut *self.state(), State::Cut) {
            State::Open(stream) | State::Answered(stream) => {
                // A connection that the daemon has closed is as good.
                stream.shutdown(Shutdown::Both).ok();
            }
            State::Closed | State::BrokenOff | State::Cut => {}
        }
    }

    /// Whether somebody has cut it.
    pub fn is_cut(&self) -> bool {
        matches!(*self.state(), State::Cut)
    }

    /// A new attempt, of which nothing has been sent.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        if !matches!(*state, State::Cut) {
            *state = State::Closed;
        }
    }

    /// Whether a whole request may have reached the daemon.
    pub(super) fn may_have_been_heard(&self) -> bool {
        matches!(*self.state(), State::Open(_) | State::Answered(_) | State::Cut)
    }

    pub(super) fn opened(&self, stream: &UnixStream) -> io::Result<()> {
        let mut state = self.state();
        if matches!(*state, State::Cut) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        *state = State::Open(stream.try_clone()?);
        Ok(())
    }

    pub(super) fn broke_off(&self) {
        let mut state = self.state();
        if matches!(*state, State::Open(_)) {
            *state = State::BrokenOff;
        }
    }

    /// Reading failed. On Linux a Unix socket is reset when its other end goes with something still
    /// unread, or without having been accepted: the request did not get through.
    pub(super) fn failed(&self, error: &io::Error) {
        if cfg!(target_os = "linux") && error.kind() == io::ErrorKind::ConnectionReset {
            self.broke_off();
        }
    }

    /// The answer has begun, so there was a whole request.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        *state = match std::mem::take(&mut *state) {
            State::Open(stream) => State::Answered(stream),
            other => other,
        };
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixListener;

    use super::*;

    /// What a request that was sent whole came to, when the other end did this with it.
    fn heard(other_end: impl FnOnce(UnixListener)) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let (line, mut stream) = (Line::default(), UnixStream::connect(&path).unwrap());
        line.opened(&stream).unwrap();
        stream.write_all(b"a request").unwrap();
        other_end(listener);
        if let Err(error) = stream.read(&mut [0; 8]) {
            line.failed(&error);
        }
        line.may_have_been_heard()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_request_that_nobody_read_was_not_heard() {
        assert!(!heard(drop), "never accepted");
        assert!(!heard(|listener| drop(listener.accept().unwrap())), "accepted, and never read");
        let read = |much: usize| {
            move |listener: UnixListener| {
                listener.accept().unwrap().0.read_exact(&mut vec![0; much]).unwrap();
            }
        };
        assert!(!heard(read(4)), "read in part");
        assert!(heard(read(9)), "read to its end");
    }

    #[test]
    fn a_line_that_was_cut_is_not_opened() {
        let line = Line::default();
        line.cut();
        line.begin();
        assert!(line.is_cut());
        assert!(line.opened(&UnixStream::pair().unwrap().0).is_err());
    }
}
