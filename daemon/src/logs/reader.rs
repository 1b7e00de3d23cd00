//! Lines of one run, one at a time, and the place after each: what is asked for by line is read
//! here, what is asked for by byte in [`super::feed`].

use std::io;

use persistproc_api::output::{Cursor, Stream};

use super::lines::{Assembler, Line};
use super::log::Log;
use super::walk::{Offsets, Walk};

/// Lines of one run, one at a time, with the place after each.
pub(super) struct LineReader {
    walk: Walk,
    assembler: Assembler,
    waiting: Option<Line>,
    /// Everything before this was given out.
    given: Offsets,
    pub ended: bool,
}

impl LineReader {
    pub(super) fn new(stream: Stream, cursor: Cursor) -> Self {
        let given = Offsets { stdout: cursor.stdout, stderr: cursor.stderr };
        let walk = Walk::new(stream, given);
        Self { walk, assembler: Assembler::default(), waiting: None, given, ended: false }
    }

    /// The next line, left where it is.
    pub(super) fn peek(&mut self, log: &Log) -> io::Result<Option<&Line>> {
        while self.waiting.is_none() && !self.ended {
            self.waiting = self.assembler.next_line();
            if self.waiting.is_some() {
                break;
            }
            if self.walk.advance(log)? {
                for piece in self.walk.pieces() {
                    self.assembler.take(piece);
                }
                continue;
            }
            self.assembler.flush();
            self.waiting = self.assembler.next_line();
            self.ended = self.waiting.is_none();
        }
        Ok(self.waiting.as_ref())
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

    /// Exactly after the last line given out; at the end, after everything.
    pub(super) fn cursor(&self, run: u32) -> Cursor {
        let Offsets { stdout, stderr } = if self.ended { self.walk.at() } else { self.given };
        Cursor { run, stdout, stderr }
    }

    /// Bytes that were gone before they could be read.
    pub(super) fn take_dropped(&mut self) -> u64 {
        self.walk.take_dropped()
    }
}
