//! A server that takes a moment to be one: it says when its port began to accept connections.

use std::net::TcpListener;
use std::thread::sleep;
use std::time::Duration;

use crate::gate::Visit;
use crate::{Fallible, clock};

/// Long enough for whoever waits to be waiting.
const MOMENT: Duration = Duration::from_millis(150);

pub(super) fn listen(gate: &str) -> Fallible {
    let visit = Visit::at(gate)?;
    sleep(MOMENT);
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    visit.leave(&clock::now().to_string())?;
    super::hold(true);
    drop(listener);
    Ok(())
}
