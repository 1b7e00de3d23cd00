//! Waits for a condition by polling, with a deadline. On timeout the test fails and prints the last
//! observed state.

use std::thread;
use std::time::{Duration, Instant};

/// Far longer than any condition takes on a busy machine.
const DEADLINE: Duration = Duration::from_secs(30);

const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Polls until `ask` returns `Ok`; panics after [`DEADLINE`]. `Err` describes the current state.
#[track_caller]
pub(crate) fn until<T>(what: &str, ask: impl FnMut() -> Result<T, String>) -> T {
    match within(DEADLINE, ask) {
        Ok(found) => found,
        Err(state) => panic!("timeout while waiting for {what}; last state:\n{state}"),
    }
}

/// Polls until `ask` returns `Ok` or `limit` has passed; returns the last result.
pub(crate) fn within<T>(
    limit: Duration,
    mut ask: impl FnMut() -> Result<T, String>,
) -> Result<T, String> {
    let start = Instant::now();
    loop {
        match ask() {
            Err(_) if start.elapsed() < limit => thread::sleep(POLL_INTERVAL),
            answer => return answer,
        }
    }
}

/// Polls until the answer has not changed for `stable_for`; returns it.
#[track_caller]
pub(crate) fn until_stable<T: PartialEq>(
    what: &str,
    stable_for: Duration,
    mut ask: impl FnMut() -> T,
) -> T {
    let mut last = ask();
    let mut since = Instant::now();
    until(what, || {
        let now = ask();
        if now != last {
            last = now;
            since = Instant::now();
        }
        if since.elapsed() < stable_for { Err("still changing".into()) } else { Ok(()) }
    });
    last
}

/// Sleeps. Only for tests that assert that nothing happens in the meantime.
pub(crate) fn pause(time: Duration) {
    thread::sleep(time);
}
