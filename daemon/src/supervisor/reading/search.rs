//! [`search`]: one expression over the kept runs of many processes; the newest lines come first.

use std::cmp::Reverse;
use std::io;
use std::sync::Arc;

use jiff::Zoned;
use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;
use persistproc_api::process::ListQuery;
use persistproc_api::search::{Match, SearchQuery, SearchReply};
use persistproc_api::time::point;
use persistproc_api::{Problem, Process, Time};
use regex::bytes::Regex;

use super::damaged::repair_if_ended;
use super::large_read::large_read;
use super::position::unreadable;
use crate::logs::log::Log;
use crate::logs::pattern;
use crate::logs::search::{self, Hit, LineSearch};
use crate::supervisor::finding::list;
use crate::supervisor::registry::Registry;

/// How many matches an answer holds unless the query says otherwise.
const DEFAULT_MATCHES: u64 = 100;

/// More matches than this make a large answer.
const LARGE_SEARCH: u64 = 1000;

/// How many matches a query can ask for.
const MAX_MATCHES: u64 = 100_000;

/// The newest lines that match, of all processes that pass the filters.
pub(crate) async fn search(
    registry: &Arc<Registry>,
    query: &SearchQuery,
) -> Result<SearchReply, Problem> {
    let pattern = pattern::compile("grep", &query.grep)?;
    let now = Zoned::now();
    let since = point::parse_optional("since", query.since.as_deref(), &now)?;
    let before = point::parse_optional("before", query.before.as_deref(), &now)?;
    let max_matches = query.lines.unwrap_or(DEFAULT_MATCHES);
    if max_matches == 0 || max_matches > MAX_MATCHES {
        return Err(Problem::parameter("lines", format!("is {max_matches}"))
            .hint(format!("Give a number from 1 to {MAX_MATCHES}.")));
    }
    let scope = Scope {
        since: since.unwrap_or(0),
        before: before.unwrap_or(i64::MAX),
        stream: query.stream,
        max_matches: max_matches as usize,
    };
    let filters = ListQuery {
        status: query.status.clone(),
        label: query.label.clone(),
        working_directory: query.working_directory.clone(),
        target: query.target.clone(),
        ..ListQuery::default()
    };
    let processes = list::list(registry, &filters);
    let registry = registry.clone();
    let _permit = if max_matches > LARGE_SEARCH { large_read().await } else { None };
    let found =
        tokio::task::spawn_blocking(move || search_all(&registry, &processes, &pattern, scope));
    found.await.map_err(Problem::internal)?
}

/// Where to search, and how many matches to return.
#[derive(Clone, Copy)]
struct Scope {
    /// Microseconds since 1970, inclusive.
    since: i64,
    /// Exclusive.
    before: i64,
    stream: Stream,
    max_matches: usize,
}

fn search_all(
    registry: &Registry,
    processes: &[Arc<Process>],
    pattern: &Regex,
    scope: Scope,
) -> Result<SearchReply, Problem> {
    let Scope { since, before, stream, max_matches } = scope;
    let sources = Source::all_in(stream).collect();
    let line_search = LineSearch { pattern, sources, since, before, max_hits: max_matches };
    let mut matches = Vec::new();
    let mut dropped_bytes = 0;
    let mut damaged_bytes = 0;
    for process in processes {
        let folder = registry.folder(&process.id);
        let runs = folder.runs().unwrap_or_default();
        let mut matches_of_process = 0;
        for run in runs.into_iter().rev() {
            repair_if_ended(&folder.run(run), process, run);
            let log = Log::open(&folder.run(run)).map_err(unreadable)?;
            let hits = search::search(&log, run, &line_search).map_err(unreadable)?;
            dropped_bytes += bytes_dropped_since(&log, stream, since).map_err(unreadable)?;
            damaged_bytes += log.damaged_bytes(stream).map_err(unreadable)?;
            matches_of_process += hits.len();
            matches.extend(hits.into_iter().map(|hit| to_match(process, run, hit)));
            if matches_of_process > max_matches {
                break;
            }
        }
    }
    matches.sort_by_key(|found| Reverse(found.time));
    let truncated = matches.len() > max_matches;
    matches.truncate(max_matches);
    let note = note(matches.len(), truncated, dropped_bytes, damaged_bytes);
    Ok(SearchReply { matches, truncated, dropped_bytes, note })
}

/// How many bytes of a stream the log limit has dropped that were printed at or after a time.
fn bytes_dropped_since(log: &Log, stream: Stream, since: i64) -> io::Result<u64> {
    Ok(log.base_entry()?.filter(|base| base.time >= since).map_or(0, |base| base.end.bytes(stream)))
}

fn note(shown: usize, truncated: bool, dropped_bytes: u64, damaged_bytes: u64) -> String {
    let mut notes = Vec::new();
    if truncated {
        notes.push(format!("These are the newest {shown}; ask for more with `lines`."));
    }
    if dropped_bytes > 0 {
        notes.push(format!(
            "{dropped_bytes} bytes of older output were dropped by the log limit and not searched."
        ));
    }
    if damaged_bytes > 0 {
        notes.push(format!(
            "{damaged_bytes} bytes of output are missing: another program has changed the logs."
        ));
    }
    notes.join(" ")
}

fn to_match(process: &Process, run: u32, hit: Hit) -> Match {
    Match {
        id: process.id.clone(),
        label: process.label.clone(),
        run,
        stream: hit.source.stream(),
        time: Time::from_micros(hit.time),
        line: hit.line,
        cursor: hit.cursor.to_string(),
    }
}
