//! [`SignalPipes`]: signals as readable bytes, so that the run loop can poll for them.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

/// Readable after the signal was received.
///
/// The signal handlers of `signal-hook` only do what is async-signal-safe: for these, a `write` of
/// one byte to the other end of the pipe; for ignored signals, a store to an atomic flag.
pub(super) struct SignalPipes {
    pub(super) child: UnixStream,
    pub(super) terminate: UnixStream,
    /// A daemon asks for the socket to be bound again.
    pub(super) hangup: UnixStream,
}

impl SignalPipes {
    /// Catches SIGCHLD, SIGTERM and SIGHUP. Ignores SIGINT, which a terminal sends to the processes in
    /// it and which is not meant for the shim.
    pub(super) fn register() -> io::Result<Self> {
        use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
        // A handler instead of SIG_IGN, because the child would inherit SIG_IGN.
        signal_hook::flag::register(SIGINT, Arc::default())?;
        Ok(Self {
            child: pipe_for(SIGCHLD)?,
            terminate: pipe_for(SIGTERM)?,
            hangup: pipe_for(SIGHUP)?,
        })
    }
}

fn pipe_for(signal: i32) -> io::Result<UnixStream> {
    let (reader, writer) = UnixStream::pair()?;
    reader.set_nonblocking(true)?;
    signal_hook::low_level::pipe::register(signal, writer)?;
    Ok(reader)
}
