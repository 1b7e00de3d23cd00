//! Searching the whole log of a run for a pattern, newest lines first.
//!
//! Blocks of whole lines are searched at once, from the end of a segment towards its beginning.
//! Only lines that match are looked at individually. Large segments are searched by two threads.

use std::cmp::Reverse;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use persistproc_api::cursor::{Cursor, Source};
use regex::bytes::Regex;

use super::block_search::matching_lines;
use super::log::Log;
use super::segment::Segment;
use super::text;

/// How many bytes are searched at once: they stay in the cache of a core. A longer line is searched in
/// parts.
const BLOCK_BYTES: u64 = 256 << 10;

/// The minimum size at which a second thread saves more time than its start costs.
const MIN_PARALLEL_BYTES: u64 = 4 << 20;

/// What to search for, and where.
pub struct LineSearch<'a> {
    pub pattern: &'a Regex,
    pub sources: Vec<Source>,
    /// Only lines that end at or after this time, in microseconds since 1970.
    pub since: i64,
    /// Only lines that end before this time.
    pub before: i64,
    /// The most hits that the caller uses.
    pub max_hits: usize,
}

/// A line that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub source: Source,
    /// When its end was read.
    pub time: i64,
    pub line: String,
    /// The position after it.
    pub cursor: Cursor,
}

/// The newest hits of a run, newest first: at most `max_hits`, and one more if there are more.
pub fn search(log: &Log, run: u32, search: &LineSearch<'_>) -> io::Result<Vec<Hit>> {
    let mut hits = Vec::new();
    for segment in log.newest_first() {
        let segment = segment?;
        if segment.base_entry().time >= search.before {
            continue;
        }
        let mut of_segment = Vec::new();
        for source in &search.sources {
            search_source(segment, *source, run, search, &mut of_segment)?;
        }
        of_segment.sort_by_key(|hit| Reverse((hit.time, hit.cursor)));
        hits.append(&mut of_segment);
        if hits.len() > search.max_hits || segment.base_entry().time < search.since {
            break;
        }
    }
    hits.truncate(search.max_hits + 1);
    Ok(hits)
}

/// Searches one source of a segment; a large one in two halves in parallel.
fn search_source(
    segment: &Segment,
    source: Source,
    run: u32,
    search: &LineSearch<'_>,
    hits: &mut Vec<Hit>,
) -> io::Result<()> {
    let stream = source.stream();
    let begin = segment.base().bytes(stream);
    let end = segment.kept_end(source)?.max(begin);
    let cancelled = AtomicBool::new(false);
    let range = |from, until| SearchedRange {
        segment,
        source,
        run,
        search,
        from,
        until,
        cancelled: &cancelled,
    };
    let middle = first_line_start(segment, source, begin + (end - begin) / 2, end)?;
    if end - begin < MIN_PARALLEL_BYTES || middle == end {
        hits.append(&mut range(begin, end).search()?);
        return Ok(());
    }
    let (newer, older) = std::thread::scope(|scope| {
        let older = scope.spawn(|| range(begin, middle).search());
        let newer = range(middle, end).search();
        // Enough newer hits, or an error: older hits are no longer needed.
        let is_done = newer.as_ref().map_or(true, |hits| hits.len() > search.max_hits);
        cancelled.store(is_done, Ordering::Relaxed);
        (newer, older.join())
    });
    hits.append(&mut newer?);
    hits.append(&mut older.map_err(|_| io::Error::other("a search thread panicked"))??);
    Ok(())
}

/// The offset of the first line that starts after `offset`; `end` if none starts within a block.
fn first_line_start(segment: &Segment, source: Source, offset: u64, end: u64) -> io::Result<u64> {
    let mut block = vec![0; BLOCK_BYTES.min(end - offset) as usize];
    segment.read_kept(source, offset, &mut block)?;
    Ok(memchr::memchr(b'\n', &block).map_or(end, |line_end| offset + line_end as u64 + 1))
}

/// A range of whole lines of one source of a segment.
struct SearchedRange<'a> {
    segment: &'a Segment,
    source: Source,
    run: u32,
    search: &'a LineSearch<'a>,
    from: u64,
    until: u64,
    cancelled: &'a AtomicBool,
}

impl SearchedRange<'_> {
    /// The newest hits first, block by block from the end.
    fn search(&self) -> io::Result<Vec<Hit>> {
        let mut hits = Vec::new();
        let mut block = Vec::new();
        let mut end = self.until;
        while end > self.from
            && hits.len() <= self.search.max_hits
            && !self.cancelled.load(Ordering::Relaxed)
        {
            let start = end.saturating_sub(BLOCK_BYTES).max(self.from);
            block.resize((end - start) as usize, 0);
            self.segment.read_kept(self.source, start, &mut block)?;
            // The first line may have begun before the block. Leave it to the block before, unless
            // it fills the whole block.
            let cut = match memchr::memchr(b'\n', &block) {
                Some(line_end) if start > self.from && line_end + 1 < block.len() => line_end + 1,
                _ => 0,
            };
            let block = &block[cut..];
            let matching = matching_texts(block, start + cut as u64, self.search.pattern);
            for (line_end, line) in matching.into_iter().rev() {
                hits.extend(self.hit(line_end, line)?);
            }
            end = start + cut as u64;
        }
        Ok(hits)
    }

    /// The hit for a line that ends at this offset. `None` if its time is not wanted.
    fn hit(&self, line_end: u64, line: String) -> io::Result<Option<Hit>> {
        let stream = self.source.stream();
        let number =
            self.segment.first_entry_where(1, |entry| entry.end.bytes(stream) >= line_end)?;
        let Some(number) = number else { return Ok(None) };
        let entry = self.segment.entry(number)?;
        if entry.time < self.search.since || entry.time >= self.search.before {
            return Ok(None);
        }
        let mut at = entry.end.offsets();
        *at.of_mut(self.source) = line_end;
        let cursor = Cursor { run: self.run, at };
        Ok(Some(Hit { source: self.source, time: entry.time, line, cursor }))
    }
}

/// The lines of a block that match, as the offset after each and its text.
fn matching_texts(block: &[u8], start: u64, pattern: &Regex) -> Vec<(u64, String)> {
    let end = start + block.len() as u64;
    let text_of = |line: Range<usize>| {
        // The last line may have no line end.
        let line_end = (start + line.end as u64 + 1).min(end);
        (line_end, text::plain(&block[line]))
    };
    matching_lines(block, pattern).into_iter().map(text_of).collect()
}
