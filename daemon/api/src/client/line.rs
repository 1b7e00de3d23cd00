//! A connection that another thread may cut.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The connection of one exchange. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Line(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// There is none yet.
    #[default]
    Closed,
    Open(UnixStream),
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

    pub(super) fn opened(&self, stream: &UnixStream) -> io::Result<()> {
        let mut state = self.state();
        if matches!(*state, State::Cut) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        *state = State::Open(stream.try_clone()?);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_is_not_opened() {
        let line = Line::default();
        line.cut();
        assert!(line.is_cut());
        assert!(line.opened(&UnixStream::pair().unwrap().0).is_err());
    }
}
