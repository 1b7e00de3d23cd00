//! A regular expression over a run's whole log, newest lines first, at the speed of the disk:
//! whole blocks are searched, and only lines that match are looked at any closer.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use persistproc_api::cursor::Cursor;
use regex::bytes::Regex;

use super::entry::Source;
use super::log::Log;
use super::segment::Segment;
use super::text;

/// How much is searched at once. A line longer than this is searched in parts.
const BLOCK: u64 = 1 << 20;

/// Bytes from which on a second thread is worth its start.
const LARGE: u64 = 4 << 20;

/// What to look for, and where.
pub struct Wanted<'a> {
    pub pattern: &'a Regex,
    pub sources: Vec<Source>,
    /// Microseconds since 1970, inclusive and exclusive.
    pub since: i64,
    pub before: i64,
    pub most: usize,
}

/// A line that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub source: Source,
    /// When its end came.
    pub time: i64,
    pub line: String,
    /// Right behind it.
    pub cursor: Cursor,
}

/// The newest hits of a run, newest first; at most `most`, and one more if there are more.
pub fn search(log: &Log, run: u32, wanted: &Wanted<'_>) -> io::Result<Vec<Hit>> {
    let mut hits = Vec::new();
    for segment in log.backwards() {
        let segment = segment?;
        if segment.begin().time >= wanted.before {
            continue;
        }
        let mut found = Vec::new();
        for source in &wanted.sources {
            search_segment(segment, *source, run, wanted, &mut found)?;
        }
        found.sort_by_key(|hit| std::cmp::Reverse((hit.time, hit.cursor)));
        hits.append(&mut found);
        if hits.len() > wanted.most || segment.begin().time < wanted.since {
            break;
        }
    }
    hits.truncate(wanted.most + 1);
    Ok(hits)
}

/// One source of one segment: a large one in two halves at once.
fn search_segment(
    segment: &Segment,
    source: Source,
    run: u32,
    wanted: &Wanted<'_>,
    found: &mut Vec<Hit>,
) -> io::Result<()> {
    let stream = source.stream();
    let (begin, end) = (segment.base().bytes(stream), segment.end().bytes(stream));
    let enough = AtomicBool::new(false);
    let part = |from, until| Part { segment, source, run, wanted, from, until, enough: &enough };
    let middle = line_start(segment, source, begin + (end - begin) / 2, end)?;
    if end - begin < LARGE || middle == end {
        found.append(&mut part(begin, end).search()?);
        return Ok(());
    }
    let (newer, older) = std::thread::scope(|scope| {
        let older = scope.spawn(|| part(begin, middle).search());
        let newer = part(middle, end).search();
        // Whoever has enough of what is newer needs nothing older.
        let full = newer.as_ref().map_or(true, |hits| hits.len() > wanted.most);
        enough.store(full, Ordering::Relaxed);
        (newer, older.join())
    });
    found.append(&mut newer?);
    found.append(&mut older.map_err(|_| io::Error::other("a search gave up"))??);
    Ok(())
}

/// Where the first line begins at or after a place.
fn line_start(segment: &Segment, source: Source, place: u64, end: u64) -> io::Result<u64> {
    let mut block = vec![0; BLOCK.min(end - place) as usize];
    segment.read(source.stream(), place, &mut block)?;
    Ok(memchr::memchr(b'\n', &block).map_or(end, |at| place + at as u64 + 1))
}

/// Whole lines of one source of one segment.
struct Part<'a> {
    segment: &'a Segment,
    source: Source,
    run: u32,
    wanted: &'a Wanted<'a>,
    from: u64,
    until: u64,
    enough: &'a AtomicBool,
}

impl Part<'_> {
    /// The newest hits first, block by block from the end.
    fn search(&self) -> io::Result<Vec<Hit>> {
        let (mut block, mut end, mut found) = (Vec::new(), self.until, Vec::new());
        while end > self.from
            && found.len() <= self.wanted.most
            && !self.enough.load(Ordering::Relaxed)
        {
            let start = end.saturating_sub(BLOCK).max(self.from);
            block.resize((end - start) as usize, 0);
            self.segment.read(self.source.stream(), start, &mut block)?;
            // A block begins with a whole line; what is cut off belongs to the block before.
            let cut = match (start > self.from).then(|| memchr::memchr(b'\n', &block)).flatten() {
                Some(at) if at + 1 < block.len() => at + 1,
                _ => 0,
            };
            let mut hits = search_block(&block[cut..], start + cut as u64, self.wanted);
            hits.reverse();
            for (offset, line) in hits {
                found.extend(hit(self.segment, self.source, self.run, offset, line, self.wanted)?);
            }
            end = start + cut as u64;
        }
        Ok(found)
    }
}

/// The lines of a block that match: where each ends in the stream, and its text.
fn search_block(block: &[u8], start: u64, wanted: &Wanted<'_>) -> Vec<(u64, String)> {
    let mut hits = Vec::new();
    let escaped = has_controls(block);
    let mut at = 0;
    while at < block.len() {
        let line = if escaped {
            // What people see is what is searched: line by line, without escapes.
            let end = line_end(block, at);
            let matches = wanted.pattern.is_match(text::plain(&block[at..end]).as_bytes());
            let line = matches.then_some((at, end));
            at = end + 1;
            line
        } else {
            let Some(found) = wanted.pattern.find_at(block, at) else { break };
            // An empty match behind the last line end is in no line.
            if found.start() >= block.len() {
                break;
            }
            let from = memchr::memrchr(b'\n', &block[..found.start()]).map_or(0, |at| at + 1);
            let end = line_end(block, found.start());
            at = end + 1;
            // An expression that spans lines matches where it begins.
            Some((from, end))
        };
        if let Some((from, end)) = line {
            let behind = (start + end as u64 + 1).min(start + block.len() as u64);
            hits.push((behind, text::plain(&block[from..end])));
        }
    }
    hits
}

/// Whether lines look different from their bytes: escapes, returns, backspaces and the like. Without
/// a branch in the inner loop this is as fast as memory.
fn has_controls(block: &[u8]) -> bool {
    let is_control = |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\t') || byte == 0x7f;
    block.chunks(4096).any(|part| part.iter().fold(false, |any, byte| any | is_control(*byte)))
}

fn line_end(block: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end)
}

/// When the line came, and the place behind it; `None` outside the times that are wanted.
fn hit(
    segment: &Segment,
    source: Source,
    run: u32,
    behind: u64,
    line: String,
    wanted: &Wanted<'_>,
) -> io::Result<Option<Hit>> {
    let stream = source.stream();
    let Some(number) = segment.first(1, |entry| entry.mark.bytes(stream) >= behind)? else {
        return Ok(None);
    };
    let entry = segment.entry(number)?;
    if entry.time < wanted.since || entry.time >= wanted.before {
        return Ok(None);
    }
    let mut at = entry.mark.offsets();
    *at.of_mut(source) = behind;
    let cursor = Cursor { run, at };
    Ok(Some(Hit { source, time: entry.time, line, cursor }))
}
