//! What is asked of a log, checked and free of text that would have to be understood.

use persistproc_api::output::{Lines, Stream};
use regex::bytes::Regex;

/// Text of one page at most, so that no answer eats the memory of both sides.
pub const LARGEST: usize = 8 << 20;

/// A question about the lines of a run.
#[derive(Clone, Debug)]
pub struct Question {
    pub stream: Stream,
    pub lines: Lines,
    /// Microseconds since 1970, inclusive.
    pub since: Option<i64>,
    /// Exclusive.
    pub before: Option<i64>,
    /// Only lines that match, and this many around each.
    pub grep: Option<(Regex, usize)>,
    /// Text of the page at most.
    pub bytes: usize,
    /// Lines that come several times in a row are said once.
    pub collapse: bool,
    pub raw: bool,
    pub timestamps: bool,
    /// Each line with all that is known of it, instead of its text alone.
    pub rows: bool,
    pub effort: Effort,
}

/// How much may be read for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// What takes no longer than to find a thread that may wait for the disk. If more has to be
    /// read the answer is [`std::io::ErrorKind::WouldBlock`].
    Little,
    /// Whatever it takes.
    Any,
}

impl Effort {
    pub(super) fn check(self, bytes: u64) -> std::io::Result<()> {
        match self {
            Self::Little if bytes > LITTLE => Err(std::io::ErrorKind::WouldBlock.into()),
            Self::Little | Self::Any => Ok(()),
        }
    }
}

/// Bytes that are read within some ten microseconds.
const LITTLE: u64 = 64 << 10;

impl Question {
    /// Lines as people read them, no more conditions.
    pub fn plain(stream: Stream, lines: Lines) -> Self {
        Self {
            stream,
            lines,
            since: None,
            before: None,
            grep: None,
            bytes: LARGEST,
            collapse: false,
            raw: false,
            timestamps: false,
            rows: false,
            effort: Effort::Any,
        }
    }

    pub(super) fn most(&self) -> u64 {
        match self.lines {
            Lines::AtMost(lines) => lines,
            Lines::All => u64::MAX,
        }
    }
}
