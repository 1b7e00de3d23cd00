//! A server that opens its port after a delay, and reports when it did.

use std::net::TcpListener;
use std::thread::sleep;
use std::time::Duration;

use crate::handshake::ChildHandshake;
use crate::{Fallible, clock};

/// Long enough for the wait to have begun.
const LISTEN_DELAY: Duration = Duration::from_millis(150);

/// The first port that is tried. A port that the kernel has chosen counts as ready a moment later, and
/// servers choose theirs.
const FIRST_PORT: u16 = 20_000;

pub(super) fn listen(handshake: &str) -> Fallible {
    let handshake = ChildHandshake::connect(handshake)?;
    sleep(LISTEN_DELAY);
    let mut ports = FIRST_PORT..;
    let listener = ports.find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let listener = listener.ok_or("no port is free")?;
    handshake.report(&clock::now().to_string())?;
    super::sleep_until_killed();
    drop(listener);
    Ok(())
}
