//! Numbered lines of a hundred bytes with a seal: whoever finds one knows whether it is whole and
//! whether it stands where it should.

/// Bytes of a line, its end included.
pub(crate) const LENGTH: usize = 100;

const NUMBER: usize = 12;
const SEAL: std::ops::Range<usize> = NUMBER + 1..NUMBER + 1 + 8;

/// One line, in its place.
pub(crate) fn write(number: u64, line: &mut [u8; LENGTH]) {
    let mut rest = number;
    for digit in line[..NUMBER].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let mut seal = seal(number);
    for digit in line[SEAL].iter_mut().rev() {
        *digit = b"0123456789abcdef"[(seal & 15) as usize];
        seal >>= 4;
    }
}

/// A line without its number: what never changes.
pub(crate) fn blank() -> [u8; LENGTH] {
    let mut line = *b"000000000000 00000000 the quick brown fox jumps over the lazy dog, again and again and again, ok?..\n";
    write(0, &mut line);
    line
}

/// The number of a line; `None` when it is not exactly what was written.
pub(crate) fn number(line: &[u8]) -> Option<u64> {
    let number = std::str::from_utf8(line.get(..NUMBER)?).ok()?.parse().ok()?;
    let mut whole = blank();
    write(number, &mut whole);
    (line == whole).then_some(number)
}

fn seal(number: u64) -> u32 {
    (number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// Many lines in a row, made anew in the same memory: a generator that is never the bottleneck.
pub(crate) struct Batch {
    lines: Vec<[u8; LENGTH]>,
    next: u64,
}

impl Batch {
    pub(crate) fn new(size: usize) -> Self {
        Self { lines: vec![blank(); size], next: 0 }
    }

    /// The next `count` lines, as many as fit.
    pub(crate) fn next(&mut self, count: u64) -> &[u8] {
        let count = self.lines.len().min(count as usize);
        for line in &mut self.lines[..count] {
            write(self.next, line);
            self.next += 1;
        }
        self.lines[..count].as_flattened()
    }

    /// How many were made.
    pub(crate) fn made(&self) -> u64 {
        self.next
    }
}
