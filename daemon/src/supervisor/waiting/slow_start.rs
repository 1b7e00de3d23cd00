//! [`until_ready`]: notices when a run that takes long is ready, for no client in particular. Unlike a wait
//! it does not follow the output, and it looks less often the longer the run takes.

use std::time::Duration;

use persistproc_api::Time;
use persistproc_api::output::{Lines, Stream};
use persistproc_api::wait::{Goal, WaitRequest};
use tokio::time::{Instant, sleep_until};

use super::condition::Condition;
use super::progress::WaitProgress;
use crate::logs::page;
use crate::logs::page_query::PageQuery;
use crate::supervisor::registry::Registry;
use crate::supervisor::runs::handle::ProcessHandle;

/// The first look comes so long before a start counts as slow: a hint of another port delays the decision.
const FIRST_LOOK_BEFORE: Duration = Duration::from_secs(2);

/// The next look comes after this part of the time since the start.
const INTERVAL_DIVISOR: u32 = 10;

/// A run that is not ready by then is no server.
const MAX_TIME: Duration = Duration::from_secs(30 * 60);

/// How many of the last lines are read in each look.
const READ_LINES: u64 = 50;

/// A run that was ready late.
#[derive(Debug)]
pub(crate) struct SlowStart {
    /// Between the start and the look that found it ready.
    pub(crate) after: Duration,
    /// Its URL or port.
    pub(crate) place: Option<String>,
    /// When it was not ready yet.
    pub(crate) looked_before: std::time::Instant,
}

/// Waits until this run, which has just started, is ready. `None` if it was ready before `slow`, has ended,
/// or never listens.
pub(crate) async fn until_ready(
    registry: &Registry,
    handle: &ProcessHandle,
    run: u32,
    slow: Duration,
) -> Option<SlowStart> {
    let started = Instant::now();
    let request = WaitRequest { goal: Goal::Ready, ..WaitRequest::default() };
    let condition = Condition::new(&request).ok()?;
    let mut progress = WaitProgress::new(&condition, started);
    let mut next_look = started + slow.saturating_sub(FIRST_LOOK_BEFORE);
    let mut looked_before = started;
    loop {
        sleep_until(next_look).await;
        let view = handle.view.borrow().clone();
        if view.forgotten || view.process.run != run || !view.process.status.is_alive() {
            return None;
        }
        let folder = registry.folder(&handle.id).run(run);
        let query = PageQuery {
            rows: true,
            ..PageQuery::plain(Stream::Combined, Lines::AtMost(READ_LINES))
        };
        let rows = page::last(&folder, run, &query).map(|page| page.rows).unwrap_or_default();
        let now = Time::now();
        for row in rows.into_iter().flatten() {
            let age = Duration::from_secs_f64(now.seconds_since(row.time));
            let printed = Instant::now().checked_sub(age).unwrap_or(started);
            progress.take_line(&row.line, printed);
        }
        let end = progress.look(&view);
        let after = started.elapsed();
        match end {
            Some(_) if after <= slow + Duration::from_millis(500) => return None,
            Some(end) => {
                let port = progress.ports.found.all_ports().first().copied();
                let place = end.url.or_else(|| port.map(|port| format!("port {port}")));
                return Some(SlowStart { after, place, looked_before: looked_before.into_std() });
            }
            None if after > MAX_TIME => return None,
            None => {}
        }
        looked_before = Instant::now();
        next_look =
            if after < slow { started + slow } else { looked_before + after / INTERVAL_DIVISOR };
    }
}
