//! [`PageQuery`]: which lines of a log a page shows, with all times and patterns already parsed.

use std::io;

use persistproc_api::output::{Lines, Stream};
use regex::bytes::Regex;

/// The most text on one page. It bounds the memory of the daemon and of the client.
pub const MAX_PAGE_BYTES: usize = 8 << 20;

/// The limit of [`ReadBudget::Small`]. Reading this many bytes takes about ten microseconds.
const SMALL_READ_BYTES: u64 = 64 << 10;

/// Which lines of a log to show, and how.
#[derive(Clone, Debug)]
pub struct PageQuery {
    pub stream: Stream,
    pub lines: Lines,
    /// Only lines that end at or after this time, in microseconds since 1970.
    pub since: Option<i64>,
    /// Only lines that end before this time.
    pub before: Option<i64>,
    pub grep: Option<Grep>,
    /// The most text on the page.
    pub max_bytes: usize,
    /// Show repeated lines once, with a count.
    pub collapse: bool,
    pub escapes: Escapes,
    pub timestamps: bool,
    /// Return rows with number, stream, time and cursor of each line instead of its text alone.
    pub rows: bool,
    pub budget: ReadBudget,
}

/// Which escape sequences of a line are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Escapes {
    #[default]
    Removed,
    /// Only those that set colours and styles.
    Colours,
    All,
}

impl Escapes {
    /// From the fields `raw` and `color` of a request.
    pub fn from_flags(raw: bool, color: bool) -> Self {
        match (raw, color) {
            (true, _) => Self::All,
            (false, true) => Self::Colours,
            (false, false) => Self::Removed,
        }
    }
}

/// Only lines that match.
#[derive(Clone, Debug)]
pub struct Grep {
    pub pattern: Regex,
    /// Lines to show before and after each match.
    pub context: usize,
}

/// How many bytes of the log may be read for a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBudget {
    /// So few that reading them takes no longer than handing the work to another thread. A page
    /// that needs more fails with [`io::ErrorKind::WouldBlock`].
    Small,
    Unlimited,
}

impl ReadBudget {
    pub(super) fn check(self, bytes: u64) -> io::Result<()> {
        match self {
            Self::Small if bytes > SMALL_READ_BYTES => Err(io::ErrorKind::WouldBlock.into()),
            Self::Small | Self::Unlimited => Ok(()),
        }
    }
}

impl PageQuery {
    /// Lines without escape sequences and without further conditions.
    pub fn plain(stream: Stream, lines: Lines) -> Self {
        Self {
            stream,
            lines,
            since: None,
            before: None,
            grep: None,
            max_bytes: MAX_PAGE_BYTES,
            collapse: false,
            escapes: Escapes::Removed,
            timestamps: false,
            rows: false,
            budget: ReadBudget::Unlimited,
        }
    }

    pub(super) fn max_lines(&self) -> u64 {
        match self.lines {
            Lines::AtMost(lines) => lines,
            Lines::All => u64::MAX,
        }
    }

    /// Whether a line of this time is too old to be shown.
    pub(super) fn is_before_since(&self, time: i64) -> bool {
        self.since.is_some_and(|since| time < since)
    }
}
