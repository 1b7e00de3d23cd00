//! Signals as readable bytes, so that one wait hears them too.

use std::io;
use std::os::unix::net::UnixStream;

/// The ends of the pipes through which signals reach the loop.
pub(super) struct Signals {
    pub(super) child: UnixStream,
    pub(super) terminate: UnixStream,
}

impl Signals {
    /// Turns SIGCHLD and SIGTERM into readable bytes. What a terminal sends is not for us.
    pub(super) fn catch() -> io::Result<Self> {
        use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
        let caught = |signal| {
            let (ours, theirs) = UnixStream::pair()?;
            ours.set_nonblocking(true)?;
            signal_hook::low_level::pipe::register(signal, theirs)?;
            Ok::<_, io::Error>(ours)
        };
        for signal in [SIGINT, SIGHUP] {
            signal_hook::flag::register(signal, std::sync::Arc::default())?;
        }
        Ok(Self { child: caught(SIGCHLD)?, terminate: caught(SIGTERM)? })
    }
}
