//! [`Cursor`]: a position in the output of a process, across runs.

use std::fmt;
use std::str::FromStr;

use crate::output::Stream;

/// One of the two streams that a child writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Stdout,
    Stderr,
}

impl Source {
    /// Both, in the order of their file descriptors.
    pub const BOTH: [Self; 2] = [Self::Stdout, Self::Stderr];

    /// The sources that `stream` includes.
    pub fn all_in(stream: Stream) -> impl Iterator<Item = Self> {
        Self::BOTH.into_iter().filter(move |source| source.is_in(stream))
    }

    /// The stream that consists of this source alone.
    pub fn stream(self) -> Stream {
        match self {
            Self::Stdout => Stream::Stdout,
            Self::Stderr => Stream::Stderr,
        }
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Stdout => Self::Stderr,
            Self::Stderr => Self::Stdout,
        }
    }

    /// Whether `stream` includes this source.
    pub fn is_in(self, stream: Stream) -> bool {
        stream == Stream::Combined || stream == self.stream()
    }
}

/// How many bytes of each source lie before a position in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offsets {
    pub stdout: u64,
    pub stderr: u64,
}

impl Offsets {
    /// The offset in one source.
    pub fn of(&self, source: Source) -> u64 {
        match source {
            Source::Stdout => self.stdout,
            Source::Stderr => self.stderr,
        }
    }

    /// The offset in one source, to be changed.
    pub fn of_mut(&mut self, source: Source) -> &mut u64 {
        match source {
            Source::Stdout => &mut self.stdout,
            Source::Stderr => &mut self.stderr,
        }
    }

    /// Bytes of both sources together.
    pub fn sum(&self) -> u64 {
        self.stdout + self.stderr
    }
}

/// A position in the output of a process: a run, and offsets in its log. The text form is opaque
/// to clients: they send back the one they were given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub run: u32,
    pub at: Offsets,
}

impl Cursor {
    /// The beginning of a run.
    pub fn start_of(run: u32) -> Self {
        Self { run, at: Offsets::default() }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:x}-{:x}", self.run, self.at.stdout, self.at.stderr)
    }
}

impl FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| "it is not the `cursor` of an earlier answer".to_owned())
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let mut parts = text.split('-');
    let run = parts.next()?.parse().ok()?;
    let stdout = u64::from_str_radix(parts.next()?, 16).ok()?;
    let stderr = u64::from_str_radix(parts.next()?, 16).ok()?;
    let is_whole = parts.next().is_none();
    is_whole.then_some(Cursor { run, at: Offsets { stdout, stderr } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_parses_its_own_text_form_and_no_other() {
        let cursor = Cursor { run: 3, at: Offsets { stdout: 0x1f00, stderr: 7 } };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        for bad in ["", "3", "3-1", "3-1-2-3", "a-1-2", "3--1", "3-1-g", "-1-2-3"] {
            assert!(bad.parse::<Cursor>().is_err(), "{bad}");
        }
    }
}
