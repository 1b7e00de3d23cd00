//! Lines of one run, one at a time, and the place after each: what is asked for by line is read
//! here, what is asked for by byte in [`super::feed`].

use std::io;

use persistproc_api::cursor::{Cursor, Offsets};
use persistproc_api::output::Stream;

use super::entry::Source;
use super::lines::{Assembler, Line};
use super::log::Log;
use super::walk::Walk;

/// Lines of one run, one at a time, with the place after each.
pub(super) struct LineReader {
    walk: Walk,
    assembler: Assembler,
    waiting: Option<Line>,
    /// Everything before this was given out, or is gone.
    given: Offsets,
    /// What is gone between the lines that are waiting and the bytes that were read last.
    gap: Offsets,
    /// Bytes were read that no line was made of yet.
    unread: bool,
    dropped: u64,
    pub ended: bool,
}

impl LineReader {
    pub(super) fn new(stream: Stream, cursor: Cursor) -> Self {
        let given = cursor.at;
        let walk = Walk::new(stream, given);
        let (assembler, gap) = (Assembler::default(), Offsets::default());
        let (waiting, unread, dropped, ended) = (None, false, 0, false);
        Self { walk, assembler, waiting, given, gap, unread, dropped, ended }
    }

    /// The next line, left where it is.
    pub(super) fn peek(&mut self, log: &Log) -> io::Result<Option<&Line>> {
        while self.waiting.is_none() && !self.ended {
            self.waiting = self.assembler.next_line();
            if self.waiting.is_some() {
                break;
            }
            // All lines before the gap are given out.
            let gap = std::mem::take(&mut self.gap);
            for source in Source::BOTH {
                *self.given.of_mut(source) += gap.of(source);
            }
            if std::mem::take(&mut self.unread) {
                self.walk.pieces().for_each(|piece| self.assembler.take(piece));
            } else {
                self.advance(log)?;
            }
        }
        Ok(self.waiting.as_ref())
    }

    /// Reads on. A line whose rest is gone ends where the gap begins.
    fn advance(&mut self, log: &Log) -> io::Result<()> {
        self.unread = self.walk.advance(log)?;
        self.gap = self.walk.take_dropped();
        self.dropped += self.gap.sum();
        for source in Source::BOTH.into_iter().filter(|source| self.gap.of(*source) > 0) {
            self.assembler.cut(source);
        }
        if !self.unread {
            self.assembler.flush();
            self.waiting = self.assembler.next_line();
            self.ended = self.waiting.is_none() && self.gap.sum() == 0;
        }
        Ok(())
    }

    /// The next line.
    pub(super) fn next(&mut self, log: &Log) -> io::Result<Option<Line>> {
        self.peek(log)?;
        let line = self.waiting.take();
        if let Some(line) = &line {
            *self.given.of_mut(line.source) += line.length;
        }
        Ok(line)
    }

    /// Exactly after the last line given out.
    pub(super) fn cursor(&self, run: u32) -> Cursor {
        Cursor { run, at: self.given }
    }

    /// Bytes that were gone before they could be read.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }
}
