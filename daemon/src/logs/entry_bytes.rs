//! [`EntryBytes`]: the bytes of one index entry, searched for line ends.
//!
//! The index records how many lines come before and after each read. A line number or an offset
//! inside a read is found here by counting line ends from the nearer end of the read.

use std::io;

use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;

use super::index_entry::EntryKind;
use super::position::Position;
use super::segment::{Segment, damaged_index};

/// How many bytes are read and scanned at a time.
const BLOCK_BYTES: u64 = 16 << 10;

impl Segment {
    /// How many line ends of a source come before an offset in it.
    pub(super) fn lines_before(&self, source: Source, offset: u64) -> io::Result<u64> {
        let stream = source.stream();
        let found = self.first_entry_where(1, |entry| entry.end.bytes(stream) >= offset)?;
        let Some(number) = found else { return Ok(self.end().lines(stream)) };
        let before = self.entry(number - 1)?.end;
        // The segment starts after this offset, and the read that was found may be of the other source.
        if offset <= before.bytes(stream) {
            return Ok(before.lines(stream));
        }
        EntryBytes::new(self, number)?.lines_before(offset)
    }

    /// The offset in a source right after its line end number `lines`, or the start of the segment if
    /// that is later.
    pub(super) fn offset_after_line(&self, source: Source, lines: u64) -> io::Result<u64> {
        let stream = source.stream();
        let found = self.first_entry_where(1, |entry| entry.end.lines(stream) >= lines)?;
        match found.filter(|_| lines > self.base().lines(stream)) {
            Some(number) => {
                let position = EntryBytes::new(self, number)?.position_after_line(stream, lines)?;
                Ok(position.bytes(stream))
            }
            None => Ok(self.base().bytes(stream)),
        }
    }
}

/// The bytes of one index entry, and the positions before and after them.
pub(super) struct EntryBytes<'a> {
    segment: &'a Segment,
    source: Source,
    before: Position,
    after: Position,
    /// The offset in the source up to which the log has its bytes. A damaged index may say more.
    kept: u64,
}

impl<'a> EntryBytes<'a> {
    /// The bytes of the entry of this number, which is not the base.
    pub(super) fn new(segment: &'a Segment, number: u64) -> io::Result<Self> {
        let before = segment.entry(number - 1)?.end;
        let entry = segment.entry(number)?;
        let source = match entry.kind {
            EntryKind::Read(source) => source,
            // Only a damaged index has a second base. It is treated as an empty read.
            EntryKind::Base => Source::Stdout,
        };
        let after = entry.end;
        let is_monotone = Source::BOTH.into_iter().map(Source::stream).all(|stream| {
            after.bytes(stream) >= before.bytes(stream)
                && after.lines(stream) >= before.lines(stream)
        });
        if !is_monotone {
            return Err(damaged_index());
        }
        let kept = segment.kept_end(source)?;
        Ok(Self { segment, source, before, after, kept })
    }

    /// The position right after line end number `lines` of a stream. That line end must be among
    /// these bytes.
    pub(super) fn position_after_line(&self, stream: Stream, lines: u64) -> io::Result<Position> {
        let from_start = lines.saturating_sub(self.before.lines(stream));
        let from_end = self.after.lines(stream).saturating_sub(lines);
        // Line ends that are missing are taken to be at the end.
        let is_whole = self.kept >= self.end();
        let offset = if from_start <= from_end || !is_whole {
            self.scan_forward(from_start)?
        } else {
            self.scan_backward(from_end)?
        };
        Ok(self.before.after(self.source, offset - self.start(), from_start))
    }

    /// How many line ends of the source come before an offset in these bytes.
    pub(super) fn lines_before(&self, offset: u64) -> io::Result<u64> {
        let stream = self.source.stream();
        let offset = offset.clamp(self.start(), self.end());
        if offset - self.start() <= self.end() - offset {
            Ok(self.before.lines(stream) + self.count_lines(self.start(), offset)?)
        } else {
            let lines_after = self.count_lines(offset, self.end())?;
            Ok(self.after.lines(stream).saturating_sub(lines_after))
        }
    }

    /// The offset in the source where these bytes start.
    fn start(&self) -> u64 {
        self.before.bytes(self.source.stream())
    }

    /// The offset in the source where these bytes end.
    fn end(&self) -> u64 {
        self.after.bytes(self.source.stream())
    }

    /// The offset right after line end number `count`, counted from the start.
    fn scan_forward(&self, count: u64) -> io::Result<u64> {
        let mut at = self.start();
        let mut left = count;
        let end = self.end().min(self.kept);
        while left > 0 && at < end {
            let block = self.read(at, (at + BLOCK_BYTES).min(end))?;
            match memchr::memchr_iter(b'\n', &block).nth(left as usize - 1) {
                Some(line_end) => return Ok(at + line_end as u64 + 1),
                None => left -= memchr::memchr_iter(b'\n', &block).count() as u64,
            }
            at += block.len() as u64;
        }
        Ok(if left > 0 { self.end() } else { at })
    }

    /// The offset right after the line end that `count` other line ends follow.
    fn scan_backward(&self, count: u64) -> io::Result<u64> {
        let mut until = self.end();
        let mut left = count;
        while until > self.start() {
            let from = until.saturating_sub(BLOCK_BYTES).max(self.start());
            let block = self.read(from, until)?;
            match memchr::memrchr_iter(b'\n', &block).nth(left as usize) {
                Some(line_end) => return Ok(from + line_end as u64 + 1),
                None => left -= memchr::memchr_iter(b'\n', &block).count() as u64,
            }
            until = from;
        }
        Ok(until)
    }

    fn count_lines(&self, from: u64, until: u64) -> io::Result<u64> {
        let mut at = from;
        let until = until.min(self.kept);
        let mut lines = 0;
        while at < until {
            let block = self.read(at, (at + BLOCK_BYTES).min(until))?;
            lines += memchr::memchr_iter(b'\n', &block).count() as u64;
            at += block.len() as u64;
        }
        Ok(lines)
    }

    fn read(&self, from: u64, until: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (until - from) as usize];
        self.segment.read_kept(self.source, from, &mut bytes)?;
        Ok(bytes)
    }
}
