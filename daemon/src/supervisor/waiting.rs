//! [`wait`]: waits until a port opens, a line matches, the process ends, it prints nothing for a
//! while, or the timeout has passed. New lines arrive as events; ports are polled, and only during
//! a wait that needs them.

mod answer;
pub(crate) mod condition;
mod open_ports;
mod progress;
mod readiness;

use std::time::Duration;

use persistproc_api::cursor::Cursor;
use persistproc_api::follow::FollowQuery;
use persistproc_api::start::Started;
use persistproc_api::wait::{Goal, Reason, Waited};
use persistproc_api::{Problem, Process, Target};
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

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
const URL_GRACE_AFTER_PORT: Duration = Duration::from_millis(15);

/// How long a server may take to print its URL after a line that says that it is ready. Longer than
/// after an open port, because such a server is certain to print more, even on a busy machine.
const URL_GRACE_AFTER_LINE: Duration = Duration::from_millis(50);

/// Waits until the condition is met, the process ends, or the timeout has passed.
pub(crate) async fn wait(
    registry: &Registry,
    process: &Process,
    condition: &Condition,
) -> Result<Waited, Problem> {
    let started = Instant::now();
    let after = condition.after.clone();
    let after = after.unwrap_or_else(|| Cursor::start_of(process.run).to_string());
    let query = FollowQuery { after: Some(after), wait: true, ..FollowQuery::default() };
    let target = Target::from(process);
    let mut follower = follow(registry, &target, &query).await?;
    let mut progress = WaitProgress::new(condition, started);
    let mut end = until_decided(registry, &process.id, &mut follower, &mut progress, started).await;
    if matches!(end.reason, Reason::Ready | Reason::Port) {
        end = until_url(end, &mut follower, &mut progress).await;
    }
    if progress.ports.open.is_empty() && matches!(condition.goal, Goal::Ready | Goal::Port) {
        poll_ports(registry, &process.id, &mut progress);
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
    let mut poll_interval = MIN_POLL_INTERVAL;
    loop {
        let quiet_at =
            (condition.goal == Goal::Quiet).then(|| progress.last_output + condition.quiet);
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
                return WaitEnd::new(Reason::Quiet);
            }
            () = sleep(poll_interval), if condition.wants_ports() => {
                let poll_started = Instant::now();
                if poll_ports(registry, id, progress) {
                    return WaitEnd::new(Reason::Port);
                }
                poll_interval =
                    MIN_POLL_INTERVAL.max(poll_started.elapsed() * POLL_INTERVAL_FACTOR);
            }
        }
    }
}

/// Updates the open ports of the process's tree. Returns whether the wanted one is among them.
fn poll_ports(registry: &Registry, id: &str, progress: &mut WaitProgress<'_>) -> bool {
    let view = registry.handles().get(id).map(|handle| handle.view.borrow().clone());
    if let Some(view) = view {
        progress.ports.update(&view);
    }
    match progress.condition.port {
        Some(port) => progress.ports.open.contains(&port),
        None => !progress.ports.open.is_empty(),
    }
}

/// The process is ready, by its port or by a line. Waits a moment for the line with its URL.
async fn until_url(
    mut end: WaitEnd,
    follower: &mut Follower,
    progress: &mut WaitProgress<'_>,
) -> WaitEnd {
    let started = Instant::now();
    let grace =
        if end.reason == Reason::Ready { URL_GRACE_AFTER_LINE } else { URL_GRACE_AFTER_PORT };
    let mut deadline = started + grace;
    while !progress.has_url()
        && let Ok(Some(items)) = timeout_at(deadline, follower.next()).await
    {
        if let Some(WaitEnd { reason: Reason::Ready, line }) = progress.take(items) {
            end.line = line.or(end.line);
            // Extended once, so that a program that repeats such lines cannot prolong the wait.
            deadline = started + URL_GRACE_AFTER_PORT + URL_GRACE_AFTER_LINE;
        }
    }
    end
}
