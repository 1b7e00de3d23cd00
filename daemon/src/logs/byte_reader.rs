//! [`ByteReader`]: reads a log's bytes in order of arrival, starting at any position.
//!
//! # Invariants
//!
//! - A reader's position is one offset per source. Every byte before its offset was either
//!   delivered once or counted as [`Skipped`].
//! - Offsets only grow, and an attempt that fails changes none of them.

use std::io;
use std::iter;
use std::ops::Range;

use persistproc_api::cursor::{Offsets, Source};
use persistproc_api::output::Stream;

use super::gaps::Gaps;
use super::index_entry::{EntryKind, IndexEntry};
use super::log::Log;
use super::position::Position;
use super::segment::{Segment, damaged_index};

/// The most bytes in one batch. A single read of the shim is never divided, so a batch of one read
/// can be larger.
const MAX_BATCH_BYTES: usize = 512 << 10;
const MAX_BATCH_ENTRIES: u64 = 1024;

/// Bytes of one source that the shim read together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkRef<'a> {
    pub source: Source,
    /// When they were read, in microseconds since 1970.
    pub time: i64,
    pub bytes: &'a [u8],
    /// The offset in the source at which they end.
    pub end: u64,
    /// How many bytes of the source are missing before these, because they could not be stored.
    pub lost: u64,
}

/// A chunk in the reader's buffer. It begins where the previous chunk ends.
struct BufferedChunk {
    source: Source,
    time: i64,
    buffer_end: usize,
    source_end: u64,
    lost: u64,
}

/// Reads a stream of a log in batches.
pub struct ByteReader {
    stream: Stream,
    at: Offsets,
    skipped: Skipped,
    buffer: Vec<u8>,
    chunks: Vec<BufferedChunk>,
}

/// Bytes that come before those of a batch and cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Dropped by the log limit.
    pub dropped: Offsets,
    /// Deleted or overwritten by another program.
    pub damaged: Offsets,
    /// When the first of the damaged bytes were read, in microseconds since 1970.
    pub time: i64,
}

impl Skipped {
    /// How many bytes of a source.
    pub fn of(&self, source: Source) -> u64 {
        self.dropped.of(source) + self.damaged.of(source)
    }

    /// How many bytes of both sources.
    pub fn sum(&self) -> u64 {
        self.dropped.sum() + self.damaged.sum()
    }
}

impl ByteReader {
    /// A reader of `stream` that starts at these offsets.
    pub fn new(stream: Stream, at: Offsets) -> Self {
        let skipped = Skipped::default();
        Self { stream, at, skipped, buffer: Vec::new(), chunks: Vec::new() }
    }

    /// The offsets after the last batch.
    pub fn at(&self) -> Offsets {
        self.at
    }

    /// Bytes of each source that could not be read, since the last call.
    pub fn take_skipped(&mut self) -> Skipped {
        std::mem::take(&mut self.skipped)
    }

    /// Reads the next batch, which [`Self::chunks`] returns. Returns `false` at the end of the log.
    pub fn advance(&mut self, log: &Log) -> io::Result<bool> {
        let at = self.at;
        let skipped = self.skipped;
        let result = self.read_batch(log);
        if result.is_err() {
            self.at = at;
            self.skipped = skipped;
        }
        result
    }

    fn read_batch(&mut self, log: &Log) -> io::Result<bool> {
        self.buffer.clear();
        self.chunks.clear();
        self.skip_dropped(log.start()?);
        loop {
            let Some((segment, first)) = self.next_read(log)? else { return Ok(false) };
            let before = segment.entry(first - 1)?.end;
            // More segments may have been dropped since `log.start()`.
            self.skip_dropped(before);
            let at = self.at;
            self.plan_batch(segment, first, before, log.gaps()?)?;
            if !self.chunks.is_empty() {
                self.fill_buffer(segment)?;
                return Ok(true);
            }
            // The index promised a read and has none. Without an error this would loop forever.
            if self.at == at {
                return Err(damaged_index());
            }
        }
    }

    /// The first read with bytes that were not delivered yet.
    fn next_read<'a>(&self, log: &'a Log) -> io::Result<Option<(&'a Segment, u64)>> {
        let is_new = |entry: &IndexEntry| {
            Source::all_in(self.stream)
                .any(|source| entry.end.bytes(source.stream()) > self.at.of(source))
        };
        log.first_read_where(is_new)
    }

    /// Determines the chunks of the batch, and makes room for them in the buffer.
    fn plan_batch(
        &mut self,
        segment: &Segment,
        first: u64,
        mut before: Position,
        gaps: &Gaps,
    ) -> io::Result<()> {
        let mut kept = [None; 2];
        for entry in segment.entries(first, MAX_BATCH_ENTRIES)? {
            let EntryKind::Read(source) = entry.kind else { break };
            let stream = source.stream();
            let from = before.bytes(stream).max(self.at.of(source));
            let until = entry.end.bytes(stream);
            before = entry.end;
            if !source.is_in(self.stream) || until <= from {
                continue;
            }
            let kept = match kept[source as usize] {
                Some(kept) => kept,
                None => *kept[source as usize].insert(segment.kept_end(source)?),
            };
            let readable = until.min(kept);
            if readable <= from {
                // What is missing comes before the bytes of a batch.
                if !self.chunks.is_empty() {
                    break;
                }
                self.skip_damaged(source, from, segment.end().bytes(stream), entry.time);
                continue;
            }
            let length = (readable - from) as usize;
            let buffer_end = self.buffer.len() + length;
            if !self.buffer.is_empty() && buffer_end > MAX_BATCH_BYTES {
                break;
            }
            *self.at.of_mut(source) = from;
            self.plan_chunks(source, entry.time, readable, gaps);
            if readable < until {
                break;
            }
        }
        Ok(())
    }

    /// Moves the offset of a source from `from` to the end of a segment, beyond bytes that are missing
    /// there.
    fn skip_damaged(&mut self, source: Source, from: u64, end: u64, time: i64) {
        if self.skipped.damaged.sum() == 0 {
            self.skipped.time = time;
        }
        *self.at.of_mut(source) = end;
        *self.skipped.damaged.of_mut(source) += end - from;
    }

    /// Plans the bytes of one read up to the offset `until`: as one chunk, or divided at gaps.
    fn plan_chunks(&mut self, source: Source, time: i64, until: u64, gaps: &Gaps) {
        let mut lost = 0;
        for gap in gaps.between(source, self.at.of(source), until) {
            self.plan_chunk(source, time, gap.offset, lost);
            lost = gap.bytes;
        }
        self.plan_chunk(source, time, until, lost);
    }

    fn plan_chunk(&mut self, source: Source, time: i64, until: u64, lost: u64) {
        let length = (until - self.at.of(source)) as usize;
        if length == 0 {
            return;
        }
        let buffer_end = self.buffer.len() + length;
        self.buffer.resize(buffer_end, 0);
        *self.at.of_mut(source) = until;
        self.chunks.push(BufferedChunk { source, time, buffer_end, source_end: until, lost });
    }

    /// Reads the planned chunks. Those of one source are adjacent in its log, so each log is read
    /// once.
    fn fill_buffer(&mut self, segment: &Segment) -> io::Result<()> {
        for source in Source::BOTH {
            let own = self.ranges().filter(|(of, _)| *of == source);
            let ranges: Vec<_> = own.map(|(_, range)| range).collect();
            let total: usize = ranges.iter().map(Range::len).sum();
            if total == 0 {
                continue;
            }
            let start = self.at.of(source) - total as u64;
            // A single chunk needs no copy.
            if let [only] = &ranges[..] {
                segment.read(source, start, &mut self.buffer[only.clone()])?;
                continue;
            }
            let mut bytes = vec![0; total];
            segment.read(source, start, &mut bytes)?;
            let mut rest = &bytes[..];
            for range in ranges {
                let (chunk, others) = rest.split_at(range.len());
                self.buffer[range].copy_from_slice(chunk);
                rest = others;
            }
        }
        Ok(())
    }

    /// The chunks of the last batch, in order of arrival.
    pub fn chunks(&self) -> impl Iterator<Item = ChunkRef<'_>> {
        self.ranges().zip(&self.chunks).map(|((source, range), chunk)| ChunkRef {
            source,
            time: chunk.time,
            bytes: &self.buffer[range],
            end: chunk.source_end,
            lost: chunk.lost,
        })
    }

    /// The source of each chunk, and its place in the buffer.
    fn ranges(&self) -> impl Iterator<Item = (Source, Range<usize>)> {
        let starts = iter::once(0).chain(self.chunks.iter().map(|chunk| chunk.buffer_end));
        self.chunks.iter().zip(starts).map(|(chunk, start)| (chunk.source, start..chunk.buffer_end))
    }

    /// Moves the offsets to `start` if they are before it, and counts the bytes in between as
    /// dropped.
    fn skip_dropped(&mut self, start: Position) {
        for source in Source::BOTH {
            let gone = start.bytes(source.stream()).saturating_sub(self.at.of(source));
            *self.at.of_mut(source) += gone;
            if source.is_in(self.stream) {
                *self.skipped.dropped.of_mut(source) += gone;
            }
        }
    }
}
