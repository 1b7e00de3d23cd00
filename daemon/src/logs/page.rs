//! The answer to one question about output: which lines, how many there are around them, and the
//! cursor to go on from. Two ways to ask: the last lines of a run, or the first ones after a cursor.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;

use persistproc_api::Time;
use persistproc_api::output::{Cursor, Lines, OutputPage, Stream};

use super::entry::{Mark, Source};
use super::feed;
use super::lines::{Assembler, Line};
use super::log::Log;
use super::text;
use super::walk::{Offsets, Walk};

/// Text of one page at most, so that no answer eats the memory of both sides.
const LARGEST: usize = 8 << 20;

/// What is asked, checked and free of text.
#[derive(Clone, Debug)]
pub struct Question {
    pub stream: Stream,
    pub lines: Lines,
    /// Microseconds since 1970, inclusive.
    pub since: Option<i64>,
    /// Exclusive.
    pub before: Option<i64>,
    pub raw: bool,
    pub timestamps: bool,
}

impl Question {
    fn most(&self) -> u64 {
        match self.lines {
            Lines::AtMost(lines) => lines,
            Lines::All => u64::MAX,
        }
    }

    fn show(&self, line: &Line) -> String {
        let text = if self.raw { text::raw(&line.bytes) } else { text::plain(&line.bytes) };
        if self.timestamps { format!("{} {text}", Time::from_micros(line.time)) } else { text }
    }
}

/// The last lines of a run.
pub fn last(folder: &std::path::Path, run: u32, question: &Question) -> io::Result<OutputPage> {
    let log = Log::open(folder)?;
    let (stream, end, first) = (question.stream, log.end()?, log.first()?);
    let unfinished = feed::unfinished(&log, stream)?;
    let limit = question.before.map(|time| log.at_time(time)).transpose()?.unwrap_or(end);
    let until = limit.lines(stream) + if limit == end { unfinished } else { 0 };
    let since = question.since.map(|time| log.at_time(time)).transpose()?.unwrap_or(first);
    let from = until.saturating_sub(question.most()).max(since.lines(stream)).min(until);

    let place = log.after_line(stream, from.min(end.lines(stream)))?;
    let start = feed::cursor_at(&log, run, place, false)?;
    let mut gathered = Gathered::default();
    let mut reader = LineReader::new(stream, start);
    // Of two unfinished lines only the later one may be wanted.
    for _ in end.lines(stream)..from {
        reader.next(&log)?;
    }
    while gathered.count < until - from {
        let Some(line) = reader.next(&log)? else { break };
        gathered.push(question.show(&line), Keep::Newest);
    }
    let cursor = match limit == end {
        true => Cursor { run, stdout: end.stdout, stderr: end.stderr },
        false => feed::cursor_at(&log, run, limit, false)?,
    };
    let mut page = gathered.page(cursor);
    page.lines_before += from;
    page.lines_after = (end.lines(stream) + unfinished).saturating_sub(until);
    page.note = tail_note(&page, first);
    Ok(page)
}

/// The first lines after a cursor, through all runs from its own to the latest.
pub fn after(
    folder_of: impl Fn(u32) -> PathBuf,
    cursor: Cursor,
    latest: u32,
    question: &Question,
) -> io::Result<OutputPage> {
    let stream = question.stream;
    let log = Log::open(&folder_of(cursor.run))?;
    let before = lines_before(&log, stream, cursor)?;
    let (mut gathered, mut cursor, mut dropped) = (Gathered::default(), cursor, 0);
    let mut log = log;
    let rest = loop {
        let mut reader = LineReader::new(stream, cursor);
        read_forward(&log, &mut reader, question, &mut gathered)?;
        dropped += reader.walk.take_dropped();
        cursor = reader.cursor(cursor.run);
        let all = log.end()?.lines(stream) + feed::unfinished(&log, stream)?;
        let rest =
            if reader.ended { 0 } else { all.saturating_sub(lines_before(&log, stream, cursor)?) };
        if !reader.ended || cursor.run >= latest {
            break rest;
        }
        cursor = Cursor::start_of(cursor.run + 1);
        log = Log::open(&folder_of(cursor.run))?;
    };
    let later = (cursor.run + 1..=latest).try_fold(0, |sum, run| {
        Ok::<_, io::Error>(sum + Log::open(&folder_of(run))?.end()?.lines(stream))
    })?;
    let mut page = gathered.page(cursor);
    page.lines_before = before;
    page.lines_after = rest + later;
    page.truncated = page.lines_after > 0 || dropped > 0;
    page.note = forward_note(&page, dropped);
    Ok(page)
}

fn read_forward(
    log: &Log,
    reader: &mut LineReader,
    question: &Question,
    gathered: &mut Gathered,
) -> io::Result<()> {
    while gathered.count < question.most() && gathered.bytes < LARGEST {
        let Some(line) = reader.peek(log)? else { break };
        if question.before.is_some_and(|before| line.time >= before) {
            break;
        }
        let wanted = question.since.is_none_or(|since| line.time >= since);
        let text = wanted.then(|| question.show(line));
        reader.next(log)?;
        if let Some(text) = text {
            gathered.push(text, Keep::Oldest);
        }
    }
    // Whoever has room for more should know that there is none.
    reader.peek(log)?;
    Ok(())
}

fn lines_before(log: &Log, stream: Stream, cursor: Cursor) -> io::Result<u64> {
    let at = Offsets { stdout: cursor.stdout, stderr: cursor.stderr };
    let mut lines = 0;
    for source in Source::BOTH.into_iter().filter(|source| source.is_in(stream)) {
        lines += log.lines_before(source, at.of(source))?;
    }
    Ok(lines)
}

fn tail_note(page: &OutputPage, first: Mark) -> String {
    let dropped = first.bytes(Stream::Combined);
    if page.truncated {
        format!(
            "{} lines before these did not fit; ask for fewer, or page forward with `after`.",
            page.lines_before
        )
    } else if dropped > 0 && page.lines_before <= first.lines(Stream::Combined) {
        format!("The first {dropped} bytes of this run were dropped by the log limit.")
    } else {
        String::new()
    }
}

fn forward_note(page: &OutputPage, dropped: u64) -> String {
    let mut notes = Vec::new();
    if dropped > 0 {
        notes.push(format!("{dropped} bytes after the cursor were dropped by the log limit."));
    }
    if page.lines_after > 0 {
        notes.push(format!(
            "{} more lines follow; ask again with after={}.",
            page.lines_after, page.cursor
        ));
    }
    notes.join(" ")
}

/// Which lines stay when a page grows too large.
#[derive(Clone, Copy)]
enum Keep {
    Oldest,
    Newest,
}

/// Lines of a page in the making.
#[derive(Default)]
struct Gathered {
    lines: VecDeque<String>,
    count: u64,
    bytes: usize,
    left_out: u64,
}

impl Gathered {
    fn push(&mut self, line: String, keep: Keep) {
        self.count += 1;
        self.bytes += line.len();
        self.lines.push_back(line);
        while matches!(keep, Keep::Newest) && self.bytes > LARGEST && self.lines.len() > 1 {
            self.bytes -= self.lines.pop_front().map_or(0, |line| line.len());
            self.left_out += 1;
        }
    }

    fn page(self, cursor: Cursor) -> OutputPage {
        OutputPage {
            output: self.lines.into(),
            lines_before: self.left_out,
            cursor: cursor.to_string(),
            run: cursor.run,
            truncated: self.left_out > 0,
            ..OutputPage::default()
        }
    }
}

/// Lines of one run, one at a time, with the place after each.
struct LineReader {
    walk: Walk,
    assembler: Assembler,
    waiting: Option<Line>,
    /// Everything before this was given out.
    given: Offsets,
    ended: bool,
}

impl LineReader {
    fn new(stream: Stream, cursor: Cursor) -> Self {
        let given = Offsets { stdout: cursor.stdout, stderr: cursor.stderr };
        let walk = Walk::new(stream, given);
        Self { walk, assembler: Assembler::default(), waiting: None, given, ended: false }
    }

    fn peek(&mut self, log: &Log) -> io::Result<Option<&Line>> {
        while self.waiting.is_none() && !self.ended {
            self.waiting = self.assembler.next_line();
            if self.waiting.is_some() {
                break;
            }
            if self.walk.advance(log)? {
                for piece in self.walk.pieces() {
                    self.assembler.take(piece);
                }
                continue;
            }
            self.assembler.flush();
            self.waiting = self.assembler.next_line();
            self.ended = self.waiting.is_none();
        }
        Ok(self.waiting.as_ref())
    }

    fn next(&mut self, log: &Log) -> io::Result<Option<Line>> {
        self.peek(log)?;
        let line = self.waiting.take();
        if let Some(line) = &line {
            *self.given.of_mut(line.source) += line.length;
        }
        Ok(line)
    }

    /// Exactly after the last line given out; at the end, after everything.
    fn cursor(&self, run: u32) -> Cursor {
        let Offsets { stdout, stderr } = if self.ended { self.walk.at() } else { self.given };
        Cursor { run, stdout, stderr }
    }
}
