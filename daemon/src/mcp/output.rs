//! `output`: what a process printed, as plain lines within a budget, and how to go on from there;
//! without a process, what all of them printed.

use persistproc_api::output::{Lines, OutputPage, OutputQuery, Stream};
use persistproc_api::search::{SearchQuery, SearchReply};
use persistproc_api::{Exit, Process};
use rmcp::model::{CallToolResult, JsonObject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::failure::Failure;
use super::lines;
use super::target::{self, Target, given};
use super::tools::{answer, arguments, is_false, is_zero};

/// Lines in an answer unless someone says otherwise.
const LINES: u64 = 100;

/// Bytes of text in an answer unless someone says otherwise.
const BYTES: u64 = 8000;

/// The most that can be asked for.
const MOST_BYTES: u64 = 100_000;

/// The same as characters of the whole answer.
pub(super) const MOST_CHARACTERS: u64 = 150_000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Args {
    /// Default combined
    stream: Option<Stream>,
    /// Default 100
    lines: Option<u64>,
    /// RFC 3339, 14:00 or 5m (ago)
    before_time: Option<String>,
    /// Same
    since_time: Option<String>,
    /// Of the process
    pid: Option<u32>,
    /// Or part of it, or id
    command_or_label: Option<String>,
    /// Looked in first
    working_directory: Option<String>,
    /// Only what is new since that answer
    cursor: Option<String>,
    /// Regex; lower case matches both
    grep: Option<String>,
    /// Lines around matches
    context: Option<u32>,
    /// Default 8000
    max_bytes: Option<u64>,
    /// On each line
    timestamps: Option<bool>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct Answer {
    output: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(skip)]
    lines_before: u64,
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(skip)]
    lines_after: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// Where it does not run any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(skip)]
    truncated: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

pub(super) async fn call(
    caller: &Caller,
    arguments_given: JsonObject,
) -> Result<CallToolResult, Failure> {
    let args: Args = arguments("output", arguments_given)?;
    let names = [&args.command_or_label];
    match Target::of(args.pid, &names, &args.working_directory, caller)? {
        Some(target) => page(caller, &args, &target).await,
        None => everywhere(caller, &args).await,
    }
}

async fn page(caller: &Caller, args: &Args, target: &Target) -> Result<CallToolResult, Failure> {
    let text = |text: &Option<String>| given(text).map(str::to_owned);
    let query = OutputQuery {
        stream: args.stream.unwrap_or_default(),
        lines: Lines::AtMost(args.lines.unwrap_or(LINES)),
        since: text(&args.since_time),
        before: text(&args.before_time),
        after: text(&args.cursor),
        run: None,
        grep: text(&args.grep),
        context: args.context,
        bytes: Some(bytes(args)),
        collapse: true,
        raw: false,
        timestamps: args.timestamps.unwrap_or(false),
        as_rows: false,
        working_directory: target.directory.clone(),
    };
    let supervisor = &caller.supervisor;
    let page = match supervisor.output(&target.name, &query).await {
        Ok(page) => page,
        Err(problem) => return Err(Failure::of(problem, Some(target), supervisor).await),
    };
    let process = supervisor.resolve(&target.name, target.directory()).ok();
    Ok(answer(&Answer::new(page, process.as_ref(), &query)))
}

fn bytes(args: &Args) -> u64 {
    args.max_bytes.unwrap_or(BYTES).min(MOST_BYTES)
}

impl Answer {
    fn new(page: OutputPage, process: Option<&Process>, query: &OutputQuery) -> Self {
        let over = process.filter(|process| !process.status.is_alive());
        let note = note(&page, process, query);
        let exit = over.and_then(|process| process.status.exit());
        Self {
            output: page.output,
            lines_before: page.lines_before,
            lines_after: page.lines_after,
            cursor: Some(page.cursor),
            status: over.map(|process| process.status.word()),
            exit_code: exit.map(Exit::shell_code),
            truncated: page.truncated,
            note,
        }
    }
}

/// What is left out, and the argument that gets it.
fn note(page: &OutputPage, process: Option<&Process>, query: &OutputQuery) -> String {
    let forward = query.after.is_some();
    let mut notes = Vec::new();
    if page.dropped_bytes > 0 {
        notes.push(format!("{} bytes were dropped by the log limit.", page.dropped_bytes));
    }
    if forward && page.lines_after > 0 {
        notes.push("More follows: call output with this cursor.".to_owned());
    } else if !forward && page.lines_before > 0 && query.grep.is_none() {
        let file = process.map_or_else(String::new, |process| {
            format!(" The whole log: {}", process.log_combined.display())
        });
        let how = match page.truncated {
            true => "Earlier lines did not fit: raise max_bytes or use grep.",
            false => "Earlier lines: raise lines or use grep.",
        };
        notes.push(format!("{how}{file}"));
    } else if page.truncated {
        notes.push("Not all matches fit: narrow grep, or raise lines and max_bytes.".to_owned());
    }
    notes.join(" ")
}

/// The newest matching lines of every process.
async fn everywhere(caller: &Caller, args: &Args) -> Result<CallToolResult, Failure> {
    let Some(grep) = given(&args.grep) else {
        return Err(Failure::of(nobody(), None, &caller.supervisor).await);
    };
    let query = SearchQuery {
        grep: grep.to_owned(),
        stream: args.stream.unwrap_or_default(),
        lines: Some(args.lines.unwrap_or(LINES).max(1)),
        working_directory: target::directory(&args.working_directory, caller)?,
        since: given(&args.since_time).map(str::to_owned),
        before: given(&args.before_time).map(str::to_owned),
        ..SearchQuery::default()
    };
    match caller.supervisor.search(&query).await {
        Ok(reply) => Ok(answer(&found(reply, bytes(args)))),
        Err(problem) => Err(Failure::of(problem, None, &caller.supervisor).await),
    }
}

/// `label: line`, oldest first as in a page.
fn found(reply: SearchReply, bytes: u64) -> Answer {
    let total = reply.matches.len();
    let mut used = 0;
    let mut output: Vec<String> = reply
        .matches
        .into_iter()
        .map(|found| format!("{}: {}", found.id, lines::cut(found.line.trim_end(), 500)))
        .take_while(|line| {
            used += line.len() as u64 + 1;
            used <= bytes
        })
        .collect();
    output.reverse();
    let truncated = reply.truncated || output.len() < total;
    let note =
        if truncated { "Older matches are left out: narrow grep, or raise lines." } else { "" };
    Answer { output, truncated, note: note.to_owned(), ..Answer::default() }
}

/// No target, and nothing to look for everywhere.
pub(super) fn nobody() -> persistproc_api::Problem {
    let message = "Which process? Give command_or_label or pid.";
    persistproc_api::Problem::new(persistproc_api::ErrorCode::NotFound, message)
}
