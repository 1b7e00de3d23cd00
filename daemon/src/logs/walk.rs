//! Bytes in order of arrival, from any place on: each stream from its own offset, so that a
//! reader who is behind in one of them misses nothing and is told nothing twice.

use std::io;

use persistproc_api::cursor::Offsets;
use persistproc_api::output::Stream;

use super::entry::{Kind, Mark, Source};
use super::log::Log;
use super::segment::damaged;

/// How much is read from disk at once, at least one read of the shim.
const BATCH_BYTES: usize = 512 << 10;
const BATCH_ENTRIES: u64 = 1024;

/// Bytes of one source that arrived together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    pub source: Source,
    /// When, in microseconds since 1970.
    pub time: i64,
    pub bytes: &'a [u8],
    /// Where in the source's stream they end.
    pub end: u64,
}

/// A piece in the buffer.
struct Found {
    source: Source,
    time: i64,
    /// Where it ends in the buffer.
    until: usize,
    /// Where it ends in its stream.
    end: u64,
}

/// A reader's place in a log.
pub struct Walk {
    stream: Stream,
    at: Offsets,
    dropped: Offsets,
    buffer: Vec<u8>,
    found: Vec<Found>,
}

impl Walk {
    /// A reader of `stream` that has come as far as `at`.
    pub fn new(stream: Stream, at: Offsets) -> Self {
        let dropped = Offsets::default();
        Self { stream, at, dropped, buffer: Vec::new(), found: Vec::new() }
    }

    /// How far it has come.
    pub fn at(&self) -> Offsets {
        self.at
    }

    /// Bytes of each source that were gone before they could be read, since this was last asked.
    pub fn take_dropped(&mut self) -> Offsets {
        std::mem::take(&mut self.dropped)
    }

    /// Reads the next batch; `false` when there is nothing more. A batch that cannot be read
    /// leaves the reader where it was.
    pub fn advance(&mut self, log: &Log) -> io::Result<bool> {
        let before = (self.at, self.dropped);
        let outcome = self.read_batch(log);
        if outcome.is_err() {
            (self.at, self.dropped) = before;
        }
        outcome
    }

    fn read_batch(&mut self, log: &Log) -> io::Result<bool> {
        self.buffer.clear();
        self.found.clear();
        self.step_over_dropped(log.first()?);
        let (stream, at) = (self.stream, self.at);
        let news = |entry: &super::entry::Entry| {
            Source::BOTH.iter().any(|source| {
                source.is_in(stream) && entry.mark.bytes(source.stream()) > at.of(*source)
            })
        };
        let Some((segment, first)) = log.find(news)? else { return Ok(false) };
        let mut before = segment.entry(first - 1)?.mark;
        // What lies between may have been dropped after we asked where the log begins.
        self.step_over_dropped(before);
        for entry in segment.entries(first, BATCH_ENTRIES)? {
            let Kind::Read(source) = entry.kind else { break };
            let own = source.stream();
            let from = before.bytes(own).max(self.at.of(source));
            let until = entry.mark.bytes(own);
            before = entry.mark;
            if !source.is_in(self.stream) || until <= from {
                continue;
            }
            let (start, count) = (self.buffer.len(), (until - from) as usize);
            if start > 0 && start + count > BATCH_BYTES {
                break;
            }
            // Memory is taken for bytes that are there, whatever the index says.
            if count > BATCH_BYTES && !segment.holds(own, until)? {
                return Err(damaged());
            }
            self.found.push(Found { source, time: entry.time, until: start + count, end: until });
            self.buffer.resize(start + count, 0);
            *self.at.of_mut(source) = until;
        }
        if self.found.is_empty() {
            // There is news of no read at all: whoever went on would go on for ever.
            return Err(damaged());
        }
        self.fill(segment)?;
        Ok(true)
    }

    /// One read per file for the whole batch: each source's bytes lie together in its own log.
    fn fill(&mut self, segment: &super::segment::Segment) -> io::Result<()> {
        for source in Source::BOTH {
            let pieces: Vec<_> = self.ranges().filter(|(of, _)| *of == source).collect();
            let total: usize = pieces.iter().map(|(_, range)| range.len()).sum();
            if total == 0 {
                continue;
            }
            let start = self.at.of(source) - total as u64;
            if let [(_, only)] = &pieces[..] {
                segment.read(source.stream(), start, &mut self.buffer[only.clone()])?;
                continue;
            }
            let mut bytes = vec![0; total];
            segment.read(source.stream(), start, &mut bytes)?;
            let mut rest = &bytes[..];
            for (_, range) in pieces {
                let (own, others) = rest.split_at(range.len());
                self.buffer[range].copy_from_slice(own);
                rest = others;
            }
        }
        Ok(())
    }

    /// What the last [`Self::advance`] found.
    pub fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        self.ranges().zip(&self.found).map(|((source, range), found)| Piece {
            source,
            time: found.time,
            bytes: &self.buffer[range],
            end: found.end,
        })
    }

    fn ranges(&self) -> impl Iterator<Item = (Source, std::ops::Range<usize>)> {
        let starts = std::iter::once(0).chain(self.found.iter().map(|found| found.until));
        self.found.iter().zip(starts).map(|(found, start)| (found.source, start..found.until))
    }

    /// Nothing is left before `first`.
    fn step_over_dropped(&mut self, first: Mark) {
        for source in Source::BOTH {
            let gone = first.bytes(source.stream()).saturating_sub(self.at.of(source));
            *self.at.of_mut(source) += gone;
            if source.is_in(self.stream) {
                *self.dropped.of_mut(source) += gone;
            }
        }
    }
}
