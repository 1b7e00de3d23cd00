//! `Waiter` runs calls that may take long: as a task for clients that support tasks, with progress
//! notifications for clients that ask for them, and with a shortened timeout for all others.

use std::pin::Pin;
use std::time::Duration;

use persistproc_api::Target;
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, CallToolResult, CreateTaskResult};
use rmcp::task_manager::{TaskContext, TaskExit, TaskManager, TaskOptions};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::caller::Caller;
use super::failure::Failure;
use super::lines;
use super::recent_output::recent_output;

/// Calls that end within this time are answered directly, even where a task would be possible.
const TASK_DELAY: Duration = Duration::from_secs(3);

/// Calls with a timeout up to this never become a task.
const MAX_WAIT_WITHOUT_TASK: Duration = Duration::from_secs(20);

/// The longest wait without a message to the client: many clients give up after a minute.
const MAX_SILENT_WAIT: Duration = Duration::from_secs(45);

/// Longest timeout observed in clients that reset it on progress notifications.
const MAX_PROGRESS_WAIT: Duration = Duration::from_secs(600);

const MAX_TASK_WAIT: Duration = Duration::from_secs(3600);

/// The least time between a progress notification and the answer. A client that reads both at once
/// handles the answer first, and does not know the notification any more.
const ANSWER_DELAY: Duration = Duration::from_millis(50);

/// The interval between two progress notifications, or two updates of a task's status message.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(1);

/// How long the result of a task can be fetched after the task has reached its time limit.
const TASK_RESULT_TTL: Duration = Duration::from_secs(600);

const TASK_POLL_INTERVAL_MS: u64 = 1000;

/// How a call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WaitMode {
    /// The answer is a task; the client fetches the result later.
    Task,
    /// The client receives progress notifications until the answer.
    Progress,
    /// The client receives nothing until the answer.
    Silent,
}

/// How a call waits, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WaitPlan {
    mode: WaitMode,
    /// The timeout to wait with.
    pub(super) limit: Duration,
    /// Whether `limit` is less than the requested timeout.
    pub(super) is_cut_short: bool,
}

impl WaitPlan {
    /// The plan for a caller that requests this timeout.
    pub(super) fn new(caller: &Caller, requested: Duration) -> Self {
        Self::from_capabilities(caller.supports_tasks, caller.progress.is_some(), requested)
    }

    fn from_capabilities(tasks: bool, progress: bool, requested: Duration) -> Self {
        let (mode, max) = if tasks && requested > MAX_WAIT_WITHOUT_TASK {
            (WaitMode::Task, MAX_TASK_WAIT)
        } else if progress {
            (WaitMode::Progress, MAX_PROGRESS_WAIT)
        } else {
            (WaitMode::Silent, MAX_SILENT_WAIT)
        };
        Self { mode, limit: requested.min(max), is_cut_short: requested > max }
    }
}

/// Runs long calls. Clones share the tasks.
#[derive(Clone, Default)]
pub(super) struct Waiter {
    pub(super) tasks: TaskManager,
}

/// rmcp's error for an unknown task, with possible causes and the next step.
pub(super) fn no_such_task(mut error: ErrorData) -> ErrorData {
    error.message = format!(
        "{}: it ended over ten minutes ago, or the daemon was restarted since. \
         The process is unaffected. Call wait again.",
        error.message
    )
    .into();
    error
}

type Work = Pin<Box<dyn Future<Output = CallToolResult> + Send>>;

impl Waiter {
    /// Runs `work` as planned. It is cancelled when the caller cancels the request or the task, or
    /// disconnects.
    pub(super) async fn run(
        &self,
        plan: WaitPlan,
        caller: Caller,
        target: Target,
        work: impl Future<Output = CallToolResult> + Send + 'static,
    ) -> CallToolResponse {
        let mut work: Work = Box::pin(work);
        if plan.mode != WaitMode::Task {
            return with_progress(&caller, &target, work).await.into();
        }
        tokio::select! {
            done = timeout(TASK_DELAY, &mut work) => match done {
                Ok(result) => result.into(),
                Err(_) => self.spawn_task(plan.limit, caller, target, work),
            },
            () = caller.cancelled.cancelled() => cancelled().into(),
        }
    }

    /// Continues the work as a task.
    fn spawn_task(
        &self,
        limit: Duration,
        caller: Caller,
        target: Target,
        work: Work,
    ) -> CallToolResponse {
        let ttl = limit + TASK_RESULT_TTL;
        let options = TaskOptions::new()
            .with_ttl_ms(u64::try_from(ttl.as_millis()).ok())
            .with_poll_interval_ms(TASK_POLL_INTERVAL_MS);
        let task = self
            .tasks
            .spawn(options, move |task| Box::pin(with_status(task, caller, target, work)));
        CallToolResponse::Task(CreateTaskResult::new(task))
    }
}

/// Runs the work until the caller cancels it; reports the last line of output as progress, if the
/// caller asked for progress.
async fn with_progress(caller: &Caller, target: &Target, mut work: Work) -> CallToolResult {
    let mut interval = progress_interval();
    let mut count = 0;
    let mut reported = None;
    let result = loop {
        tokio::select! {
            result = &mut work => break result,
            () = caller.cancelled.cancelled() => return cancelled(),
            _ = interval.tick(), if caller.progress.is_some() => {
                count += 1;
                if let Some(progress) = &caller.progress {
                    progress.report(count, last_line(caller, target).await).await;
                    reported = Some(Instant::now());
                }
            }
        }
    };
    if let Some(reported) = reported {
        sleep_until(reported + ANSWER_DELAY).await;
    }
    result
}

/// Runs the work until the task is cancelled; the last line of output is the task's status message.
async fn with_status(
    task: TaskContext,
    caller: Caller,
    target: Target,
    mut work: Work,
) -> Result<CallToolResult, TaskExit> {
    let mut interval = progress_interval();
    loop {
        tokio::select! {
            result = &mut work => return Ok(result),
            () = task.cancelled() => return Err(TaskExit::Cancelled),
            _ = interval.tick() => task.set_status_message(last_line(&caller, &target).await),
        }
    }
}

fn progress_interval() -> Interval {
    let mut interval = interval_at(Instant::now() + PROGRESS_INTERVAL, PROGRESS_INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

async fn last_line(caller: &Caller, target: &Target) -> String {
    let page = recent_output(&caller.supervisor, target, 1).await;
    let line = page.ok().and_then(|mut page| page.output.pop());
    line.map_or_else(|| "no output yet".to_owned(), |line| lines::shorten(&line))
}

/// rmcp needs a result; the client does not read it.
fn cancelled() -> CallToolResult {
    Failure::new("The call was cancelled.", "").into_result()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mode_and_limit_follow_from_capabilities_and_requested_timeout() {
        for (tasks, progress, requested, mode, limit) in [
            (true, true, 30, WaitMode::Task, 30),
            (true, false, 9999, WaitMode::Task, 3600),
            (true, true, 10, WaitMode::Progress, 10),
            (true, false, 10, WaitMode::Silent, 10),
            (false, true, 300, WaitMode::Progress, 300),
            (false, true, 9999, WaitMode::Progress, 600),
            (false, false, 300, WaitMode::Silent, 45),
            (false, false, 30, WaitMode::Silent, 30),
        ] {
            let plan = WaitPlan::from_capabilities(tasks, progress, Duration::from_secs(requested));
            let expected = WaitPlan {
                mode,
                limit: Duration::from_secs(limit),
                is_cut_short: limit < requested,
            };
            assert_eq!(plan, expected, "{tasks} {progress} {requested}");
        }
    }
}
