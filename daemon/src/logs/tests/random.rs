//! Anything that can happen to the logs of a process, in any order: writes, rolls, new runs,
//! deaths of the writer, and every kind of question in between. Each answer is the model's.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use persistproc_api::cursor::{Cursor, Offsets};
use persistproc_api::output::{Lines, OutputPage, Stream};
use proptest::prelude::*;
use proptest::sample::Index;

use super::crash::{self, Crash};
use super::history::{self, Read, Run};
use super::steps::{Asked, PATTERNS, Step, steps};
use crate::logs::entry::{Mark, Source};
use crate::logs::feed::Feed;
use crate::logs::log::Log;
use crate::logs::question::Question;
use crate::logs::search::{self, Wanted};
use crate::logs::writer::{Writer, pieces};
use crate::logs::{limits, page, pattern, text};

/// So small that a case rolls and drops.
const LIMIT: u64 = 160 << 10;

/// The logs of a process, what they should say, and everyone who reads them.
struct World {
    process: tempfile::TempDir,
    writer: Option<Writer>,
    runs: Vec<Run>,
    clock: i64,
    cursors: Vec<Cursor>,
    feeds: Vec<(Feed, Stream, usize, [u64; 2])>,
}

impl World {
    fn new() -> Self {
        let process = tempfile::tempdir().unwrap();
        let (runs, cursors, feeds) = (Vec::new(), Vec::new(), Vec::new());
        let mut world = Self { process, writer: None, runs, clock: 1000, cursors, feeds };
        world.begin();
        world
    }

    fn folder(&self, run: u32) -> PathBuf {
        self.process.path().join(run.to_string())
    }

    fn latest(&self) -> u32 {
        self.runs.len() as u32
    }

    /// As at the end of every run: what is too much is dropped, then a new one begins.
    fn begin(&mut self) {
        limits::enforce(self.process.path(), LIMIT).unwrap();
        self.look();
        self.runs.push(Run { began: self.clock, ..Run::default() });
        let (run, folder) = (self.latest(), self.folder(self.latest()));
        fs::create_dir(&folder).unwrap();
        self.writer = Some(Writer::create(&folder, LIMIT, self.clock).unwrap());
        self.cursors.push(Cursor::start_of(run));
        for stream in [Stream::Stdout, Stream::Stderr, Stream::Combined] {
            let feed = Feed::new(folder.clone(), stream, Cursor::start_of(run), 0);
            self.feeds.push((feed, stream, run as usize - 1, [0, 0]));
        }
    }

    /// Takes note of what was dropped: whole segments, from the beginning on, for good.
    fn look(&mut self) {
        for (place, run) in self.runs.iter_mut().enumerate() {
            let first = Log::open(&self.process.path().join((place + 1).to_string()))
                .and_then(|log| log.first())
                .unwrap();
            if first == run.first || first == Mark::default() {
                continue;
            }
            let borders = (0..=run.reads.len()).filter(|number| run.mark_at(*number) == first);
            let border = borders.min().expect("dropped in the middle of a read");
            assert!(first.bytes(Stream::Combined) > run.first.bytes(Stream::Combined));
            run.first = first;
            run.dropped_until = border.checked_sub(1).map_or(0, |last| run.reads[last].time);
        }
    }

    fn write(&mut self, stderr: bool, bytes: &[u8], later: i64) {
        self.clock += later;
        let source = if stderr { Source::Stderr } else { Source::Stdout };
        self.writer.as_mut().unwrap().append(source, bytes, self.clock);
        let run = self.runs.last_mut().unwrap();
        let time = self.clock.max(run.reads.last().map_or(run.began, |last| last.time));
        let most = (limits::segment_size(LIMIT) / 2) as usize;
        run.reads.extend(pieces(bytes, most).map(|piece| Read::new(time, source, piece.to_vec())));
        self.look();
        let size = on_disk(self.process.path());
        assert!(size <= LIMIT + 2 * limits::segment_size(LIMIT), "{size} bytes");
    }

    fn crash(&mut self, crash: &Crash) {
        self.writer = None;
        let folder = self.folder(self.latest());
        let run = self.runs.last_mut().unwrap();
        crash.happen(&folder, run);
        crash::mend(&folder, run);
        // The machine's death takes back what some had read already.
        let end = run.end();
        let ends = [end.stdout, end.stderr];
        let latest = self.latest();
        self.cursors.retain(|cursor| {
            let Offsets { stdout, stderr } = cursor.at;
            cursor.run < latest || (stdout <= ends[0] && stderr <= ends[1])
        });
        self.feeds.retain(|(_, _, run, at)| {
            *run + 1 < latest as usize || (at[0] <= ends[0] && at[1] <= ends[1])
        });
        self.begin();
    }

    fn times(&self) -> Vec<i64> {
        let reads = self.runs.iter().flat_map(|run| &run.reads);
        reads.map(|read| read.time).chain([self.clock + 9]).collect()
    }

    fn question(&self, asked: &Asked) -> Question {
        let times = self.times();
        Question {
            since: asked.since.map(|at| *at.get(&times)),
            before: asked.before.map(|at| *at.get(&times)),
            grep: asked.grep.as_ref().map(|(at, around)| (compiled(at), *around)),
            raw: true,
            ..Question::plain(asked.stream, asked.lines.map_or(Lines::All, Lines::AtMost))
        }
    }

    fn last(&mut self, asked: &Asked) {
        let asked = self.question(asked);
        let run = self.latest();
        let page = page::last(&self.folder(run), run, &asked).unwrap();
        let expected = self.runs[run as usize - 1].last(run, &asked);
        same(&page, &expected);
        self.cursors.push(page.cursor.parse().unwrap());
    }

    fn after(&mut self, asked: &Asked, cursor: &Index) {
        let asked = Question { grep: None, ..self.question(asked) };
        let cursor = *cursor.get(&self.cursors);
        let page = page::after(|run| self.folder(run), cursor, self.latest(), &asked).unwrap();
        let expected = history::after(&self.runs, cursor, &asked);
        same(&page, &expected);
        self.cursors.push(page.cursor.parse().unwrap());
    }

    fn follow(&mut self, place: usize) {
        let (feed, stream, run, at) = &mut self.feeds[place];
        let (mut dropped, mut seen) = (0, [Vec::new(), Vec::new()]);
        while let Some(news) = feed.news().unwrap() {
            dropped += news.dropped;
            for chunk in news.chunks {
                seen[chunk.source as usize].extend(chunk.bytes);
            }
        }
        let run = &self.runs[*run];
        let mut gone = 0;
        for source in Source::BOTH.into_iter().filter(|source| source.is_in(*stream)) {
            let from = at[source as usize].max(run.first.bytes(source.stream()));
            gone += from - at[source as usize];
            let bytes = &run.bytes(source)[from as usize..];
            assert!(seen[source as usize] == bytes, "another {source:?} than was written");
            at[source as usize] = from + bytes.len() as u64;
        }
        assert_eq!(dropped, gone, "bytes told as dropped");
    }

    /// A line that a border of segments cuts is two to the search: so it is to the model.
    fn search(&self, stream: Stream, wanted: &Wanted<'_>) {
        let number = self.latest();
        let log = Log::open(&self.folder(number)).unwrap();
        let run = &self.runs[number as usize - 1];
        let mut expected: Vec<(i64, Cursor, String)> = Vec::new();
        for segment in log.backwards() {
            let (base, end) = (segment.as_ref().unwrap().base(), segment.as_ref().unwrap().end());
            let mut found = Vec::new();
            for source in Source::BOTH.into_iter().filter(|source| source.is_in(stream)) {
                let own = source.stream();
                let (from, to) = (base.bytes(own) as usize, end.bytes(own) as usize);
                let mut at = from;
                for line in run.bytes(source)[from..to].split_inclusive(|byte| *byte == b'\n') {
                    at += line.len();
                    let (time, mark) = read_with(run, source, at as u64);
                    let text = text::plain(line.strip_suffix(b"\n").unwrap_or(line));
                    let mut offsets = mark.offsets();
                    *offsets.of_mut(source) = at as u64;
                    let cursor = Cursor { run: number, at: offsets };
                    let inside = time >= wanted.since && time < wanted.before;
                    if inside && wanted.pattern.is_match(text.as_bytes()) {
                        found.push((time, cursor, text));
                    }
                }
            }
            found.sort_by_key(|(time, cursor, _)| std::cmp::Reverse((*time, *cursor)));
            expected.extend(found);
        }
        expected.truncate(wanted.most + 1);
        let hits = search::search(&log, number, wanted).unwrap();
        let found: Vec<_> = hits.into_iter().map(|it| (it.time, it.cursor, it.line)).collect();
        assert_eq!(found, expected);
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Write { stderr, text, later } => self.write(*stderr, &text.bytes(), *later),
            Step::NewRun => {
                self.writer.take().map(|mut writer| writer.finish());
                self.begin();
            }
            Step::Crash(crash) => self.crash(crash),
            Step::Last(asked) => self.last(asked),
            Step::After { asked, cursor } => self.after(asked, cursor),
            Step::Follow { feed } => self.follow(feed.index(self.feeds.len())),
            Step::Search { stream, pattern, since, before, most } => {
                let times = self.times();
                let compiled = compiled(pattern);
                let sources =
                    Source::BOTH.into_iter().filter(|source| source.is_in(*stream)).collect();
                let [since, before] = [since, before].map(|at| *at.get(&times));
                let wanted = Wanted { pattern: &compiled, sources, since, before, most: *most };
                self.search(*stream, &wanted);
            }
        }
    }
}

/// When the byte before an offset came, and the place after its read.
fn read_with(run: &Run, source: Source, offset: u64) -> (i64, Mark) {
    let number = (1..=run.reads.len())
        .find(|number| run.mark_at(*number).bytes(source.stream()) >= offset)
        .unwrap();
    (run.reads[number - 1].time, run.mark_at(number))
}

/// The same lines, numbers and cursor. What is said about them in words is not for a model.
fn same(page: &OutputPage, expected: &OutputPage) {
    let shown = OutputPage { note: String::new(), truncated: false, ..page.clone() };
    assert_eq!(&shown, expected);
}

fn on_disk(folder: &Path) -> u64 {
    let size = |file: fs::DirEntry| {
        let metadata = file.metadata().unwrap();
        match metadata.is_dir() {
            true => on_disk(&file.path()),
            false => metadata.len() / metadata.nlink(),
        }
    };
    fs::read_dir(folder).unwrap().map(|file| size(file.unwrap())).sum()
}

fn compiled(at: &Index) -> regex::bytes::Regex {
    pattern::compile("grep", PATTERNS[at.index(PATTERNS.len())]).unwrap()
}

fn cases() -> u32 {
    let set = std::env::var("PERSISTPROC_TEST_ROUNDS").ok();
    set.map_or(64, |text| text.parse().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_every_answer_is_right(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
        }
        for place in 0..world.feeds.len() {
            world.follow(place);
        }
    }
}
