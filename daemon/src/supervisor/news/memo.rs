//! [`NewsMemo`]: the news of one process up to a position in its log, and what is needed to go on from there.
//!
//! What is news at a position depends on two generations of [`GENERATION_BYTES`] before it, at the start of a
//! run on the ends of the runs before, and on nothing else. So a daemon that has just started computes the
//! same news as the one before it: it reads the generation before the cursor of the question, and goes on to
//! the end of the log.

use std::collections::VecDeque;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fs, io};

use persistproc_api::Time;
use persistproc_api::cursor::Cursor;

use super::run_end;
use crate::logs::cursors::cursor_before_bytes;
use crate::logs::file_names::INDEX;
use crate::logs::line_reader::LineReader;
use crate::logs::lines::Line;
use crate::logs::log::Log;
use crate::supervisor::news_fold::{Finding, NewsFold};
use crate::supervisor::runs::view::ProcessView;
use crate::supervisor::storage::folder::ProcessFolder;

/// How many bytes of output are one generation of kinds.
const GENERATION_BYTES: u64 = 4 << 20;

/// How many bytes at the end of an earlier run tell which kinds are known.
const EARLIER_RUN_BYTES: u64 = 1 << 20;

/// How many earlier runs do.
const EARLIER_RUNS: usize = 4;

/// How far back a question looks in one run. What is further back is reported as not examined.
const MAX_EXAMINED: u64 = 64 << 20;

/// How many bytes of an unfinished line are read again at each question.
const MAX_UNFINISHED: u64 = 256 << 10;

/// How many findings are remembered.
const MAX_FINDINGS: usize = 128;

/// What a question about one process found.
#[derive(Debug)]
pub(super) struct FoundNews {
    /// With the runs that they are of.
    pub(super) findings: Vec<(u32, Finding)>,
    /// The position after them.
    pub(super) cursor: Cursor,
    /// When more is decided without more output, in microseconds since 1970.
    pub(super) decides_at: Option<i64>,
    /// Bytes of output after the cursor of the question that were not examined.
    pub(super) unexamined: u64,
}

impl FoundNews {
    /// Nothing after this cursor.
    fn none(cursor: Cursor) -> Self {
        Self { findings: Vec::new(), cursor, decides_at: None, unexamined: 0 }
    }
}

/// The state of one process.
#[derive(Default)]
pub(super) struct NewsMemo {
    /// `None` before the first question.
    folded: Option<Folded>,
    /// Where a log ended that has not grown since.
    known_end: Option<(IndexState, Cursor)>,
}

/// How far the index of a run has grown: its inode and its length.
#[derive(Clone, Copy, PartialEq, Eq)]
struct IndexState(u64, u64);

impl IndexState {
    fn of(run: &Path) -> Option<Self> {
        let index = fs::metadata(run.join(INDEX)).ok()?;
        Some(Self(index.ino(), index.len()))
    }
}

/// The lines up to a position, folded.
struct Folded {
    fold: NewsFold,
    /// The position after the last line; at the start of the next run, once a run has ended.
    at: Cursor,
    generation: u64,
    findings: VecDeque<(u32, Finding)>,
    /// Findings since this position are all in `findings`.
    complete_since: Cursor,
}

impl NewsMemo {
    /// The news after a cursor; without one, those in the newest generation of the latest run. `view` must
    /// have been read before the log: it says whether the log is complete.
    pub(super) fn find(
        &mut self,
        folder: &ProcessFolder,
        view: &ProcessView,
        after: Option<Cursor>,
    ) -> io::Result<FoundNews> {
        let latest = view.process.run;
        let has_ended = run_end::has_ended(view, latest);
        let state = IndexState::of(&folder.run(latest));
        // Most processes have printed nothing since the last question: no file is opened for them.
        if let Some(after) = after
            && let Some((known, end)) = self.known_end
            && (after.run == latest + 1 || (after == end && !has_ended && state == Some(known)))
        {
            return Ok(FoundNews::none(after));
        }
        let log = Log::open(&folder.run(latest))?;
        let end = log.end()?.offsets();
        self.known_end = state.map(|state| (state, Cursor { run: latest, at: end }));
        let after = match after {
            // A cursor of a process that had this id before.
            Some(after) if after.run > latest + 1 => Cursor::start_of(1),
            Some(after) if after.run == latest && after.at.sum() > end.sum() => {
                Cursor::start_of(latest)
            }
            Some(after) => after,
            None => newest_generation(&log, latest)?,
        };
        let is_at_end = after.run == latest && after.at == end;
        if after.run > latest || (is_at_end && !has_ended) {
            return Ok(FoundNews::none(after));
        }
        let runs = folder.runs()?;
        let from = examined_from(folder, &runs, after, latest)?;
        let mut folded = match self.folded.take() {
            Some(folded) if folded.covers(from, &runs) => folded,
            _ => Folded::before(folder, &runs, from)?,
        };
        folded.advance(folder, view, &runs)?;
        let is_after = |(run, finding): &&(u32, Finding)| {
            order(Cursor { run: *run, at: finding.at.at }) >= order(from)
        };
        let start = if from.run == after.run { after.at.sum() } else { 0 };
        let found = folded.findings.iter().filter(is_after).cloned().collect();
        let found = FoundNews {
            findings: run_end::without_causes(found),
            cursor: folded.fold.undecided().unwrap_or(folded.at),
            decides_at: folded.fold.decides_at(),
            unexamined: from.at.sum().saturating_sub(start),
        };
        self.folded = Some(folded);
        Ok(found)
    }
}

impl Folded {
    /// All that a question from this position depends on. The first line that is folded is before it.
    fn before(folder: &ProcessFolder, runs: &[u32], from: Cursor) -> io::Result<Self> {
        let generation = (from.at.sum() / GENERATION_BYTES).saturating_sub(1);
        let (fold, at) = if generation == 0 {
            (after_runs_before(folder, runs, from.run)?, Cursor::start_of(from.run))
        } else {
            let log = Log::open(&folder.run(from.run))?;
            let start = cursor_before_bytes(&log, from.run, generation * GENERATION_BYTES)?;
            let mut fold = NewsFold::default();
            fold.next_generation(&mut Vec::new());
            (fold, start)
        };
        let generation = at.at.sum() / GENERATION_BYTES;
        Ok(Self { fold, at, generation, findings: VecDeque::new(), complete_since: from })
    }

    /// Whether a question from this position is answered by going on.
    fn covers(&self, from: Cursor, runs: &[u32]) -> bool {
        let is_kept = runs.contains(&self.at.run) || self.at == Cursor::start_of(self.at.run);
        // To read everything in between may take longer than to read what counts.
        let is_near = from.run == self.at.run
            && from.at.sum().saturating_sub(self.at.at.sum()) <= 2 * GENERATION_BYTES;
        let is_reached = order(from) <= order(self.at) || is_near;
        order(self.complete_since) <= order(from) && is_kept && is_reached
    }

    /// Folds the lines up to the end of the log, and the ends of runs.
    fn advance(
        &mut self,
        folder: &ProcessFolder,
        view: &ProcessView,
        runs: &[u32],
    ) -> io::Result<()> {
        let latest = view.process.run;
        while self.at.run <= latest {
            let run = self.at.run;
            let has_ended = run_end::has_ended(view, run);
            self.read_lines(folder, run, has_ended)?;
            if !has_ended {
                if !run_end::is_stopping(view) {
                    let mut found = Vec::new();
                    self.fold.quiet(Time::now().micros(), &mut found);
                    self.add(run, found);
                }
                break;
            }
            self.end_run(folder, view, run);
            let next = runs.iter().find(|next| **next > run).copied().unwrap_or(run + 1);
            self.at = Cursor::start_of(next);
            self.generation = 0;
            self.fold = after_runs_before(folder, runs, next)?;
        }
        Ok(())
    }

    fn read_lines(&mut self, folder: &ProcessFolder, run: u32, has_ended: bool) -> io::Result<()> {
        let log = Log::open(&folder.run(run))?;
        let mut reader = LineReader::of_finished_lines(self.at);
        let mut found = Vec::new();
        while let Some(line) = reader.next(&log)? {
            self.take(line, reader.cursor(run), &mut found);
        }
        self.at = reader.cursor(run);
        let unfinished = log.end()?.offsets().sum().saturating_sub(self.at.at.sum());
        if has_ended || unfinished > MAX_UNFINISHED {
            reader.finish();
            while let Some(line) = reader.next(&log)? {
                self.take(line, reader.cursor(run), &mut found);
            }
            self.at = reader.cursor(run);
        }
        self.add(run, found);
        Ok(())
    }

    /// Folds a line; `after` is the position after it.
    fn take(&mut self, line: Line, after: Cursor, found: &mut Vec<Finding>) {
        let generation = self.at.at.sum() / GENERATION_BYTES;
        for _ in 0..generation.saturating_sub(self.generation).min(2) {
            self.fold.next_generation(found);
        }
        self.generation = generation;
        self.fold.line(line, self.at, found);
        self.at = after;
    }

    fn end_run(&mut self, folder: &ProcessFolder, view: &ProcessView, run: u32) {
        let mut found = Vec::new();
        let end = run_end::of_run(folder, view, run);
        match end.news {
            Some(phrase) => {
                let cause = self.fold.cause_of_end(end.time, &mut found);
                found.push(run_end::finding(&phrase, end.time, cause, self.at));
            }
            None => self.fold.end_of_run(end.is_requested, &mut found),
        }
        self.add(run, found);
    }

    fn add(&mut self, run: u32, found: Vec<Finding>) {
        for finding in found {
            if self.findings.len() == MAX_FINDINGS
                && let Some((run, dropped)) = self.findings.pop_front()
            {
                let mut after = Cursor { run, at: dropped.at.at };
                after.at.stdout += 1;
                self.complete_since = after;
            }
            self.findings.push_back((run, finding));
        }
    }
}

/// Cursors in the order of the output.
fn order(cursor: Cursor) -> (u32, u64) {
    (cursor.run, cursor.at.sum())
}

/// The start of the generation in which a log ends.
fn newest_generation(log: &Log, run: u32) -> io::Result<Cursor> {
    let start = log.end()?.offsets().sum() / GENERATION_BYTES * GENERATION_BYTES;
    if start == 0 { Ok(Cursor::start_of(run)) } else { cursor_before_bytes(log, run, start) }
}

/// Where a question begins: at its cursor, in a run that is kept, and not too far back.
fn examined_from(
    folder: &ProcessFolder,
    runs: &[u32],
    after: Cursor,
    latest: u32,
) -> io::Result<Cursor> {
    let run = runs.iter().find(|run| **run >= after.run).copied().unwrap_or(latest);
    let after = if run == after.run { after } else { Cursor::start_of(run) };
    let log = Log::open(&folder.run(run))?;
    let end = log.end()?.offsets().sum();
    if end.saturating_sub(after.at.sum()) <= MAX_EXAMINED {
        return Ok(after);
    }
    cursor_before_bytes(&log, run, end - MAX_EXAMINED)
}

/// What is known when a run begins: the kinds at the ends of the last runs before it.
fn after_runs_before(folder: &ProcessFolder, runs: &[u32], run: u32) -> io::Result<NewsFold> {
    let earlier: Vec<u32> = runs.iter().copied().filter(|earlier| *earlier < run).collect();
    let mut fold = NewsFold::default();
    for earlier in &earlier[earlier.len().saturating_sub(EARLIER_RUNS)..] {
        let log = Log::open(&folder.run(*earlier))?;
        let start = log.end()?.offsets().sum().saturating_sub(EARLIER_RUN_BYTES);
        let mut at = cursor_before_bytes(&log, *earlier, start)?;
        let mut reader = LineReader::of_finished_lines(at);
        let mut found = Vec::new();
        while let Some(line) = reader.next(&log)? {
            fold.line(line, at, &mut found);
            at = reader.cursor(*earlier);
        }
        fold.next_run();
    }
    Ok(fold)
}
