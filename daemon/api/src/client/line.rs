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
    /// It broke while the request was being sent: nobody has all of it.
    BrokenOff,
    /// Nobody wants the answer.
    Cut,
}

impl Line {
    /// Ends the exchange, now or as soon as it begins. The daemon sees its caller leave.
    pub fn cut(&self) {
        if let State::Open(stream) = std::mem::replace(&mut *self.state(), State::Cut) {
            // A connection that the daemon has closed is as good.
            stream.shutdown(Shutdown::Both).ok();
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
        matches!(*self.state(), State::Open(_) | State::Cut)
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

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
