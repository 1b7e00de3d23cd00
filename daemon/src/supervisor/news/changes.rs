//! [`changes`]: the kinds of lines of the latest run, compared with those of an earlier run, or with those
//! before the last rebuild.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use persistproc_api::changes::{ChangedLine, Changes, ChangesQuery};
use persistproc_api::cursor::Cursor;
use persistproc_api::record::RunState;
use persistproc_api::{Exit, Problem, Process, Target, Time};

use super::page::shown_place;
use crate::logs::cursors::cursor_before_bytes;
use crate::logs::line_reader::LineReader;
use crate::logs::log::Log;
use crate::logs::text;
use crate::supervisor::finding;
use crate::supervisor::line_kinds::error_lines;
use crate::supervisor::line_kinds::kind::{Kind, kind_of};
use crate::supervisor::line_kinds::place::Place;
use crate::supervisor::line_kinds::rebuilds::begins_rebuild;
use crate::supervisor::reading::position::{kept_run, retry_if_gone, unreadable};
use crate::supervisor::registry::Registry;
use crate::supervisor::storage::folder::ProcessFolder;

/// How many bytes at the end of a run are compared.
const COMPARED_BYTES: u64 = 4 << 20;

/// How many kinds of a run are compared.
const MAX_KINDS: usize = 4096;

/// The longest line that is looked at, in bytes.
const MAX_LINE: usize = 4096;

/// How many lines each list of an answer has.
const MAX_LINES: usize = 50;

/// The changes of a process.
pub(crate) async fn changes(
    registry: &Arc<Registry>,
    target: &Target,
    query: &ChangesQuery,
) -> Result<Changes, Problem> {
    let process = finding::process(registry, target)?;
    let folder = registry.folder(&process.id);
    let against = match query.against {
        Some(run) if run == process.run => {
            let predicate = format!("cannot be {run}: that is the latest run itself");
            return Err(Problem::parameter("against", predicate)
                .hint("Leave it out to compare with the output before the last rebuild."));
        }
        Some(run) => Some(kept_run(&folder, Some(run), process.run)?),
        None => last_good_run(&folder, process.run),
    };
    // Reads logs.
    let compared = tokio::task::spawn_blocking(move || {
        retry_if_gone(|| compare(&folder, &process, against)).map_err(unreadable)
    });
    compared.await.map_err(Problem::internal)?
}

/// The last run before this one that did its work, or was stopped.
fn last_good_run(folder: &ProcessFolder, latest: u32) -> Option<u32> {
    let runs = folder.runs().unwrap_or_default();
    let is_good = |run: &u32| {
        let state = folder.read_run(*run).ok().map(|record| record.state);
        matches!(
            state,
            Some(RunState::Ended { exit, stop_requested, .. }) if stop_requested || exit == Exit::Code(0)
        )
    };
    runs.into_iter().rev().filter(|run| *run < latest).find(is_good)
}

fn compare(folder: &ProcessFolder, process: &Process, against: Option<u32>) -> io::Result<Changes> {
    let mut latest = SeenKinds::default();
    let mut earlier = SeenKinds::default();
    let is_whole = match against {
        Some(run) => {
            let is_whole = earlier.read(folder, run, None)?;
            latest.read(folder, process.run, None)? && is_whole
        }
        None => latest.read(folder, process.run, Some(&mut earlier))?,
    };
    let new = latest.without(&earlier, process);
    let gone = earlier.without(&latest, process);
    let left_out = new.len().saturating_sub(MAX_LINES) + gone.len().saturating_sub(MAX_LINES);
    let mut notes = Vec::new();
    if against.is_none() && earlier.0.is_empty() {
        notes.push(
            "There is no earlier run that did not fail, and no rebuild: all is new.".to_owned(),
        );
    }
    if !is_whole {
        notes.push("Only the newest output was compared.".to_owned());
    }
    if left_out > 0 {
        notes.push(format!("{left_out} more kinds were left out."));
    }
    Ok(Changes {
        id: process.id.clone(),
        label: process.label.clone(),
        run: process.run,
        against,
        new: new.into_iter().take(MAX_LINES).collect(),
        gone: gone.into_iter().take(MAX_LINES).collect(),
        note: notes.join(" "),
    })
}

/// The kinds of lines of a part of the output.
#[derive(Default)]
struct SeenKinds(HashMap<Kind, SeenKind>);

/// The first line of a kind.
struct SeenKind {
    line: String,
    time: i64,
    at: Cursor,
    count: u64,
}

impl SeenKinds {
    /// Adds the lines of a run. At each rebuild, what was printed before goes to `before_rebuild`. Returns
    /// whether the whole run was read.
    fn read(
        &mut self,
        folder: &ProcessFolder,
        run: u32,
        mut before_rebuild: Option<&mut Self>,
    ) -> io::Result<bool> {
        let log = Log::open(&folder.run(run))?;
        let start = log.end()?.offsets().sum().saturating_sub(COMPARED_BYTES);
        let mut at = cursor_before_bytes(&log, run, start)?;
        let mut reader = LineReader::of_finished_lines(at);
        while let Some(line) = reader.next(&log)? {
            let length = line.bytes.len().min(MAX_LINE);
            let text = text::plain(&line.bytes[..length]);
            if let Some(before) = before_rebuild.as_deref_mut()
                && begins_rebuild(&text)
            {
                before.append(std::mem::take(self));
            }
            self.add(&text, line.time, at);
            at = reader.cursor(run);
        }
        Ok(start == 0)
    }

    fn add(&mut self, line: &str, time: i64, at: Cursor) {
        let kind = kind_of(line);
        if kind == 0 || (self.0.len() >= MAX_KINDS && !self.0.contains_key(&kind)) {
            return;
        }
        let first = || SeenKind { line: line.trim_end().to_owned(), time, at, count: 0 };
        self.0.entry(kind).or_insert_with(first).count += 1;
    }

    fn append(&mut self, later: Self) {
        for (kind, seen) in later.0 {
            let count = seen.count;
            self.0.entry(kind).or_insert(SeenKind { count: 0, ..seen }).count += count;
        }
    }

    /// The kinds that the other part does not have: errors first, then in the order of time.
    fn without(&self, other: &Self, process: &Process) -> Vec<ChangedLine> {
        let only_here = self.0.iter().filter(|(kind, _)| !other.0.contains_key(*kind));
        let mut lines: Vec<ChangedLine> = only_here
            .map(|(_, seen)| ChangedLine {
                line: seen.line.clone(),
                time: Time::from_micros(seen.time),
                count: seen.count,
                is_error: error_lines::is_message(&seen.line),
                place: Place::find(&seen.line).map(|place| shown_place(&place, process)),
                cursor: seen.at.to_string(),
            })
            .collect();
        lines.sort_by(|one, other| {
            let order = |line: &ChangedLine| (!line.is_error, line.time);
            order(one).cmp(&order(other)).then_with(|| one.cursor.cmp(&other.cursor))
        });
        lines
    }
}
