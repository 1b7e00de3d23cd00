//! [`wait`]: waits until a port opens, a line matches, the process ends, it prints nothing for a
//! while, or the timeout has passed. New lines arrive as events. The kernel reports no event for a
//! port, so ports are polled, and only during a wait that needs them.
//!
//! | module | contents |
//! |---|---|
//! | `condition` | what is waited for, checked |
//! | `progress` | what has been received so far |
//! | `readiness` | decides when a service is ready |
//! | `slow_start` | notices when a run that takes long is ready |
//! | `line_hint` | what a line says about being ready |
//! | `open_ports` | what the run listens on |
//! | `debugger` | ports that do not count |
//! | `evidence` | why a process has ended |
//! | `answer` | the answer |

mod answer;
pub(crate) mod condition;
pub(crate) mod debugger;
mod evidence;
mod line_hint;
mod open_ports;
mod progress;
mod readiness;
pub(crate) mod slow_start;

use std::time::Duration;

use persistproc_api::cursor::Cursor;
use persistproc_api::follow::FollowQuery;
use persistproc_api::output::Lines;
use persistproc_api::start::Started;
use persistproc_api::wait::{Goal, Reason, Waited};
use persistproc_api::{Problem, Process, Target};
use tokio::time::{Instant, sleep_until, timeout_at};

use self::condition::Condition;
use self::progress::{WaitEnd, WaitProgress};
use super::finding;
use super::reading::follow::{Follower, follow};
use super::registry::Registry;

/// The shortest interval between two polls of the kernel's table of ports.
const MIN_POLL_INTERVAL: Duration = Duration::from_millis(5);

/// The interval is at least this many times as long as a poll takes, so that a long table does not
/// keep a core busy.
const POLL_INTERVAL_FACTOR: u32 = 2;

/// How long a server may take to print its URL after it has opened its port.
const URL_TIMEOUT: Duration = Duration::from_millis(15);

/// How long it may take if it has said that it is ready: it is certain to print more, even on a busy
/// machine.
const URL_TIMEOUT_AFTER_PHRASE: Duration = Duration::from_millis(50);

/// Waits until the condition is met, the process ends, or the timeout has passed.
pub(crate) async fn wait(
    registry: &Registry,
    process: &Process,
    condition: &Condition,
) -> Result<Waited, Problem> {
    let started = Instant::now();
    let query = FollowQuery { wait: true, ..FollowQuery::default() };
    let query = match (&condition.after, condition.goal) {
        // What is there already is no change.
        (None, Goal::Change) => FollowQuery { lines: Lines::AtMost(0), ..query },
        (after, _) => {
            let start = || Cursor::start_of(process.run).to_string();
            FollowQuery { after: Some(after.clone().unwrap_or_else(start)), ..query }
        }
    };
    let target = Target::from(process);
    let mut follower = follow(registry, &target, &query).await?.counted_as_watching();
    let mut progress = WaitProgress::new(condition, started);
    let id = &process.id;
    let mut end = until_decided(registry, id, &mut follower, &mut progress, started).await;
    while matches!(end.reason, Reason::Ready | Reason::Port) {
        let ended = until_url(&mut follower, &mut progress).await;
        // The service may have ended, or closed the port, while its URL was awaited.
        match ended.or_else(|| look(registry, id, &mut progress)) {
            Some(last) => {
                end = last;
                break;
            }
            None => {
                end = until_decided(registry, id, &mut follower, &mut progress, started).await;
            }
        }
    }
    if !matches!(end.reason, Reason::Exit | Reason::DaemonStopping) {
        // For the ports and the URL in the answer, also to a wait for something else.
        look(registry, id, &mut progress);
    }
    answer::answer(registry, &target, condition, end, progress, started).await
}

/// After a start or restart: waits, if the request asked for it.
pub(crate) async fn wait_after_start(
    registry: &Registry,
    mut started: Started,
    condition: Option<Condition>,
) -> Result<Started, Problem> {
    if let Some(condition) = condition {
        let process = finding::process(registry, &Target::from(&started.process))?;
        let waited = wait(registry, &process, &condition).await?;
        started.process = Process { facts: None, ..waited.process.clone() };
        started.waited = Some(Box::new(waited));
    }
    Ok(started)
}

/// Waits until a line, an open port, silence, the end of the process or the timeout decides.
async fn until_decided(
    registry: &Registry,
    id: &str,
    follower: &mut Follower,
    progress: &mut WaitProgress<'_>,
    started: Instant,
) -> WaitEnd {
    let condition = progress.condition;
    let mut next_poll = Instant::now() + MIN_POLL_INTERVAL;
    loop {
        let quiet_at = progress.quiet_at();
        tokio::select! {
            items = follower.next() => match items {
                Some(items) => {
                    if let Some(end) = progress.take(items) {
                        return end;
                    }
                }
                None => return WaitEnd::new(Reason::Exit),
            },
            () = sleep_until(started + condition.timeout) => {
                return WaitEnd::new(Reason::Timeout);
            }
            () = sleep_until(quiet_at.unwrap_or(started)), if quiet_at.is_some() => {
                let is_change = condition.goal == Goal::Change;
                return WaitEnd::new(if is_change { Reason::Change } else { Reason::Quiet });
            }
            () = sleep_until(next_poll), if condition.wants_ports() => {
                let poll_started = Instant::now();
                if let Some(end) = look(registry, id, progress) {
                    return end;
                }
                let elapsed = poll_started.elapsed();
                next_poll =
                    Instant::now() + MIN_POLL_INTERVAL.max(elapsed * POLL_INTERVAL_FACTOR);
            }
        }
    }
}

/// Looks at what the process listens on now. Returns the end of the wait, if that decides it.
fn look(registry: &Registry, id: &str, progress: &mut WaitProgress<'_>) -> Option<WaitEnd> {
    let view = registry.handles().get(id).map(|handle| handle.view.borrow().clone());
    view.and_then(|view| progress.look(&view))
}

/// The process is ready. Waits a moment for the line with its URL. Returns the end of the wait if
/// the process has ended.
async fn until_url(follower: &mut Follower, progress: &mut WaitProgress<'_>) -> Option<WaitEnd> {
    let started = Instant::now();
    while !progress.has_url() {
        let timeout = if progress.has_phrase() { URL_TIMEOUT_AFTER_PHRASE } else { URL_TIMEOUT };
        let Ok(items) = timeout_at(started + timeout, follower.next()).await else { break };
        let end = match items {
            Some(items) => progress.take(items),
            None => Some(WaitEnd::new(Reason::Exit)),
        };
        if end.is_some() {
            return end;
        }
    }
    None
}
