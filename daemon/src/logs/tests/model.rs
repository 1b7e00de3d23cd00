//! The model of a process's logs: all reads in memory, and the pages that follow from them.
//!
//! It is simple rather than fast. It takes one fact from the store: where each log starts after old
//! segments were dropped.

use persistproc_api::cursor::{Cursor, Offsets, Source};
use persistproc_api::output::{Lines, OutputPage, Stream};

use crate::logs::page_query::{Grep, PageQuery};
use crate::logs::position::Position;
use crate::logs::text;

/// How many bytes are kept at either end of a long line.
const KEPT_BYTES: usize = 32 << 10;

/// Bytes to write, in a form that stays short when a failure prints it.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Short(Vec<u8>),
    /// `length` bytes in lines of `line` bytes, and a line end if `ended`.
    Long {
        length: usize,
        line: usize,
        ended: bool,
    },
}

impl Text {
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Short(bytes) => bytes.clone(),
            Self::Long { length, line, ended } => {
                let is_line_end = |at: usize| at % line == line - 1;
                let byte = |at: usize| if is_line_end(at) { b'\n' } else { b'a' + (at % 7) as u8 };
                (0..*length).map(byte).chain(ended.then_some(b'\n')).collect()
            }
        }
    }
}

/// One read of the shim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModelRead {
    pub(super) time: i64,
    pub(super) source: Source,
    pub(super) bytes: Vec<u8>,
    /// How many line ends are among the bytes.
    lines: u64,
}

impl ModelRead {
    pub(super) fn new(time: i64, source: Source, bytes: Vec<u8>) -> Self {
        let lines = count_lines(&bytes);
        Self { time, source, bytes, lines }
    }
}

/// All reads of a run, and where its log starts now.
#[derive(Clone, Debug, Default)]
pub(super) struct ModelRun {
    pub(super) start_time: i64,
    pub(super) reads: Vec<ModelRead>,
    pub(super) log_start: Position,
    /// The time of the last read that was dropped.
    pub(super) dropped_until: i64,
}

/// A line of a run.
#[derive(Clone, Debug)]
struct ModelLine {
    source: Source,
    time: i64,
    bytes: Vec<u8>,
    length: u64,
    is_finished: bool,
}

impl ModelRun {
    /// Where the run ends.
    pub(super) fn end(&self) -> Position {
        self.position_before(self.reads.len())
    }

    /// The position before the read of this number.
    pub(super) fn position_before(&self, read: usize) -> Position {
        self.reads[..read].iter().fold(Position::default(), |position, read| {
            position.after(read.source, read.bytes.len() as u64, read.lines)
        })
    }

    /// All bytes of a source.
    pub(super) fn bytes(&self, source: Source) -> Vec<u8> {
        let own = self.reads.iter().filter(|read| read.source == source);
        own.map(|read| &read.bytes[..]).collect::<Vec<_>>().concat()
    }

    /// How many lines of a stream end before these offsets, or before the start of the log if that
    /// is later.
    fn lines_before(&self, stream: Stream, at: Offsets) -> u64 {
        let of_source = |source: Source| {
            let at = at.of(source).max(self.log_start.bytes(source.stream()));
            count_lines(&self.bytes(source)[..at as usize])
        };
        Source::all_in(stream).map(of_source).sum()
    }

    /// The lines of a stream after these offsets, or after the start of the log if that is later.
    /// In the order in which they end; unfinished lines come last, the least recently changed one
    /// first.
    fn lines(&self, stream: Stream, from: Offsets) -> Vec<ModelLine> {
        let log_start = self.log_start.offsets();
        let mut at = Offsets::default();
        let mut finished = Vec::new();
        let mut unfinished = Source::BOTH.map(ModelLine::empty);
        for read in &self.reads {
            let source = read.source;
            for byte in &read.bytes {
                *at.of_mut(source) += 1;
                let is_before = at.of(source) <= from.of(source).max(log_start.of(source));
                if is_before || !source.is_in(stream) {
                    continue;
                }
                let line = &mut unfinished[source as usize];
                line.time = read.time;
                line.length += 1;
                if *byte == b'\n' {
                    line.is_finished = true;
                    finished.push(std::mem::replace(line, ModelLine::empty(source)));
                } else {
                    line.bytes.push(*byte);
                }
            }
        }
        unfinished.sort_by_key(|line| line.time);
        finished.extend(unfinished.into_iter().filter(|line| line.length > 0));
        finished
    }

    /// The position before the first read at or after a time.
    fn position_at(&self, time: i64) -> Position {
        let number = self.reads.iter().position(|read| read.time >= time);
        let position = self.position_before(number.unwrap_or(self.reads.len()));
        if position.bytes(Stream::Combined) < self.log_start.bytes(Stream::Combined) {
            self.log_start
        } else {
            position
        }
    }

    /// Where the lines start that are unfinished at a position.
    fn line_starts(&self, position: Position) -> Offsets {
        let mut starts = Offsets::default();
        for source in Source::BOTH {
            let until = position.bytes(source.stream());
            let bytes = &self.bytes(source)[..until as usize];
            let start = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let log_start = self.log_start.bytes(source.stream());
            *starts.of_mut(source) = (start as u64).max(log_start).min(until);
        }
        starts
    }

    /// The page of last lines.
    pub(super) fn last(&self, number: u32, query: &PageQuery) -> OutputPage {
        let stream = query.stream;
        let dropped_lines = self.log_start.lines(stream);
        let end = self.end();
        let limit = query.before.map_or(end, |before| self.position_at(before));
        let since = query.since.unwrap_or(i64::MIN);

        let all = self.lines(stream, Offsets::default());
        let mut wanted = Vec::new();
        let mut older = dropped_lines;
        let mut older_unfinished = 0;
        for line in &all {
            let is_newer = if line.is_finished {
                query.before.is_some_and(|before| line.time >= before)
            } else {
                // An unfinished line belongs to the end of the log and to no other limit.
                limit != end
            };
            if is_newer {
                continue;
            }
            if line.time >= since {
                wanted.push(line.clone());
            } else if line.is_finished {
                older += 1;
            } else {
                older_unfinished += 1;
            }
        }
        let before = older + older_unfinished;
        let after = all.len() as u64 + dropped_lines - before - wanted.len() as u64;

        let max_lines = max_lines(query.lines);
        let mut page = OutputPage { run: number, lines_after: after, ..OutputPage::default() };
        match &query.grep {
            None => {
                let from = wanted.len().saturating_sub(max_lines);
                page.output = wanted[from..].iter().map(raw_text).collect();
                page.lines_before = before + from as u64;
            }
            Some(grep) => {
                let matching = matching_lines(&wanted, grep);
                let from = matching.len().saturating_sub(max_lines);
                page.output = matching[from..].to_vec();
                page.lines_before = from as u64;
            }
        }
        let at = if limit == end { end.offsets() } else { self.line_starts(limit) };
        page.cursor = Cursor { run: number, at }.to_string();
        if query.since.is_none_or(|since| since <= self.dropped_until) {
            page.dropped_bytes = self.log_start.bytes(stream);
        }
        page.dropped_lines = Some(if page.dropped_bytes > 0 { dropped_lines } else { 0 });
        page
    }
}

impl ModelLine {
    fn empty(source: Source) -> Self {
        Self { source, time: 0, bytes: Vec::new(), length: 0, is_finished: false }
    }
}

/// The page of lines after a cursor. `runs[0]` is run 1.
pub(super) fn after(runs: &[ModelRun], cursor: Cursor, query: &PageQuery) -> OutputPage {
    let stream = query.stream;
    let max_lines = max_lines(query.lines);
    let mut number = cursor.run;
    let mut at = cursor.at;
    let mut page = OutputPage {
        lines_before: runs[number as usize - 1].lines_before(stream, at),
        dropped_lines: Some(0),
        ..OutputPage::default()
    };
    loop {
        let run = &runs[number as usize - 1];
        let from = at;
        let dropped_before = page.dropped_bytes;
        for source in Source::all_in(stream) {
            let dropped = run.log_start.bytes(source.stream()).saturating_sub(at.of(source));
            *at.of_mut(source) += dropped;
            page.dropped_bytes += dropped;
        }
        if page.dropped_bytes > dropped_before {
            let is_all = from == Offsets::default();
            let lines = is_all.then(|| run.log_start.lines(stream));
            page.dropped_lines = page.dropped_lines.zip(lines).map(|(sum, more)| sum + more);
        }
        let mut rest = run.lines(stream, at).into_iter().peekable();
        while let Some(line) = rest.peek() {
            let is_too_new = query.before.is_some_and(|before| line.time >= before);
            if is_too_new || page.output.len() >= max_lines {
                break;
            }
            *at.of_mut(line.source) += line.length;
            if query.since.is_none_or(|since| line.time >= since) {
                page.output.push(raw_text(line));
            }
            rest.next();
        }
        page.lines_after = rest.count() as u64;
        if page.lines_after > 0 || number as usize >= runs.len() {
            break;
        }
        number += 1;
        at = Offsets::default();
    }
    for run in &runs[number as usize..] {
        page.lines_after += run.lines(stream, Offsets::default()).len() as u64;
    }
    page.cursor = Cursor { run: number, at }.to_string();
    page.run = number;
    page
}

/// Lines that match, with their context and separators between the groups.
fn matching_lines(lines: &[ModelLine], Grep { pattern, context }: &Grep) -> Vec<String> {
    let is_match = |at: usize| pattern.is_match(text::plain(&lines[at].bytes).as_bytes());
    let matches: Vec<usize> = (0..lines.len()).filter(|at| is_match(*at)).collect();
    let is_near_match = |at: usize| matches.iter().any(|found| found.abs_diff(at) <= *context);
    let mut shown = Vec::new();
    let mut last = None;
    for at in (0..lines.len()).filter(|at| is_near_match(*at)) {
        if *context > 0 && last.is_some_and(|last| at > last + 1) {
            shown.push("--".to_owned());
        }
        shown.push(raw_text(&lines[at]));
        last = Some(at);
    }
    shown
}

fn max_lines(lines: Lines) -> usize {
    match lines {
        Lines::AtMost(lines) => lines as usize,
        Lines::All => usize::MAX,
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

fn raw_text(line: &ModelLine) -> String {
    let bytes = &line.bytes;
    if bytes.len() <= 2 * KEPT_BYTES {
        return text::raw(bytes);
    }
    let head = &bytes[..KEPT_BYTES];
    let tail = &bytes[bytes.len() - KEPT_BYTES..];
    let left_out = format!(" […{} bytes left out…] ", bytes.len() - 2 * KEPT_BYTES);
    text::raw(&[head, left_out.as_bytes(), tail].concat())
}
