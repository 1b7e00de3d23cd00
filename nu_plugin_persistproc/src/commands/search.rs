//! `persistproc search`: one expression over what processes printed, newest first.

use nu_protocol::{LabeledError, PipelineData, Signature, SyntaxShape, Value};
use persistproc_api::Problem;
use persistproc_api::search::{SearchQuery, SearchReply};

use super::logs::drawn;
use crate::call::Call;
use crate::command::{Shown, Verb, of_processes};
use crate::complete::Offer;
use crate::flags;
use crate::targets::Targets;
use crate::value;

pub(crate) struct Search;

impl Verb for Search {
    const ABOUT: &'static str = "Search what processes printed, newest first.";
    const MORE: &'static str = "Every run that is kept is searched, ended ones too: of the \
        processes that come through the pipeline, or of all.";
    const TERMS: &'static [&'static str] = &["grep", "rg", "find", "log", "output", "regex"];

    fn signature(&self, signature: Signature) -> Signature {
        let about = "A regular expression; lower case matches both cases.";
        let signature = flags::long(signature, "Also id, run, line and cursor.")
            .required("pattern", SyntaxShape::String, about)
            .named("lines", SyntaxShape::Int, "How many at most [default: 100].", Some('n'))
            .named("stream", SyntaxShape::String, "stdout, stderr, or combined.", None)
            .named("since", flags::moment(), "Only lines from then on: 5min, 2026-11-22.", None)
            .named("before", flags::moment(), "Only lines before then.", None)
            .named("since-time", SyntaxShape::String, "`--since` as text: 5m, 14:00.", None)
            .named("before-time", SyntaxShape::String, "`--before` as text.", None)
            .named("label", SyntaxShape::String, "Only of the process with this label.", None)
            .named("target", SyntaxShape::String, "Only of processes that this names.", None)
            .named("status", SyntaxShape::String, "Only of processes in this status.", None)
            .named("working-directory", SyntaxShape::Directory, "Only of this place.", None);
        of_processes(signature, &value::table_of(&[value::log_columns()]))
    }

    fn examples(&self) -> Vec<Shown> {
        let texts = |all: &[&str]| {
            Some(Value::test_list(all.iter().map(|text| Value::test_string(*text)).collect()))
        };
        vec![
            (
                "persistproc search error | get message | sort",
                "Over everything",
                texts(&["error: 2 tests failed", "error: no database"]),
            ),
            (
                "persistproc search 'tests? failed' --since 1hr | get label",
                "Of the last hour",
                texts(&["build"]),
            ),
            (
                "persistproc ps | where status == running | persistproc search error | get label",
                "Of those that a filter names",
                texts(&["api"]),
            ),
        ]
    }

    fn offers(&self) -> Offer {
        Offer::Nothing
    }

    fn run(&self, call: Call<'_>, input: PipelineData) -> Result<PipelineData, LabeledError> {
        let (query, head) = (query(&call)?, call.head());
        let pattern = call.args.nth(0).map_or(head, |pattern| pattern.span());
        let reply = match input {
            PipelineData::Empty | PipelineData::Value(Value::Nothing { .. }, _) => {
                call.ask(pattern, |client| client.search(&query))?
            }
            input => {
                let Targets { all, .. } = Targets::of(&call, &[], input)?;
                let replies = call.each(&all, |client, target| {
                    let target = Some(target.name.clone());
                    client.search(&SearchQuery { target, ..query.clone() })
                })?;
                together(replies, query.lines)
            }
        };
        let long = call.has("long")?;
        let rows = |found: &SearchReply| {
            let all = found.matches.iter().cloned();
            all.map(|one| value::match_row(one, long, head)).collect()
        };
        call.answer(&reply, || rows(&reply), drawn(head))
    }
}

/// As if it had been one search.
fn together(replies: Vec<SearchReply>, lines: Option<u64>) -> SearchReply {
    let mut whole = SearchReply::default();
    for reply in replies {
        whole.matches.extend(reply.matches);
        whole.truncated |= reply.truncated;
        whole.dropped_bytes += reply.dropped_bytes;
    }
    whole.matches.sort_by_key(|found| std::cmp::Reverse(found.time));
    let most = lines.and_then(|lines| usize::try_from(lines).ok()).unwrap_or(100);
    whole.truncated |= whole.matches.len() > most;
    whole.matches.truncate(most);
    whole
}

fn query(call: &Call<'_>) -> Result<SearchQuery, LabeledError> {
    let directory = call.flag::<String>("working-directory")?;
    let lines = call.flag::<Value>("lines")?;
    let lines = lines.map(|lines| {
        let problem = Problem::invalid("`--lines` is not a number of lines.")
            .hint("Give a whole number such as 100.");
        lines.as_int()?.try_into().map_err(|_| value::error(&problem, lines.span()))
    });
    Ok(SearchQuery {
        grep: call.args.req(0)?,
        stream: call.stream()?,
        lines: lines.transpose()?,
        target: call.flag("target")?,
        label: call.flag("label")?,
        working_directory: directory.map(|path| call.shell.path(&path)).transpose()?,
        status: call.status()?,
        since: call.moment("since")?,
        before: call.moment("before")?,
    })
}
