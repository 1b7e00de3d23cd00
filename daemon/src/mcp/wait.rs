//! `wait`: until something happens to a process, instead of asking again and again. The answer
//! says what ended the wait, the newest lines, and from where to go on.

use std::time::Duration;

use persistproc_api::Exit;
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::{Goal, Reason, WaitRequest, Waited};
use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::failure::Failure;
use super::lines;
use super::output::nobody;
use super::patience::{Patience, manner};
use super::target::{Target, given};
use super::tools::{answer, arguments};

/// How long to wait unless someone says otherwise.
pub(super) const TIMEOUT: f64 = 30.0;

/// Lines and bytes of an answer.
const LINES: usize = 20;
const BYTES: usize = 3000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Args {
    /// Of the process
    pid: Option<u32>,
    /// Or part of it, or id
    command_or_label: Option<String>,
    /// Looked in first
    working_directory: Option<String>,
    /// Default ready
    #[serde(rename = "for")]
    goal: Option<Goal>,
    /// Regex
    pattern: Option<String>,
    /// Default any
    port: Option<u16>,
    /// Only output after it counts
    cursor: Option<String>,
    /// Default 30
    timeout_seconds: Option<f64>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Answer {
    #[schemars(with = "String")]
    reason: Reason,
    /// What was waited for has happened.
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
    arguments_given: JsonObject,
    patience: &Patience,
) -> Result<CallToolResponse, Failure> {
    let args: Args = arguments("wait", arguments_given)?;
    let names = [&args.command_or_label];
    let Some(target) = Target::of(args.pid, &names, &args.working_directory, &caller)? else {
        return Err(Failure::of(nobody(), None, &caller.supervisor).await);
    };
    let asked = seconds(args.timeout_seconds)?;
    let (manner, limit) = manner(caller.takes_tasks, caller.progress.is_some(), asked);
    let request = request(&args, limit);
    // What is wrong is said at once, task or not.
    if let Err(problem) = caller.supervisor.resolve(&target.name, target.directory()) {
        return Err(Failure::of(problem, Some(&target), &caller.supervisor).await);
    }
    let work = wait(caller.clone(), target.clone(), request, limit < asked);
    Ok(patience.with(manner, limit, caller, target, work).await)
}

fn request(args: &Args, limit: Duration) -> WaitRequest {
    let pattern = given(&args.pattern).map(str::to_owned);
    let implied = match (&pattern, args.port) {
        (Some(_), None) => Goal::Pattern,
        (None, Some(_)) => Goal::Port,
        _ => Goal::Ready,
    };
    WaitRequest {
        goal: args.goal.unwrap_or(implied),
        pattern,
        port: args.port,
        quiet: None,
        after: given(&args.cursor).map(str::to_owned),
        timeout: Some(Seconds::measured(limit)),
        lines: Some(LINES as u64),
    }
}

/// How long the caller wants to wait.
pub(super) fn seconds(given: Option<f64>) -> Result<Duration, Failure> {
    let seconds = Seconds::try_from(given.unwrap_or(TIMEOUT));
    seconds.map(Seconds::duration).map_err(|error| {
        Failure::new(&format!("timeout_seconds: {error}."), "Nothing was done; call again.")
    })
}

async fn wait(
    caller: Caller,
    target: Target,
    request: WaitRequest,
    cut_short: bool,
) -> CallToolResult {
    let supervisor = &caller.supervisor;
    match supervisor.wait(&target.name, target.directory(), &request).await {
        Ok(waited) => answer(&Answer::new(waited, cut_short)),
        Err(problem) => Failure::of(problem, Some(&target), supervisor).await.into_result(),
    }
}

impl Answer {
    fn new(waited: Waited, cut_short: bool) -> Self {
        let note = note(&waited, cut_short);
        let Waited { reason, reached, process, matched_line, ports, url, output, cursor, .. } =
            waited;
        Self {
            reason,
            reached,
            matched_line: matched_line.as_deref().map(lines::short),
            url,
            ports,
            exit_code: process.status.exit().map(Exit::shell_code),
            output: lines::newest(&output, LINES, BYTES),
            cursor,
            waited_seconds: tenths(waited.waited_seconds),
            note,
        }
    }
}

/// Tenths: nobody compares waits.
fn tenths(seconds: Seconds) -> f64 {
    (f64::from(seconds) * 10.0).round() / 10.0
}

/// What the reason does not say, and the next call.
pub(super) fn note(waited: &Waited, cut_short: bool) -> String {
    let next = match waited.reason {
        Reason::Timeout if cut_short => {
            "Not yet: this client cannot wait longer in one call. Call wait again with this cursor."
        }
        Reason::Timeout => "Not yet, and it still runs. Call wait again with this cursor to go on.",
        Reason::DaemonStopping => {
            "The daemon is restarting; the process is unaffected. Call wait again with this cursor."
        }
        Reason::Port | Reason::Pattern | Reason::Ready | Reason::Exit | Reason::Quiet => "",
    };
    [waited.note.as_str(), next]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
