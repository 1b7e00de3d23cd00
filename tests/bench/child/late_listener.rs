//! A server that opens its port after a delay, and reports when it did.

use std::net::TcpListener;
use std::thread::sleep;
use std::time::Duration;

use crate::handshake::ChildHandshake;
use crate::{Fallible, clock};

/// Long enough for the wait to have begun.
const LISTEN_DELAY: Duration = Duration::from_millis(150);

pub(super) fn listen(handshake: &str) -> Fallible {
    let handshake = ChildHandshake::connect(handshake)?;
    sleep(LISTEN_DELAY);
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    handshake.report(&clock::now().to_string())?;
    super::sleep_until_killed();
    drop(listener);
    Ok(())
}
