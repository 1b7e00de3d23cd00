//! The one place that waits: until a condition holds, or a deadline passes and the test fails
//! with the last thing that was seen.

use std::thread;
use std::time::{Duration, Instant};

/// Far longer than anything takes on a busy machine, far shorter than anyone's patience.
const DEADLINE: Duration = Duration::from_secs(30);

const PAUSE: Duration = Duration::from_millis(10);

/// Asks again and again until the answer is `Ok`. `Err` says how things stand instead.
#[track_caller]
pub(crate) fn until<T>(what: &str, ask: impl FnMut() -> Result<T, String>) -> T {
    match within(DEADLINE, ask) {
        Ok(found) => found,
        Err(stands) => panic!("waited in vain for {what}; now:\n{stands}"),
    }
}

/// The same with a limit of its own, for what must be fast, and without a panic.
pub(crate) fn within<T>(
    limit: Duration,
    mut ask: impl FnMut() -> Result<T, String>,
) -> Result<T, String> {
    let start = Instant::now();
    loop {
        match ask() {
            Err(_) if start.elapsed() < limit => thread::sleep(PAUSE),
            answer => return answer,
        }
    }
}

/// Returns when the answer has stayed the same for `calm`.
#[track_caller]
pub(crate) fn until_stable<T: PartialEq>(
    what: &str,
    calm: Duration,
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
        if since.elapsed() < calm { Err("still changing".into()) } else { Ok(()) }
    });
    last
}

/// Lets time pass: only for tests that assert that nothing happens meanwhile.
pub(crate) fn pause(time: Duration) {
    thread::sleep(time);
}
