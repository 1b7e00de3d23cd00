//! One expression over many processes: each run that is kept, newest lines first.

use jiff::Zoned;
use persistproc_api::output::Stream;
use persistproc_api::process::ListQuery;
use persistproc_api::search::{Match, SearchQuery, SearchReply};
use persistproc_api::{Problem, Process, Time};
use regex::bytes::Regex;

use crate::logs::log::Log;
use crate::logs::pattern;
use crate::logs::search::{Hit, LineSearch, search};
use crate::supervisor::Supervisor;
use crate::supervisor::requests::times;
use crate::supervisor::storage::folder::ProcessFolder;
use persistproc_api::cursor::Source;

/// How many matches an answer holds unless someone says otherwise.
const MATCHES: u64 = 100;

/// The most that can be asked for.
const MOST: u64 = 100_000;

impl Supervisor {
    /// The newest lines that match, of all processes that pass the filters.
    pub async fn search(&self, query: &SearchQuery) -> Result<SearchReply, Problem> {
        let pattern = pattern::compile("grep", &query.grep)?;
        let now = Zoned::now();
        let point = |name, text: &Option<String>, otherwise| {
            text.as_deref().map_or(Ok(otherwise), |text| times::parse(name, text, &now))
        };
        let (since, before) =
            (point("since", &query.since, 0)?, point("before", &query.before, i64::MAX)?);
        let most = query.lines.unwrap_or(MATCHES);
        if most == 0 || most > MOST {
            return Err(Problem::parameter("lines", format!("is {most}"))
                .hint(format!("Give a number from 1 to {MOST}.")));
        }
        let processes = self.list(&ListQuery {
            status: query.status,
            label: query.label.clone(),
            working_directory: query.working_directory.clone(),
            target: query.target.clone(),
            ..ListQuery::default()
        });
        let (supervisor, stream) = (self.clone(), query.stream);
        let span = Span { since, before, stream, most: most as usize };
        let found = move || supervisor.search_all(&processes, &pattern, span);
        tokio::task::spawn_blocking(found).await.map_err(Problem::internal)?
    }

    fn search_all(
        &self,
        processes: &[Process],
        pattern: &Regex,
        span: Span,
    ) -> Result<SearchReply, Problem> {
        let Span { since, before, stream, most } = span;
        let sources = Source::all_in(stream).collect();
        let wanted = LineSearch { pattern, sources, since, before, max_hits: most };
        let (mut matches, mut dropped_bytes) = (Vec::new(), 0);
        for process in processes {
            let folder = ProcessFolder::new(self.data_dirs(), &process.id);
            let runs = folder.runs().unwrap_or_default();
            let mut of_process = 0;
            for run in runs.into_iter().rev() {
                let found = Log::open(&folder.run(run))
                    .and_then(|log| Ok((search(&log, run, &wanted)?, gone(&log, stream, since)?)));
                let (hits, gone) =
                    found.map_err(|error| Problem::storage("A log cannot be read", error))?;
                dropped_bytes += gone;
                of_process += hits.len();
                matches.extend(hits.into_iter().map(|hit| matched(process, run, hit)));
                if of_process > most {
                    break;
                }
            }
        }
        matches.sort_by_key(|one| std::cmp::Reverse(one.time));
        let truncated = matches.len() > most;
        matches.truncate(most);
        let note = note(matches.len(), truncated, dropped_bytes);
        Ok(SearchReply { matches, truncated, dropped_bytes, note })
    }
}

/// Bytes of a stream that the log limit dropped and that came at or after a time.
fn gone(log: &Log, stream: Stream, since: i64) -> std::io::Result<u64> {
    Ok(log.base_entry()?.filter(|base| base.time >= since).map_or(0, |base| base.end.bytes(stream)))
}

fn note(shown: usize, truncated: bool, dropped_bytes: u64) -> String {
    let mut notes = Vec::new();
    if truncated {
        notes.push(format!("These are the newest {shown}; ask for more with `lines`."));
    }
    if dropped_bytes > 0 {
        notes.push(format!(
            "{dropped_bytes} bytes of older output were dropped by the log limit and not searched."
        ));
    }
    notes.join(" ")
}

/// Where and how much.
#[derive(Clone, Copy)]
struct Span {
    since: i64,
    before: i64,
    stream: Stream,
    most: usize,
}

fn matched(process: &Process, run: u32, hit: Hit) -> Match {
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
