//! A call that takes long: as a task where the client knows tasks, with progress where it wants
//! to hear of it, and cut short where it would give up by itself. It waits; what for is not its business.

use std::pin::Pin;
use std::time::Duration;

use persistproc_api::output::{Lines, OutputQuery};
use rmcp::ErrorData;
use rmcp::model::{CallToolResponse, CallToolResult, CreateTaskResult};
use rmcp::task_manager::{TaskContext, TaskExit, TaskManager, TaskOptions};
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use super::caller::Caller;
use super::failure::Failure;
use super::lines;
use super::target::Target;

/// Waits that are over sooner are answered at once, even where the client knows tasks.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Below this nobody needs a task.
const LONG: Duration = Duration::from_secs(20);

/// Many clients give up after a minute in which they hear nothing.
const SILENT: Duration = Duration::from_secs(45);

/// As long as anyone has been seen to wait who hears something each second.
const WITH_PROGRESS: Duration = Duration::from_secs(600);

/// The longest task.
const AS_TASK: Duration = Duration::from_secs(3600);

/// Between two signs of life.
const BEAT: Duration = Duration::from_secs(1);

/// A finished task is kept for this long.
const KEPT: Duration = Duration::from_secs(600);

/// How a call is kept waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// The answer is a task; the result is fetched later.
    Task,
    /// The call goes on, and the client hears so.
    Progress,
    /// The call goes on in silence.
    Silence,
}

/// How to wait for as long as was asked, and for how long at most.
pub(super) fn manner(
    takes_tasks: bool,
    takes_progress: bool,
    asked: Duration,
) -> (Manner, Duration) {
    match (takes_tasks && asked > LONG, takes_progress) {
        (true, _) => (Manner::Task, asked.min(AS_TASK)),
        (false, true) => (Manner::Progress, asked.min(WITH_PROGRESS)),
        (false, false) => (Manner::Silence, asked.min(SILENT)),
    }
}

/// Where long calls go on that are answered later. Clones share them.
#[derive(Clone, Default)]
pub(super) struct Patience {
    pub(super) tasks: TaskManager,
}

/// What to do about a task that is not there, beside what rmcp says.
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

impl Patience {
    /// Does the work in this manner; a caller that goes away ends it.
    pub(super) async fn with(
        &self,
        manner: Manner,
        limit: Duration,
        caller: Caller,
        target: Target,
        work: impl Future<Output = CallToolResult> + Send + 'static,
    ) -> CallToolResponse {
        let mut work: Work = Box::pin(work);
        if manner != Manner::Task {
            return attended(&caller, &target, work).await.into();
        }
        tokio::select! {
            done = timeout(AT_ONCE, &mut work) => match done {
                Ok(result) => result.into(),
                Err(_) => self.task(limit, caller, target, work),
            },
            () = caller.gone.cancelled() => given_up().into(),
        }
    }

    /// What is left of the work, as a task.
    fn task(
        &self,
        limit: Duration,
        caller: Caller,
        target: Target,
        work: Work,
    ) -> CallToolResponse {
        let kept = limit + KEPT;
        let options = TaskOptions::new()
            .with_ttl_ms(u64::try_from(kept.as_millis()).ok())
            .with_poll_interval_ms(1000);
        let task =
            self.tasks.spawn(options, move |task| Box::pin(go_on(task, caller, target, work)));
        CallToolResponse::Task(CreateTaskResult::new(task))
    }
}

/// Does the work while the caller is there, and tells it each second that it goes on.
async fn attended(caller: &Caller, target: &Target, mut work: Work) -> CallToolResult {
    let mut beat = beat();
    let mut count = 0;
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = caller.gone.cancelled() => return given_up(),
            _ = beat.tick(), if caller.progress.is_some() => {
                count += 1;
                if let Some(progress) = &caller.progress {
                    progress.tell(count, last_line(caller, target).await).await;
                }
            }
        }
    }
}

/// The same as a task, whose status is the last line.
async fn go_on(
    task: TaskContext,
    caller: Caller,
    target: Target,
    mut work: Work,
) -> Result<CallToolResult, TaskExit> {
    let mut beat = beat();
    loop {
        tokio::select! {
            result = &mut work => return Ok(result),
            () = task.cancelled() => return Err(TaskExit::Cancelled),
            _ = beat.tick() => task.set_status_message(last_line(&caller, &target).await),
        }
    }
}

fn beat() -> tokio::time::Interval {
    let mut beat = interval_at(tokio::time::Instant::now() + BEAT, BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat
}

async fn last_line(caller: &Caller, target: &Target) -> String {
    let query = OutputQuery {
        lines: Lines::AtMost(1),
        working_directory: target.directory.clone(),
        ..OutputQuery::default()
    };
    let page = caller.supervisor.output(&target.name, &query).await;
    let line = page.ok().and_then(|mut page| page.output.pop());
    line.map_or_else(|| "no output yet".to_owned(), |line| lines::short(&line))
}

/// Nobody reads it.
fn given_up() -> CallToolResult {
    Failure::new("The call was cancelled.", "").into_result()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_and_in_which_manner() {
        let seconds = Duration::from_secs;
        for (tasks, progress, asked, expected, limit) in [
            (true, true, 30, Manner::Task, 30),
            (true, false, 9999, Manner::Task, 3600),
            (true, true, 10, Manner::Progress, 10),
            (true, false, 10, Manner::Silence, 10),
            (false, true, 300, Manner::Progress, 300),
            (false, true, 9999, Manner::Progress, 600),
            (false, false, 300, Manner::Silence, 45),
            (false, false, 30, Manner::Silence, 30),
        ] {
            let found = manner(tasks, progress, seconds(asked));
            assert_eq!(found, (expected, seconds(limit)), "{tasks} {progress} {asked}");
        }
    }
}
