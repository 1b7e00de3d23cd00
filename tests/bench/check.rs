//! `Checker`: checks that numbered lines are complete, whole, unique and in order.

use std::fmt;
use std::io::{self, Read};
use std::ops::Add;

use crate::lines::{self, LENGTH};

/// The result of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Lines that were checked.
    pub(crate) lines: u64,
    pub(crate) lost: u64,
    pub(crate) torn: u64,
    /// Repeated, or out of order.
    pub(crate) misplaced: u64,
}

impl Faults {
    pub(crate) fn any(&self) -> bool {
        self.lost + self.torn + self.misplaced > 0
    }
}

impl Add for Faults {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            lines: self.lines + other.lines,
            lost: self.lost + other.lost,
            torn: self.torn + other.torn,
            misplaced: self.misplaced + other.misplaced,
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lost, torn, misplaced, .. } = self;
        write!(f, "{lost} lost, {torn} torn, {misplaced} repeated or out of order")
    }
}

/// Checks bytes that arrive in pieces of any size.
pub(crate) struct Checker {
    expected: u64,
    line: [u8; LENGTH],
    /// The beginning of an incomplete line.
    rest: Vec<u8>,
    faults: Faults,
}

impl Checker {
    pub(crate) fn new() -> Self {
        Self { expected: 0, line: lines::blank(), rest: Vec::new(), faults: Faults::default() }
    }

    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        if !self.rest.is_empty() {
            let (head, tail) = bytes.split_at((LENGTH - self.rest.len()).min(bytes.len()));
            self.rest.extend(head);
            bytes = tail;
            if self.rest.len() < LENGTH {
                return;
            }
            let whole = std::mem::take(&mut self.rest);
            self.line(&whole);
        }
        let (whole, rest) = bytes.as_chunks::<LENGTH>();
        whole.iter().for_each(|line| self.line(line));
        self.rest.extend(rest);
    }

    fn line(&mut self, line: &[u8]) {
        self.faults.lines += 1;
        lines::write(self.expected, &mut self.line);
        if line == self.line {
            self.expected += 1;
            return;
        }
        match lines::number(line) {
            Some(later) if later > self.expected => {
                self.faults.lost += later - self.expected;
                self.expected = later + 1;
            }
            Some(_) => self.faults.misplaced += 1,
            None => self.faults.torn += 1,
        }
    }

    /// The result, when all bytes were fed and should have been `total` lines.
    pub(crate) fn finish(mut self, total: u64) -> Faults {
        self.faults.torn += u64::from(!self.rest.is_empty());
        self.faults.lost += total.saturating_sub(self.expected);
        self.faults
    }
}

/// Checks everything that a reader returns.
pub(crate) fn read(mut from: impl Read, total: u64) -> io::Result<Faults> {
    let mut checker = Checker::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(checker.finish(total)),
            count => checker.feed(&buffer[..count]),
        }
    }
}
