//! [`CancelHandle`]: cancels an exchange with the daemon from another thread.

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Cancels the exchange that was started with it. Clones cancel the same exchange.
#[derive(Clone, Debug, Default)]
pub struct CancelHandle(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// The exchange has no connection yet.
    #[default]
    Unconnected,
    Connected(UnixStream),
    Cancelled,
}

impl CancelHandle {
    /// Closes the connection of the exchange, now or as soon as it is opened, so that the daemon
    /// sees its client disconnect.
    pub fn cancel(&self) {
        if let State::Connected(stream) = std::mem::replace(&mut *self.state(), State::Cancelled) {
            // Fails if the daemon has closed the connection, which has the same effect.
            stream.shutdown(Shutdown::Both).ok();
        }
    }

    pub fn is_cancelled(&self) -> bool {
        matches!(*self.state(), State::Cancelled)
    }

    /// Registers the connection of the exchange; an error if it was cancelled before.
    pub(super) fn register(&self, stream: &UnixStream) -> io::Result<()> {
        let mut state = self.state();
        if matches!(*state, State::Cancelled) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        *state = State::Connected(stream.try_clone()?);
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
    fn a_cancelled_exchange_opens_no_connection() {
        let handle = CancelHandle::default();
        handle.cancel();
        assert!(handle.is_cancelled());
        assert!(handle.register(&UnixStream::pair().unwrap().0).is_err());
    }
}
