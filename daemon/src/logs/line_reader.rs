//! [`LineReader`]: reads the lines of one run one at a time, and knows the cursor after each.

use std::io;

use persistproc_api::cursor::{Cursor, Offsets, Source};
use persistproc_api::output::Stream;

use super::byte_reader::{ByteReader, Skipped};
use super::lines::{Line, LineAssembler, damaged_note};
use super::log::Log;

/// Reads lines of a stream.
///
/// Invariant: `at` is the position after the last line that [`Self::next`] returned, plus the
/// dropped bytes after that line. The byte reader and the assembler are ahead of it by the lines
/// that were not returned yet.
pub(crate) struct LineReader {
    bytes: ByteReader,
    assembler: LineAssembler,
    /// The next line, if it was peeked at.
    peeked: Option<Line>,
    at: Offsets,
    /// Bytes that are missing between the lines in the assembler and the batch in `bytes`.
    gap: Skipped,
    /// The batch in `bytes` was not given to the assembler yet.
    has_batch: bool,
    dropped: u64,
    has_ended: bool,
    /// At the end of the log, unfinished lines are left in the assembler.
    leaves_unfinished: bool,
}

impl LineReader {
    /// A reader that starts at a cursor.
    pub(super) fn new(stream: Stream, cursor: Cursor) -> Self {
        Self {
            bytes: ByteReader::new(stream, cursor.at),
            assembler: LineAssembler::default(),
            peeked: None,
            at: cursor.at,
            gap: Skipped::default(),
            has_batch: false,
            dropped: 0,
            has_ended: false,
            leaves_unfinished: false,
        }
    }

    /// A reader of both sources that returns only lines that have their line end.
    pub(crate) fn of_finished_lines(cursor: Cursor) -> Self {
        Self { leaves_unfinished: true, ..Self::new(Stream::Combined, cursor) }
    }

    /// From now on unfinished lines are returned too: no more output comes.
    pub(crate) fn finish(&mut self) {
        self.leaves_unfinished = false;
        self.has_ended = false;
    }

    /// The next line, without going past it. At the end of the log, unfinished lines are returned
    /// as lines too.
    pub(super) fn peek(&mut self, log: &Log) -> io::Result<Option<&Line>> {
        while self.peeked.is_none() && !self.has_ended {
            self.peeked = self.assembler.next_line();
            if self.peeked.is_some() {
                break;
            }
            // All lines before the gap have been returned.
            let gap = std::mem::take(&mut self.gap);
            for source in Source::BOTH {
                *self.at.of_mut(source) += gap.of(source);
            }
            if std::mem::take(&mut self.has_batch) {
                for chunk in self.bytes.chunks() {
                    self.assembler.take(chunk);
                }
            } else {
                self.read_batch(log)?;
            }
        }
        Ok(self.peeked.as_ref())
    }

    /// Reads the next batch. A line is cut where dropped bytes follow it.
    fn read_batch(&mut self, log: &Log) -> io::Result<()> {
        self.has_batch = self.bytes.advance(log)?;
        self.gap = self.bytes.take_skipped();
        self.dropped += self.gap.dropped.sum();
        for source in Source::BOTH {
            if self.gap.of(source) > 0 {
                self.assembler.cut(source);
            }
            let damaged = self.gap.damaged.of(source);
            if damaged > 0 {
                let end = self.at.of(source);
                self.assembler.add_note(source, &damaged_note(damaged), self.gap.time, end);
            }
        }
        if !self.has_batch {
            if !self.leaves_unfinished {
                self.assembler.flush();
            }
            self.peeked = self.assembler.next_line();
            self.has_ended = self.peeked.is_none() && self.gap.sum() == 0;
        }
        Ok(())
    }

    /// The next line.
    pub(crate) fn next(&mut self, log: &Log) -> io::Result<Option<Line>> {
        self.peek(log)?;
        let line = self.peeked.take();
        if let Some(line) = &line {
            *self.at.of_mut(line.source) += line.length;
        }
        Ok(line)
    }

    /// The cursor after the last line that was returned.
    pub(crate) fn cursor(&self, run: u32) -> Cursor {
        Cursor { run, at: self.at }
    }

    /// Bytes that the log limit dropped before they could be read.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether all lines have been returned.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }
}
