//! The tool `wait`: waits for an event of a process, so that agents don't poll. The answer holds
//! the reason, the newest lines, and the cursor after them.

use std::time::Duration;

use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Goal, Reason, WaitRequest, Waited};
use persistproc_api::{Exit, Target};
use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::failure::Failure;
use super::lines;
use super::target::require_target;
use super::tool_io::{non_blank, parse_arguments, to_result};
use super::waiter::{WaitPlan, Waiter};

const DEFAULT_TIMEOUT_SECONDS: f64 = 30.0;

const MAX_OUTPUT_LINES: usize = 20;

const MAX_OUTPUT_BYTES: usize = 3000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WaitArgs {
    /// Process ID
    pid: Option<u32>,
    /// Label, command or id, or a part of it
    #[serde(alias = "command")]
    command_or_label: Option<String>,
    /// Directory of the process
    working_directory: Option<String>,
    /// What to wait for; default ready
    #[serde(rename = "for")]
    goal: Option<Goal>,
    /// Regex of a line to wait for
    pattern: Option<String>,
    /// Port to wait for; default any
    port: Option<u16>,
    /// Cursor of an earlier answer: only newer output counts
    cursor: Option<String>,
    /// Seconds; default 30
    timeout_seconds: Option<f64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WaitAnswer {
    #[schemars(with = "String")]
    reason: Reason,
    /// Whether the goal was reached.
    reached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    matched_line: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    url: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(skip)]
    ports: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    output: Vec<String>,
    cursor: String,
    #[schemars(skip)]
    waited_seconds: f64,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(skip)]
    note: String,
}

pub(super) async fn call(
    caller: Caller,
    arguments: JsonObject,
    waiter: &Waiter,
) -> Result<CallToolResponse, Failure> {
    let args: WaitArgs = parse_arguments("wait", arguments)?;
    let names = [args.command_or_label.as_deref()];
    let directory = args.working_directory.as_deref();
    let target = require_target(args.pid, &names, directory, &caller).await?;
    let plan = WaitPlan::new(&caller, parse_timeout(args.timeout_seconds)?);
    let request = args.request(plan.limit);
    // Check the target before the wait, so that an unknown one is an error and not a task.
    if let Err(problem) = caller.supervisor.resolve(&target) {
        return Err(Failure::from_problem(problem, Some(&target), &caller.supervisor).await);
    }
    let work = wait(caller.clone(), target.clone(), request, plan.is_cut_short);
    Ok(waiter.run(plan, caller, target, work).await)
}

impl WaitArgs {
    fn request(&self, limit: Duration) -> WaitRequest {
        let request = WaitRequest {
            pattern: non_blank(self.pattern.as_deref()).map(str::to_owned),
            port: self.port,
            after: non_blank(self.cursor.as_deref()).map(str::to_owned),
            timeout: Some(Seconds::measured(limit)),
            lines: Some(MAX_OUTPUT_LINES as u64),
            ..WaitRequest::default()
        };
        request.with_goal(self.goal)
    }
}

/// The requested timeout, or the default.
pub(super) fn parse_timeout(timeout_seconds: Option<f64>) -> Result<Duration, Failure> {
    let seconds = Seconds::try_from(timeout_seconds.unwrap_or(DEFAULT_TIMEOUT_SECONDS));
    seconds.map(Seconds::duration).map_err(|error| {
        let cause = format!("timeout_seconds: {error}.");
        Failure::new(&cause, "Nothing was done. Correct it and call again.")
    })
}

async fn wait(
    caller: Caller,
    target: Target,
    request: WaitRequest,
    is_cut_short: bool,
) -> CallToolResult {
    let supervisor = &caller.supervisor;
    match supervisor.wait(&target, &request).await {
        Ok(waited) => to_result(&WaitAnswer::new(waited, is_cut_short)),
        Err(problem) => {
            Failure::from_problem(problem, Some(&target), supervisor).await.into_result()
        }
    }
}

impl WaitAnswer {
    fn new(waited: Waited, is_cut_short: bool) -> Self {
        Self {
            note: wait_note(&waited, is_cut_short),
            reason: waited.reason,
            reached: waited.reached,
            matched_line: waited.matched_line.as_deref().map(lines::shorten),
            url: waited.url,
            ports: waited.ports,
            exit_code: waited.process.status.exit().map(Exit::shell_code),
            output: lines::newest_lines(&waited.output, MAX_OUTPUT_LINES, MAX_OUTPUT_BYTES),
            cursor: waited.cursor,
            waited_seconds: round_to_tenths(waited.waited_seconds),
        }
    }
}

/// Rounds to tenths of a second: more precision would only cost tokens.
fn round_to_tenths(seconds: Seconds) -> f64 {
    (f64::from(seconds) * 10.0).round() / 10.0
}

/// What the reason alone does not say, and the next call.
pub(super) fn wait_note(waited: &Waited, is_cut_short: bool) -> String {
    let next = match waited.reason {
        Reason::Timeout if is_cut_short => {
            "Not yet: this client cannot wait longer in one call. Call wait again with this cursor."
        }
        Reason::Timeout => {
            "Not yet; the process is still running. Call wait again with this cursor to continue."
        }
        Reason::DaemonStopping => {
            "The daemon is restarting; the process is unaffected. Call wait again with this cursor."
        }
        Reason::Port
        | Reason::Pattern
        | Reason::Ready
        | Reason::Exit
        | Reason::Quiet
        | Reason::Change => "",
    };
    let parts: Vec<&str> =
        [waited.note.as_str(), next].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}
