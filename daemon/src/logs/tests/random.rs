//! Random sequences of writes, rolls, new runs, crashes and queries. Every answer of the store must
//! equal the answer of the [model](super::model).

use std::cmp::Reverse;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use persistproc_api::cursor::{Cursor, Offsets, Source};
use persistproc_api::output::{Lines, OutputPage, Stream};
use proptest::prelude::*;
use proptest::sample::Index;
use regex::bytes::Regex;

use super::crash::{self, Crash};
use super::model::{self, ModelRead, ModelRun};
use super::steps::{PATTERNS, QueryPlan, Step, steps};
use crate::logs::feed::Feed;
use crate::logs::log::Log;
use crate::logs::page_query::Escapes;
use crate::logs::page_query::{Grep, PageQuery};
use crate::logs::position::Position;
use crate::logs::search::{LineSearch, search};
use crate::logs::segment::Segment;
use crate::logs::size_limit::{self, segment_size};
use crate::logs::writer::{Writer, split_at_lines};
use crate::logs::{page, pattern, text};

/// Small enough for most cases to roll and drop segments.
const LIMIT: u64 = 160 << 10;

/// Cases per run of the test, unless `PERSISTPROC_TEST_ROUNDS` says otherwise.
const DEFAULT_CASES: u32 = 64;

/// The logs of a process, their model, and all readers so far.
struct World {
    process: tempfile::TempDir,
    writer: Option<Writer>,
    /// `runs[0]` is run 1.
    runs: Vec<ModelRun>,
    clock: i64,
    cursors: Vec<Cursor>,
    followers: Vec<Follower>,
}

/// A feed, and the offsets up to which it was read.
struct Follower {
    feed: Feed,
    stream: Stream,
    run: u32,
    at: Offsets,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            process: tempfile::tempdir().unwrap(),
            writer: None,
            runs: Vec::new(),
            clock: 1000,
            cursors: Vec::new(),
            followers: Vec::new(),
        };
        world.start_run();
        world
    }

    fn folder(&self, run: u32) -> PathBuf {
        self.process.path().join(run.to_string())
    }

    fn latest(&self) -> u32 {
        self.runs.len() as u32
    }

    fn model(&self, run: u32) -> &ModelRun {
        &self.runs[run as usize - 1]
    }

    /// Enforces the limit, as the daemon does after each run, and starts the next run.
    fn start_run(&mut self) {
        size_limit::enforce(self.process.path(), LIMIT, |_| false).unwrap();
        self.observe_dropped();
        self.runs.push(ModelRun { start_time: self.clock, ..ModelRun::default() });
        let run = self.latest();
        let folder = self.folder(run);
        fs::create_dir(&folder).unwrap();
        self.writer = Some(Writer::create(&folder, LIMIT, self.clock).unwrap());
        let start = Cursor::start_of(run);
        self.cursors.push(start);
        for stream in [Stream::Stdout, Stream::Stderr, Stream::Combined] {
            let feed = Feed::new(folder.clone(), stream, start, 0);
            self.followers.push(Follower { feed, stream, run, at: start.at });
        }
    }

    /// Updates the start of each log in the model. Only whole segments may be dropped.
    fn observe_dropped(&mut self) {
        for number in 1..=self.latest() {
            let start = Log::open(&self.folder(number)).and_then(|log| log.start()).unwrap();
            let run = &mut self.runs[number as usize - 1];
            if start == run.log_start || start == Position::default() {
                continue;
            }
            let dropped_reads = (0..=run.reads.len())
                .find(|number| run.position_before(*number) == start)
                .expect("the log starts at a read");
            let old_start = run.log_start;
            assert!(start.bytes(Stream::Combined) > old_start.bytes(Stream::Combined));
            run.log_start = start;
            run.dropped_until = dropped_reads.checked_sub(1).map_or(0, |last| run.reads[last].time);
        }
    }

    fn write(&mut self, is_stderr: bool, bytes: &[u8], delay: i64) {
        self.clock += delay;
        let source = super::source(is_stderr);
        self.writer.as_mut().unwrap().append(source, bytes, self.clock);
        let run = self.runs.last_mut().unwrap();
        let last_time = run.reads.last().map_or(run.start_time, |last| last.time);
        let time = self.clock.max(last_time);
        for piece in split_at_lines(bytes, (segment_size(LIMIT) / 2) as usize) {
            run.reads.push(ModelRead::new(time, source, piece.to_vec()));
        }
        self.observe_dropped();
        let size = size_of_folder(self.process.path());
        assert!(size <= LIMIT + 2 * segment_size(LIMIT), "{size} bytes on disk");
    }

    fn crash(&mut self, crash: &Crash) {
        self.writer = None;
        let latest = self.latest();
        let folder = self.folder(latest);
        let run = self.runs.last_mut().unwrap();
        crash.apply(&folder, run);
        crash::repair_and_check(&folder, run);
        // A power failure can take back what a reader has seen. Its cursor is then invalid.
        let end = run.end().offsets();
        let is_valid = |run: u32, at: Offsets| {
            run < latest || (at.stdout <= end.stdout && at.stderr <= end.stderr)
        };
        self.cursors.retain(|cursor| is_valid(cursor.run, cursor.at));
        self.followers.retain(|follower| is_valid(follower.run, follower.at));
        self.start_run();
    }

    fn times(&self) -> Vec<i64> {
        let reads = self.runs.iter().flat_map(|run| &run.reads);
        reads.map(|read| read.time).chain([self.clock + 9]).collect()
    }

    fn page_query(&self, plan: &QueryPlan) -> PageQuery {
        let times = self.times();
        let grep = plan
            .grep
            .as_ref()
            .map(|(pattern, context)| Grep { pattern: compile(pattern), context: *context });
        PageQuery {
            since: plan.since.map(|at| *at.get(&times)),
            before: plan.before.map(|at| *at.get(&times)),
            grep,
            escapes: Escapes::All,
            ..PageQuery::plain(plan.stream, plan.lines.map_or(Lines::All, Lines::AtMost))
        }
    }

    fn last_page(&mut self, plan: &QueryPlan) {
        let query = self.page_query(plan);
        let run = self.latest();
        let page = page::last(&self.folder(run), run, &query).unwrap();
        assert_same_page(&page, &self.model(run).last(run, &query));
        self.cursors.push(page.cursor.parse().unwrap());
    }

    fn page_after(&mut self, plan: &QueryPlan, cursor: &Index) {
        let query = PageQuery { grep: None, ..self.page_query(plan) };
        let cursor = *cursor.get(&self.cursors);
        let page = page::after(|run| self.folder(run), cursor, self.latest(), &query).unwrap();
        assert_same_page(&page, &model::after(&self.runs, cursor, &query));
        self.cursors.push(page.cursor.parse().unwrap());
    }

    /// Reads all that a follower has not seen, and compares it with the model.
    fn follow(&mut self, number: usize) {
        let Follower { feed, stream, run, at } = &mut self.followers[number];
        let mut dropped = 0;
        let mut seen = [Vec::new(), Vec::new()];
        while let Some(batch) = feed.next_batch().unwrap() {
            dropped += batch.dropped;
            for chunk in batch.chunks {
                seen[chunk.source as usize].extend(chunk.bytes);
            }
        }
        let model = &self.runs[*run as usize - 1];
        let mut expected_dropped = 0;
        for source in Source::all_in(*stream) {
            let from = at.of(source).max(model.log_start.bytes(source.stream()));
            expected_dropped += from - at.of(source);
            let bytes = &model.bytes(source)[from as usize..];
            assert!(
                seen[source as usize] == bytes,
                "bytes of {source:?} differ from those written"
            );
            *at.of_mut(source) = from + bytes.len() as u64;
        }
        assert_eq!(dropped, expected_dropped, "dropped bytes");
    }

    fn search(&self, stream: Stream, query: &LineSearch<'_>) {
        let run = self.latest();
        let log = Log::open(&self.folder(run)).unwrap();
        let mut expected = Vec::new();
        for segment in log.newest_first() {
            let mut hits = expected_hits(self.model(run), run, segment.unwrap(), stream, query);
            hits.sort_by_key(|(time, cursor, _)| Reverse((*time, *cursor)));
            expected.extend(hits);
        }
        expected.truncate(query.max_hits + 1);
        let hits = search(&log, run, query).unwrap();
        let hits: Vec<_> = hits.into_iter().map(|hit| (hit.time, hit.cursor, hit.line)).collect();
        assert_eq!(hits, expected);
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Write { is_stderr, text, delay } => {
                self.write(*is_stderr, &text.bytes(), *delay);
            }
            Step::NextRun => {
                self.writer = None;
                self.start_run();
            }
            Step::Crash(crash) => self.crash(crash),
            Step::LastPage(query) => self.last_page(query),
            Step::PageAfter { query, cursor } => self.page_after(query, cursor),
            Step::Follow { feed } => self.follow(feed.index(self.followers.len())),
            Step::Search { stream, pattern, since, before, max_hits } => {
                let times = self.times();
                let query = LineSearch {
                    pattern: &compile(pattern),
                    sources: Source::all_in(*stream).collect(),
                    since: *since.get(&times),
                    before: *before.get(&times),
                    max_hits: *max_hits,
                };
                self.search(*stream, &query);
            }
        }
    }
}

/// What a search should find in one segment. A line that begins in one segment and ends in the
/// next is two lines for the search, and so for the model.
fn expected_hits(
    run: &ModelRun,
    number: u32,
    segment: &Segment,
    stream: Stream,
    query: &LineSearch<'_>,
) -> Vec<(i64, Cursor, String)> {
    let mut hits = Vec::new();
    for source in Source::all_in(stream) {
        let own = source.stream();
        let begin = segment.base().bytes(own) as usize;
        let end = segment.end().bytes(own) as usize;
        let mut at = begin as u64;
        for line in run.bytes(source)[begin..end].split_inclusive(|byte| *byte == b'\n') {
            at += line.len() as u64;
            let (time, position) = read_before(run, source, at);
            let text = text::plain(line.strip_suffix(b"\n").unwrap_or(line));
            let mut offsets = position.offsets();
            *offsets.of_mut(source) = at;
            let is_in_time = time >= query.since && time < query.before;
            if is_in_time && query.pattern.is_match(text.as_bytes()) {
                hits.push((time, Cursor { run: number, at: offsets }, text));
            }
        }
    }
    hits
}

/// The time of the read with the byte before an offset, and the position after that read.
fn read_before(run: &ModelRun, source: Source, offset: u64) -> (i64, Position) {
    let number = (1..=run.reads.len())
        .find(|number| run.position_before(*number).bytes(source.stream()) >= offset)
        .unwrap();
    (run.reads[number - 1].time, run.position_before(number))
}

/// Compares pages without `note` and `truncated`, which the model doesn't compute.
fn assert_same_page(page: &OutputPage, expected: &OutputPage) {
    let page = OutputPage { note: String::new(), truncated: false, ..page.clone() };
    assert_eq!(&page, expected);
}

/// Bytes on disk below a folder. A file with two names counts once.
fn size_of_folder(folder: &Path) -> u64 {
    let size = |entry: fs::DirEntry| {
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            size_of_folder(&entry.path())
        } else {
            metadata.len() / metadata.nlink()
        }
    };
    fs::read_dir(folder).unwrap().map(|entry| size(entry.unwrap())).sum()
}

fn compile(number: &Index) -> Regex {
    pattern::compile("grep", PATTERNS[number.index(PATTERNS.len())]).unwrap()
}

fn cases() -> u32 {
    let rounds = std::env::var("PERSISTPROC_TEST_ROUNDS").ok();
    rounds.map_or(DEFAULT_CASES, |rounds| rounds.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_answer_equals_the_model_after_any_sequence_of_steps(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        for number in 0..world.followers.len() {
            world.follow(number);
        }
    }
}
