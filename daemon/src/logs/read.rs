//! Lines inside one read of the shim: looked for from the nearer of its two ends, and no more of
//! its bytes than that takes. Which read it is, others have found out.

use std::io;

use persistproc_api::output::Stream;

use super::entry::{Kind, Mark, Source};
use super::segment::{Segment, damaged};

/// How much is looked through at once.
const BLOCK: u64 = 16 << 10;

/// One read, and what lies before and after it.
pub(super) struct Read<'a> {
    segment: &'a Segment,
    source: Source,
    before: Mark,
    after: Mark,
}

impl<'a> Read<'a> {
    /// The read of this number, which is not the base.
    pub(super) fn of(segment: &'a Segment, number: u64) -> io::Result<Self> {
        let (before, entry) = (segment.entry(number - 1)?.mark, segment.entry(number)?);
        let source = match entry.kind {
            Kind::Read(source) => source,
            // Only a damaged index has a second base; there is nothing in it.
            Kind::Base => Source::Stdout,
        };
        let after = entry.mark;
        let grows = Source::BOTH.into_iter().map(Source::stream).all(|stream| {
            after.bytes(stream) >= before.bytes(stream)
                && after.lines(stream) >= before.lines(stream)
        });
        if grows { Ok(Self { segment, source, before, after }) } else { Err(damaged()) }
    }

    /// The place right after line end number `lines` of the log, which is in this read.
    pub(super) fn after_line(&self, stream: Stream, lines: u64) -> io::Result<Mark> {
        let wanted = lines.saturating_sub(self.before.lines(stream));
        let behind = self.after.lines(stream).saturating_sub(lines);
        let end = if wanted <= behind { self.forward(wanted)? } else { self.backward(behind)? };
        Ok(self.before.after(self.source, end - self.begin(), wanted))
    }

    /// How many line ends of its source lie before an offset in it.
    pub(super) fn lines_before(&self, offset: u64) -> io::Result<u64> {
        let own = self.source.stream();
        let offset = offset.clamp(self.begin(), self.end());
        if offset - self.begin() <= self.end() - offset {
            Ok(self.before.lines(own) + self.count(self.begin(), offset)?)
        } else {
            Ok(self.after.lines(own).saturating_sub(self.count(offset, self.end())?))
        }
    }

    fn begin(&self) -> u64 {
        self.before.bytes(self.source.stream())
    }

    fn end(&self) -> u64 {
        self.after.bytes(self.source.stream())
    }

    /// Right after line end number `wanted`, counted from the beginning.
    fn forward(&self, wanted: u64) -> io::Result<u64> {
        let (mut at, mut left) = (self.begin(), wanted);
        while left > 0 && at < self.end() {
            let block = self.bytes(at, (at + BLOCK).min(self.end()))?;
            match memchr::memchr_iter(b'\n', &block).nth(left as usize - 1) {
                Some(end) => return Ok(at + end as u64 + 1),
                None => left -= memchr::memchr_iter(b'\n', &block).count() as u64,
            }
            at += block.len() as u64;
        }
        Ok(at)
    }

    /// Right after the line end that has `behind` others after it.
    fn backward(&self, behind: u64) -> io::Result<u64> {
        let (mut until, mut left) = (self.end(), behind);
        while until > self.begin() {
            let from = until.saturating_sub(BLOCK).max(self.begin());
            let block = self.bytes(from, until)?;
            match memchr::memrchr_iter(b'\n', &block).nth(left as usize) {
                Some(end) => return Ok(from + end as u64 + 1),
                None => left -= memchr::memchr_iter(b'\n', &block).count() as u64,
            }
            until = from;
        }
        Ok(until)
    }

    fn count(&self, from: u64, until: u64) -> io::Result<u64> {
        let (mut at, mut lines) = (from, 0);
        while at < until {
            let block = self.bytes(at, (at + BLOCK).min(until))?;
            lines += memchr::memchr_iter(b'\n', &block).count() as u64;
            at += block.len() as u64;
        }
        Ok(lines)
    }

    fn bytes(&self, from: u64, until: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; (until - from) as usize];
        self.segment.read(self.source.stream(), from, &mut bytes)?;
        Ok(bytes)
    }
}
