//! Reading a [`Segment`] whose logs were shortened, deleted or replaced by something else.
//!
//! Each byte of a source is in two files, its own log and `combined.log`, except while both are one
//! file. So what is missing in one is read from the other. What is missing in both is a suffix of the
//! segment: [`Segment::kept_end`] says where it begins.

use std::io::{self, ErrorKind};

use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;

use super::index_entry::EntryKind;
use super::log_file::is_damage;
use super::segment::Segment;

impl Segment {
    /// The offset in a source before which all bytes of the segment can be read.
    pub(super) fn kept_end(&self, source: Source) -> io::Result<u64> {
        let stream = source.stream();
        let end = self.end().bytes(stream);
        let own = self.base().bytes(stream) + self.log_length(stream)?;
        if own >= end {
            return Ok(end);
        }
        let combined = self.base().bytes(Stream::Combined) + self.log_length(Stream::Combined)?;
        let cut =
            self.first_entry_where(1, |entry| entry.end.bytes(Stream::Combined) > combined)?;
        let Some(number) = cut else { return Ok(end) };
        let before = self.entry(number - 1)?.end;
        let mut in_combined = before.bytes(stream);
        if self.entry(number)?.kind == EntryKind::Read(source) {
            in_combined += combined.saturating_sub(before.bytes(Stream::Combined));
        }
        Ok(own.max(in_combined))
    }

    /// Fills a buffer with the bytes of a source; with zeros where they are missing.
    pub(super) fn read_kept(
        &self,
        source: Source,
        offset: u64,
        buffer: &mut [u8],
    ) -> io::Result<()> {
        match self.read(source, offset, buffer) {
            Err(error) if is_damage(&error) => {}
            result => return result,
        }
        let kept = self.kept_end(source)?.saturating_sub(offset).min(buffer.len() as u64);
        let (kept, missing) = buffer.split_at_mut(kept as usize);
        missing.fill(0);
        if kept.is_empty() { Ok(()) } else { self.read(source, offset, kept) }
    }

    /// Fills a buffer with the bytes of a source, from `combined.log`.
    pub(super) fn read_from_combined(
        &self,
        source: Source,
        offset: u64,
        buffer: &mut [u8],
    ) -> io::Result<()> {
        let stream = source.stream();
        let base = self.base().bytes(Stream::Combined);
        let first = self.first_entry_where(1, |entry| entry.end.bytes(stream) > offset)?;
        let mut number = first.ok_or(ErrorKind::UnexpectedEof)?;
        let mut before = self.entry(number - 1)?.end;
        let mut at = offset;
        let mut rest = buffer;
        while !rest.is_empty() {
            let entry = self.entry(number)?;
            let end = entry.end.bytes(stream);
            if entry.kind == EntryKind::Read(source) && end > at {
                let length = ((end - at) as usize).min(rest.len());
                let (part, others) = rest.split_at_mut(length);
                let start = before.bytes(Stream::Combined) - base + (at - before.bytes(stream));
                self.read_combined(start, part)?;
                rest = others;
                at = end;
            }
            before = entry.end;
            number += 1;
        }
        Ok(())
    }
}
