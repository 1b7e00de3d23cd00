//! The model: what was written, read by read, kept in memory, and what an answer about it has to
//! be. It is as slow and as plain as it can be; of the store it knows only where the log begins.

use persistproc_api::cursor::{Cursor, Offsets};
use persistproc_api::output::{Lines, OutputPage, Stream};

use crate::logs::entry::{Mark, Source};
use crate::logs::question::Question;
use crate::logs::text;

/// What is kept at either end of a giant line.
const KEPT: usize = 32 << 10;

/// Bytes to write, short to look at.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Short(Vec<u8>),
    /// So many bytes in lines of this length.
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
                let is_end = |at: usize| at % line == line - 1;
                let byte = |at: usize| if is_end(at) { b'\n' } else { b'a' + (at % 7) as u8 };
                (0..*length).map(byte).chain(ended.then_some(b'\n')).collect()
            }
        }
    }
}

/// One read: when, of which stream, what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) time: i64,
    pub(super) source: Source,
    pub(super) bytes: Vec<u8>,
    /// Line ends among them.
    lines: u64,
}

impl Read {
    pub(super) fn new(time: i64, source: Source, bytes: Vec<u8>) -> Self {
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        Self { time, source, bytes, lines }
    }
}

/// All reads of one run, and where what is left of its log begins.
#[derive(Clone, Debug, Default)]
pub(super) struct Run {
    pub(super) began: i64,
    pub(super) reads: Vec<Read>,
    pub(super) first: Mark,
    /// When the last of what was dropped came.
    pub(super) dropped_until: i64,
}

/// A line as it is told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) source: Source,
    pub(super) time: i64,
    pub(super) bytes: Vec<u8>,
    pub(super) length: u64,
    pub(super) ended: bool,
}

impl Run {
    /// Where the run ends.
    pub(super) fn end(&self) -> Mark {
        self.mark_at(self.reads.len())
    }

    /// The place before the read of this number.
    pub(super) fn mark_at(&self, reads: usize) -> Mark {
        self.reads[..reads].iter().fold(Mark::default(), |mark, read| {
            mark.after(read.source, read.bytes.len() as u64, read.lines)
        })
    }

    /// All bytes of a source.
    pub(super) fn bytes(&self, source: Source) -> Vec<u8> {
        let own = self.reads.iter().filter(|read| read.source == source);
        own.map(|read| &read.bytes[..]).collect::<Vec<_>>().concat()
    }

    /// How many line ends of a stream lie before a place, or before what is left.
    pub(super) fn ends_before(&self, stream: Stream, at: [u64; 2]) -> u64 {
        let of = |source: Source| {
            let at = at[source as usize].max(self.first.bytes(source.stream()));
            self.bytes(source)[..at as usize].iter().filter(|byte| **byte == b'\n').count() as u64
        };
        Source::BOTH.into_iter().filter(|source| source.is_in(stream)).map(of).sum()
    }

    /// The lines of a stream from a place on, or from where what is left begins: in the order in
    /// which they end, then those without an end, the longest unchanged first.
    pub(super) fn lines(&self, stream: Stream, from: [u64; 2]) -> Vec<Told> {
        let first = [self.first.stdout, self.first.stderr];
        let (mut at, mut done) = ([0_u64; 2], Vec::new());
        let mut open = Source::BOTH.map(|source| Told {
            source,
            time: 0,
            bytes: Vec::new(),
            length: 0,
            ended: false,
        });
        for read in &self.reads {
            let place = read.source as usize;
            for byte in &read.bytes {
                at[place] += 1;
                if at[place] <= from[place].max(first[place]) || !read.source.is_in(stream) {
                    continue;
                }
                let line = &mut open[place];
                (line.time, line.length) = (read.time, line.length + 1);
                if *byte == b'\n' {
                    line.ended = true;
                    done.push(line.clone());
                    *line = Told { bytes: Vec::new(), length: 0, ended: false, ..line.clone() };
                } else {
                    line.bytes.push(*byte);
                }
            }
        }
        open.sort_by_key(|line| line.time);
        done.extend(open.into_iter().filter(|line| line.length > 0));
        done
    }

    /// The place before the first read at or after a time.
    fn mark_at_time(&self, time: i64) -> Mark {
        let number = self.reads.iter().position(|read| read.time >= time);
        let mark = self.mark_at(number.unwrap_or(self.reads.len()));
        if mark.bytes(Stream::Combined) < self.first.bytes(Stream::Combined) {
            self.first
        } else {
            mark
        }
    }

    /// Where the lines begin that are unfinished at a place.
    fn line_starts(&self, place: Mark) -> [u64; 2] {
        Source::BOTH.map(|source| {
            let until = place.bytes(source.stream());
            let bytes = &self.bytes(source)[..until as usize];
            let start = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            (start as u64).max(self.first.bytes(source.stream())).min(until)
        })
    }

    /// The answer to a question about the last lines.
    pub(super) fn last(&self, number: u32, asked: &Question) -> OutputPage {
        let (stream, first, end) = (asked.stream, self.first.lines(asked.stream), self.end());
        let all = self.lines(stream, [0, 0]);
        let since = asked.since.unwrap_or(i64::MIN);
        let limit = asked.before.map_or(end, |before| self.mark_at_time(before));
        let (mut range, mut before, mut stale) = (Vec::new(), first, 0);
        for line in &all {
            let after = match line.ended {
                true => asked.before.is_some_and(|before| line.time >= before),
                // A line without an end is part of the end of the log and of nothing else.
                false => limit != end,
            };
            match (after, line.time >= since) {
                (true, _) => {}
                (false, true) => range.push(line.clone()),
                (false, false) if line.ended => before += 1,
                (false, false) => stale += 1,
            }
        }
        let after = all.len() as u64 + first - before - stale - range.len() as u64;
        let mut page = match &asked.grep {
            None => {
                let from = range.len().saturating_sub(most(asked.lines));
                let output = range[from..].iter().map(raw).collect();
                let lines_before = before + stale + from as u64;
                OutputPage { output, lines_before, ..OutputPage::default() }
            }
            Some((pattern, around)) => {
                let all = grepped(&range, pattern, *around);
                let from = all.len().saturating_sub(most(asked.lines));
                let output = all[from..].to_vec();
                OutputPage { output, lines_before: from as u64, ..OutputPage::default() }
            }
        };
        let [stdout, stderr] =
            if limit == end { [end.stdout, end.stderr] } else { self.line_starts(limit) };
        page.cursor = Cursor { run: number, at: Offsets { stdout, stderr } }.to_string();
        (page.run, page.lines_after) = (number, after);
        if asked.since.is_none_or(|since| since <= self.dropped_until) {
            page.dropped_bytes = self.first.bytes(stream);
        }
        page.dropped_lines = Some(if page.dropped_bytes > 0 { first } else { 0 });
        page
    }
}

/// All runs of a process, the first at place 0.
pub(super) type Runs = [Run];

/// The answer to a question about what comes after a cursor.
pub(super) fn after(runs: &Runs, cursor: Cursor, asked: &Question) -> OutputPage {
    let (stream, most) = (asked.stream, most(asked.lines));
    let mut page = OutputPage::default();
    let (mut number, mut at) = (cursor.run, [cursor.at.stdout, cursor.at.stderr]);
    page.lines_before = runs[number as usize - 1].ends_before(stream, at);
    page.dropped_lines = Some(0);
    loop {
        let run = &runs[number as usize - 1];
        let (from, before) = (at, page.dropped_bytes);
        for source in Source::BOTH.into_iter().filter(|source| source.is_in(stream)) {
            let gone = run.first.bytes(source.stream()).saturating_sub(at[source as usize]);
            at[source as usize] += gone;
            page.dropped_bytes += gone;
        }
        if page.dropped_bytes > before {
            let lines = (from == [0, 0]).then(|| run.first.lines(stream));
            page.dropped_lines = page.dropped_lines.zip(lines).map(|(sum, more)| sum + more);
        }
        let mut rest = run.lines(stream, at).into_iter().peekable();
        while let Some(line) = rest.peek() {
            let over = asked.before.is_some_and(|before| line.time >= before);
            if over || page.output.len() >= most {
                break;
            }
            at[line.source as usize] += line.length;
            if asked.since.is_none_or(|since| line.time >= since) {
                page.output.push(raw(line));
            }
            rest.next();
        }
        page.lines_after = rest.count() as u64;
        if page.lines_after > 0 || number as usize >= runs.len() {
            break;
        }
        (number, at) = (number + 1, [0, 0]);
    }
    let later = runs[number as usize..].iter().map(|run| run.lines(stream, [0, 0]).len() as u64);
    page.lines_after += later.sum::<u64>();
    page.cursor = Cursor { run: number, at: Offsets { stdout: at[0], stderr: at[1] } }.to_string();
    page.run = number;
    page
}

fn grepped(lines: &[Told], pattern: &regex::bytes::Regex, around: usize) -> Vec<String> {
    let hit = |at: usize| pattern.is_match(text::plain(&lines[at].bytes).as_bytes());
    let hits: Vec<usize> = (0..lines.len()).filter(|at| hit(*at)).collect();
    let near = |at: usize| hits.iter().any(|hit| hit.abs_diff(at) <= around);
    let (mut out, mut last) = (Vec::new(), None);
    for at in (0..lines.len()).filter(|at| near(*at)) {
        if around > 0 && last.is_some_and(|last| at > last + 1) {
            out.push("--".to_owned());
        }
        out.push(raw(&lines[at]));
        last = Some(at);
    }
    out
}

fn most(lines: Lines) -> usize {
    match lines {
        Lines::AtMost(lines) => lines as usize,
        Lines::All => usize::MAX,
    }
}

fn raw(line: &Told) -> String {
    let bytes = &line.bytes;
    if bytes.len() <= 2 * KEPT {
        return text::raw(bytes);
    }
    let (head, tail) = (&bytes[..KEPT], &bytes[bytes.len() - KEPT..]);
    let left_out = format!(" […{} bytes left out…] ", bytes.len() - 2 * KEPT);
    text::raw(&[head, left_out.as_bytes(), tail].concat())
}
