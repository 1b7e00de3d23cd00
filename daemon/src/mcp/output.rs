//! The tool `output`: the lines of a process within a budget, and how to get the lines that were
//! left out; without a process, the matching lines of all processes.

use persistproc_api::changes::ChangesQuery;
use persistproc_api::news::NewsPage;
use persistproc_api::output::{Lines, OutputPage, OutputQuery, Stream};
use persistproc_api::search::{SearchQuery, SearchReply};
use persistproc_api::{Exit, Process, Target};
use rmcp::model::{CallToolResult, JsonObject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::failure::Failure;
use super::lines;
use super::news;
use super::target::{missing_target, parse_directory, parse_target};
use super::tool_io::{is_zero, non_blank, parse_arguments, to_result};

const DEFAULT_LINES: u64 = 100;

const DEFAULT_BYTES: u64 = 8000;

/// Of more output since a cursor than fits: lines from its beginning, and from its end.
const MAX_BURST_FIRST: usize = 20;
const MAX_BURST_NEWEST: u64 = 80;

/// The part of an answer that the lines from its beginning may take: one fourth.
const BURST_HEAD_PART: u64 = 4;

/// The size that they may have in any case, in bytes.
const MIN_BURST_HEAD_BYTES: usize = 500;

/// Upper limit of `max_bytes`.
const MAX_BYTES: u64 = 100_000;

/// Upper limit of the whole answer, in characters; announced to clients.
pub(super) const MAX_ANSWER_CHARS: u64 = 150_000;

/// The longest line of a search, in characters.
const MAX_MATCH_CHARS: usize = 500;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OutputArgs {
    /// Default combined: both in order
    stream: Option<Stream>,
    /// Most lines; default 100
    lines: Option<u64>,
    /// Only lines before: RFC 3339, 14:00 or 5m (ago)
    before_time: Option<String>,
    /// Only lines since: RFC 3339, 14:00 or 5m (ago)
    since_time: Option<String>,
    /// Process ID
    pid: Option<u32>,
    /// Label, command or id, or a part of it
    #[serde(alias = "command")]
    command_or_label: Option<String>,
    /// Directory of the process
    working_directory: Option<String>,
    /// Cursor of an earlier answer: only newer output
    cursor: Option<String>,
    /// Regex; lower case ignores case
    grep: Option<String>,
    /// Lines around each match
    context: Option<u32>,
    /// Answer size; default 8000
    max_bytes: Option<u64>,
    /// Time before each line
    timestamps: Option<bool>,
    /// What broke
    news: Option<bool>,
    /// Lines new or gone since the last good run
    changes: Option<bool>,
}

#[derive(Debug, Default, Serialize, JsonSchema)]
pub(super) struct OutputAnswer {
    output: Vec<String>,
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(skip)]
    lines_before: u64,
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(skip)]
    lines_after: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// Set only if the process has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schemars(skip)]
    truncated: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

pub(super) async fn call(
    caller: &Caller,
    arguments: JsonObject,
) -> Result<CallToolResult, Failure> {
    let args: OutputArgs = parse_arguments("output", arguments)?;
    let names = [args.command_or_label.as_deref()];
    let target = parse_target(args.pid, &names, args.working_directory.as_deref(), caller)?;
    if args.news == Some(true) {
        let (lines, page) = news::page(caller, target.as_ref(), args.cursor.as_deref()).await?;
        return Ok(to_result(&OutputAnswer::of_news(lines, page)));
    }
    if args.changes == Some(true) {
        return changes(caller, target).await;
    }
    match target {
        Some(target) => read_page(caller, &args, &target).await,
        None => search_all(caller, &args).await,
    }
}

/// Which messages of a process are new, and which are gone.
async fn changes(caller: &Caller, target: Option<Target>) -> Result<CallToolResult, Failure> {
    let supervisor = &caller.supervisor;
    let Some(target) = target else { return Err(missing_target(supervisor).await) };
    match supervisor.changes(&target, &ChangesQuery::default()).await {
        Ok(changes) => Ok(to_result(&OutputAnswer {
            output: changes.lines(),
            note: changes.note,
            ..OutputAnswer::default()
        })),
        Err(problem) => Err(Failure::from_problem(problem, Some(&target), supervisor).await),
    }
}

/// A page of one process's output.
async fn read_page(
    caller: &Caller,
    args: &OutputArgs,
    target: &Target,
) -> Result<CallToolResult, Failure> {
    let query = args.page_query();
    let supervisor = &caller.supervisor;
    let page = match supervisor.output(target, &query).await {
        Ok(page) => page,
        Err(problem) => return Err(Failure::from_problem(problem, Some(target), supervisor).await),
    };
    let process = supervisor.resolve(target).ok();
    // With `lines`, a client reads page by page.
    let is_page = args.lines.is_some() || query.grep.is_some() || query.after.is_none();
    let is_burst = !is_page && page.lines_after > 0;
    let newest = match is_burst {
        true => supervisor.output(target, &newest_of_burst(&query, page.lines_after)).await.ok(),
        false => None,
    };
    let answer = match newest {
        Some(newest) => OutputAnswer::from_burst(page, newest, process.as_ref()),
        None => OutputAnswer::from_page(page, process.as_ref(), &query),
    };
    Ok(to_result(&answer))
}

/// The query of the newest lines of more than fits into an answer. A client that reads on until it has
/// everything would need dozens of calls.
fn newest_of_burst(query: &OutputQuery, lines_after: u64) -> OutputQuery {
    let bytes = query.bytes.map(|bytes| bytes - bytes / BURST_HEAD_PART);
    let lines = Lines::AtMost(lines_after.min(MAX_BURST_NEWEST));
    OutputQuery { after: None, lines, bytes, ..query.clone() }
}

/// The newest matching lines of all processes.
async fn search_all(caller: &Caller, args: &OutputArgs) -> Result<CallToolResult, Failure> {
    let Some(grep) = non_blank(args.grep.as_deref()) else {
        return Err(missing_target(&caller.supervisor).await);
    };
    if args.context.is_some() || non_blank(args.cursor.as_deref()).is_some() {
        return Err(Failure::new(
            "context and cursor belong to one process, and a search of all has none.",
            "Pass command_or_label too, or leave both out.",
        ));
    }
    let query = args.search_query(grep, caller)?;
    match caller.supervisor.search(&query).await {
        Ok(reply) => Ok(to_result(&OutputAnswer::from_matches(reply, args.byte_budget()))),
        Err(problem) => Err(Failure::from_problem(problem, None, &caller.supervisor).await),
    }
}

impl OutputArgs {
    fn page_query(&self) -> OutputQuery {
        OutputQuery {
            stream: self.stream.unwrap_or_default(),
            lines: Lines::AtMost(self.lines.unwrap_or(DEFAULT_LINES)),
            since: non_blank(self.since_time.as_deref()).map(str::to_owned),
            before: non_blank(self.before_time.as_deref()).map(str::to_owned),
            after: non_blank(self.cursor.as_deref()).map(str::to_owned),
            from_line: None,
            run: None,
            grep: non_blank(self.grep.as_deref()).map(str::to_owned),
            context: self.context,
            bytes: Some(self.byte_budget()),
            collapse: true,
            raw: false,
            color: false,
            timestamps: self.timestamps.unwrap_or(false),
            as_rows: false,
            working_directory: None,
        }
    }

    fn search_query(&self, grep: &str, caller: &Caller) -> Result<SearchQuery, Failure> {
        Ok(SearchQuery {
            grep: grep.to_owned(),
            stream: self.stream.unwrap_or_default(),
            lines: Some(self.lines.unwrap_or(DEFAULT_LINES).max(1)),
            working_directory: parse_directory(self.working_directory.as_deref(), caller)?,
            since: non_blank(self.since_time.as_deref()).map(str::to_owned),
            before: non_blank(self.before_time.as_deref()).map(str::to_owned),
            ..SearchQuery::default()
        })
    }

    fn byte_budget(&self) -> u64 {
        self.max_bytes.unwrap_or(DEFAULT_BYTES).min(MAX_BYTES)
    }
}

impl OutputAnswer {
    fn from_page(page: OutputPage, process: Option<&Process>, query: &OutputQuery) -> Self {
        let ended = process.filter(|process| !process.status.is_alive());
        let exit = ended.and_then(|process| process.status.exit());
        Self {
            note: page_note(&page, process, query),
            output: page.output,
            lines_before: page.lines_before,
            lines_after: page.lines_after,
            cursor: Some(page.cursor),
            status: ended.map(|process| process.status.word()),
            exit_code: exit.map(Exit::shell_code),
            truncated: page.truncated,
        }
    }

    /// The first and the newest lines since a cursor, and the cursor after the newest.
    fn from_burst(first: OutputPage, newest: OutputPage, process: Option<&Process>) -> Self {
        let total = first.output.len() as u64 + first.lines_after;
        let mut output = first.output;
        let max_bytes = newest.output.iter().map(String::len).sum::<usize>() / 2;
        let mut left = max_bytes.max(MIN_BURST_HEAD_BYTES);
        let fitting = output.iter().take(MAX_BURST_FIRST).take_while(|line| {
            let fits = line.len() <= left;
            left = left.saturating_sub(line.len());
            fits
        });
        output.truncate(fitting.count());
        let shown = (output.len() + newest.output.len()) as u64;
        let left_out = total.saturating_sub(shown);
        output.push(format!("[{left_out} lines left out]"));
        output.extend(newest.output);
        let log = process.map(|process| process.log_combined.display().to_string());
        let log = log.map(|path| format!(" Full log: {path}")).unwrap_or_default();
        let ended = process.filter(|process| !process.status.is_alive());
        let exit = ended.and_then(|process| process.status.exit());
        Self {
            output,
            cursor: Some(newest.cursor),
            status: ended.map(|process| process.status.word()),
            exit_code: exit.map(Exit::shell_code),
            truncated: true,
            note: format!("For the lines left out, call output with grep.{log}"),
            ..Self::default()
        }
    }

    /// News in place of lines.
    fn of_news(output: Vec<String>, page: NewsPage) -> Self {
        let NewsPage { cursor, note, .. } = page;
        Self { output, cursor: Some(cursor), note, ..Self::default() }
    }

    /// Lines `id: line` within `max_bytes`, oldest first as in a page.
    fn from_matches(reply: SearchReply, max_bytes: u64) -> Self {
        let total = reply.matches.len();
        let mut output = Vec::new();
        let mut used = 0;
        for found in reply.matches {
            let text = lines::truncate(found.line.trim_end(), MAX_MATCH_CHARS);
            let line = format!("{}: {text}", found.id);
            used += line.len() as u64 + 1;
            if used > max_bytes {
                break;
            }
            output.push(line);
        }
        output.reverse();
        let truncated = reply.truncated || output.len() < total;
        let note = if truncated {
            "Older matches were left out: narrow grep, or raise lines.".to_owned()
        } else {
            String::new()
        };
        Self { output, truncated, note, ..Self::default() }
    }
}

/// What the page leaves out, and the argument that returns it.
fn page_note(page: &OutputPage, process: Option<&Process>, query: &OutputQuery) -> String {
    let reads_forward = query.after.is_some();
    let mut notes = Vec::new();
    if page.dropped_bytes > 0 {
        notes.push(format!("{} bytes were dropped by the log limit.", page.dropped_bytes));
    }
    if reads_forward && page.lines_after > 0 {
        notes.push("More follows: call output with this cursor.".to_owned());
    } else if !reads_forward && page.lines_before > 0 && query.grep.is_none() {
        let how = if page.truncated {
            "Earlier lines did not fit: raise max_bytes or use grep."
        } else {
            "For earlier lines, raise lines or use grep."
        };
        notes.push(how.to_owned());
        if let Some(process) = process {
            notes.push(format!("Full log: {}", process.log_combined.display()));
        }
    } else if page.truncated {
        notes.push("Not all matches fit: narrow grep, or raise lines and max_bytes.".to_owned());
    }
    notes.join(" ")
}
