//! `persistproc search`: searches the output of many processes, newest match first.

use std::cmp::Reverse;

use nu_protocol::{Example, LabeledError, PipelineData, Signature, SyntaxShape, Value};
use persistproc_api::search::{SearchQuery, SearchReply};

use crate::call::Call;
use crate::completion::Positionals;
use crate::flags;
use crate::targets::Targets;
use crate::value::{self, LINE_COLUMNS, table_type};
use crate::verb::{Verb, target_input_types, text_list, with_types};

/// How many matches to return by default. The daemon has the same default.
const DEFAULT_MATCHES: usize = 100;

pub(crate) struct Search;

impl Verb for Search {
    const DESCRIPTION: &'static str = "Search the output of processes, newest match first.";
    const EXTRA_DESCRIPTION: &'static str = "Searches all runs whose logs are kept, including those \
        of ended processes. With pipeline input, searches only the processes in it.";
    const SEARCH_TERMS: &'static [&'static str] = &["grep", "rg", "find", "log", "output", "regex"];

    fn signature(&self, signature: Signature) -> Signature {
        let pattern = "Regular expression; case-insensitive if it has no capital letters.";
        let lines = "Maximum number of matches (default: 100).";
        let label = "Search only the process with exactly this label.";
        let target = "Search only processes that this target matches.";
        let status = "Search only processes with one of these statuses: running,exited.";
        let directory = "Search only processes in this directory.";
        let signature = flags::add_long(signature, "Add the columns id, run, line and cursor.")
            .required("pattern", SyntaxShape::String, pattern)
            .named("lines", SyntaxShape::Int, lines, Some('n'));
        let signature = flags::add_time_flags(flags::add_stream(signature))
            .named("label", SyntaxShape::String, label, None)
            .named("target", SyntaxShape::String, target, None)
            .named("status", SyntaxShape::String, status, None)
            .named("working-directory", SyntaxShape::Directory, directory, None);
        with_types(signature, &target_input_types(), &table_type(&[LINE_COLUMNS]))
    }

    fn examples(&self) -> Vec<Example<'static>> {
        vec![
            Example {
                description: "Search the output of all processes",
                example: "persistproc search error | get message | sort",
                result: text_list(&["error: 2 tests failed", "error: no database"]),
            },
            Example {
                description: "Search the output of the last hour with a regular expression",
                example: "persistproc search 'tests? failed' --since 1hr | get label",
                result: text_list(&["build"]),
            },
            Example {
                description: "Search the output of running processes",
                example: "persistproc ps | where status == running | persistproc search error | get label",
                result: text_list(&["api"]),
            },
        ]
    }

    fn positionals(&self) -> Positionals {
        Positionals::Text
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let query = search_query(&call)?;
        let head = call.head();
        let reply = match input {
            PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _) => {
                let pattern = call.args.nth(0).map_or(head, |pattern| pattern.span());
                call.request(pattern, |client| client.search(&query))?
            }
            input => {
                let targets = Targets::new(&call, &[], input)?;
                let replies = call.request_each(&targets.list, |client, target| {
                    let target = Some(target.name.clone());
                    client.search(&SearchQuery { target, ..query.clone() })
                })?;
                merge_replies(replies, query.lines)
            }
        };
        let long = call.has_switch("long")?;
        let matches = reply.matches.iter().cloned();
        let rows = matches.map(|found| value::match_row(found, long, head)).collect();
        call.respond(&reply, rows, value::line_metadata(head))
    }
}

/// Merges replies for several targets to the reply that one search for all of them would give.
fn merge_replies(replies: Vec<SearchReply>, lines: Option<u64>) -> SearchReply {
    let mut merged = SearchReply::default();
    for reply in replies {
        merged.matches.extend(reply.matches);
        merged.truncated |= reply.truncated;
        merged.dropped_bytes += reply.dropped_bytes;
    }
    merged.matches.sort_by_key(|found| Reverse(found.time));
    let limit = lines.and_then(|lines| usize::try_from(lines).ok()).unwrap_or(DEFAULT_MATCHES);
    merged.truncated |= merged.matches.len() > limit;
    merged.matches.truncate(limit);
    merged
}

fn search_query(call: &Call<'_>) -> Result<SearchQuery, LabeledError> {
    let directory = call.flag::<String>("working-directory")?;
    Ok(SearchQuery {
        grep: call.args.req(0)?,
        stream: call.stream_flag()?,
        lines: call.integer_flag("lines", "a whole number", 100)?,
        target: call.flag("target")?,
        label: call.flag("label")?,
        working_directory: directory.map(|path| call.shell.absolute_path(&path)).transpose()?,
        status: call.status_flag()?,
        since: call.time_flag("since")?,
        before: call.time_flag("before")?,
    })
}
