//! [`Matches`]: the numbers of the lines that match a pattern, without looking at the others one by one.
//!
//! Blocks of whole lines are searched at once. The number of a line that matches comes from the index
//! and from the line ends in its block.

use std::io;

use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::output::Stream;
use regex::bytes::Regex;

use super::block_search::matching_lines;
use super::line_reader::LineReader;
use super::log::Log;
use super::segment::Segment;
use super::text;

/// How many bytes are searched at once: they stay in the cache of a core. A longer line is searched in
/// parts.
const BLOCK_BYTES: u64 = 256 << 10;

/// The minimum size at which a second thread saves more time than its start costs.
const MIN_PARALLEL_BYTES: u64 = 4 << 20;

/// How many index entries are read at once.
const ENTRIES: u64 = 1024;

/// The finished lines of a stream of one log that match.
pub(super) struct Matches<'a> {
    log: &'a Log,
    run: u32,
    stream: Stream,
    pattern: &'a Regex,
}

impl<'a> Matches<'a> {
    /// `None` if lines have to be looked at one by one: they have notes where bytes are missing.
    pub(super) fn new(
        log: &'a Log,
        run: u32,
        stream: Stream,
        pattern: &'a Regex,
    ) -> io::Result<Option<Self>> {
        let is_whole = log.gaps()?.lost_in_all() == 0 && log.damaged_bytes(stream)? == 0;
        Ok(is_whole.then_some(Self { log, run, stream, pattern }))
    }

    /// The numbers of the lines that match and end in a segment, in order. A line's number is how many
    /// lines of the stream end up to and with it, since the beginning of the run.
    pub(super) fn in_segment(&self, segment: &Segment) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for source in Source::all_in(self.stream) {
            let of_source = self.in_source(segment, source)?;
            numbers.append(&mut self.in_stream(segment, source, of_source)?);
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// The same for one source, with numbers among its own lines.
    fn in_source(&self, segment: &Segment, source: Source) -> io::Result<Vec<u64>> {
        let stream = source.stream();
        let base = segment.base();
        if segment.end().lines(stream) == base.lines(stream) {
            return Ok(Vec::new());
        }
        let mut numbers = Vec::new();
        let mut from = base.bytes(stream);
        let line_start = self.log.line_starts(base)?.of(source);
        if line_start < from {
            let first = base.lines(stream) + 1;
            from = segment.offset_after_line(source, first)?;
            numbers.extend(self.is_match_from(source, line_start)?.then_some(first));
        }
        let until = segment.offset_after_line(source, segment.end().lines(stream))?;
        let range =
            |from, until| SearchedLines { segment, source, pattern: self.pattern, from, until };
        if until - from < MIN_PARALLEL_BYTES {
            numbers.append(&mut range(from, until).numbers()?);
            return Ok(numbers);
        }
        let middle = segment.lines_before(source, from + (until - from) / 2)?;
        let middle = segment.offset_after_line(source, middle)?.clamp(from, until);
        let (first, second) = std::thread::scope(|scope| {
            let second = scope.spawn(|| range(middle, until).numbers());
            (range(from, middle).numbers(), second.join())
        });
        numbers.append(&mut first?);
        numbers.append(&mut second.map_err(|_| io::Error::other("a search thread panicked"))??);
        Ok(numbers)
    }

    /// Whether the line that starts at this offset matches. It may extend over several segments.
    fn is_match_from(&self, source: Source, line_start: u64) -> io::Result<bool> {
        let mut cursor = Cursor::start_of(self.run);
        *cursor.at.of_mut(source) = line_start;
        let line = LineReader::new(source.stream(), cursor).next(self.log)?;
        Ok(line.is_some_and(|line| self.pattern.is_match(text::plain(&line.bytes).as_bytes())))
    }

    /// Converts numbers among the lines of a source into numbers among those of the stream.
    fn in_stream(
        &self,
        segment: &Segment,
        source: Source,
        mut numbers: Vec<u64>,
    ) -> io::Result<Vec<u64>> {
        let Stream::Combined = self.stream else { return Ok(numbers) };
        let (own, other) = (source.stream(), source.other().stream());
        let (base, end) = (segment.base(), segment.end());
        if base.lines(other) == end.lines(other) {
            numbers.iter_mut().for_each(|number| *number += base.lines(other));
            return Ok(numbers);
        }
        // The entry in which a line ends is a read of its source, so no line of the other ends there.
        let mut first = 1;
        let mut entries = Vec::new();
        for number in &mut numbers {
            let is_at = |entry: &super::index_entry::IndexEntry| entry.end.lines(own) >= *number;
            if !entries.last().is_some_and(is_at) {
                let found = segment.first_entry_where(first, is_at)?;
                first = found.unwrap_or(segment.entry_count());
                entries = segment.entries(first, ENTRIES)?;
            }
            let at = entries.partition_point(|entry| !is_at(entry));
            *number += entries.get(at).map_or(end.lines(other), |entry| entry.end.lines(other));
        }
        Ok(numbers)
    }
}

/// Whole lines of one source of a segment.
struct SearchedLines<'a> {
    segment: &'a Segment,
    source: Source,
    pattern: &'a Regex,
    from: u64,
    until: u64,
}

impl SearchedLines<'_> {
    /// The numbers of those that match, among the lines of the source.
    fn numbers(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        let mut block = Vec::new();
        let mut from = self.from;
        while from < self.until {
            block.resize(BLOCK_BYTES.min(self.until - from) as usize, 0);
            self.segment.read(self.source, from, &mut block)?;
            // A line that ends after the block is left to the next one, unless it fills the block.
            let length = memchr::memrchr(b'\n', &block).map_or(block.len(), |end| end + 1);
            let lines = &block[..length];
            let matching = matching_lines(lines, self.pattern);
            if !matching.is_empty() {
                let mut number = self.segment.lines_before(self.source, from)?;
                let mut counted = 0;
                for line in matching {
                    let skipped = &lines[counted..line.start];
                    number += memchr::memchr_iter(b'\n', skipped).count() as u64;
                    counted = line.start;
                    // A long line that is searched in parts has one number.
                    if numbers.last() != Some(&(number + 1)) {
                        numbers.push(number + 1);
                    }
                }
            }
            from += length as u64;
        }
        Ok(numbers)
    }
}
