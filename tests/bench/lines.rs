//! Numbered lines of a hundred bytes with a checksum, by which a reader recognizes a line that is
//! damaged or out of order.

/// Bytes of a line, with its line end.
pub(crate) const LENGTH: usize = 100;

const NUMBER_LENGTH: usize = 12;
const CHECKSUM: std::ops::Range<usize> = NUMBER_LENGTH + 1..NUMBER_LENGTH + 1 + 8;

/// Writes the number and the checksum into a line.
pub(crate) fn write(number: u64, line: &mut [u8; LENGTH]) {
    let mut rest = number;
    for digit in line[..NUMBER_LENGTH].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let mut checksum = checksum(number);
    for digit in line[CHECKSUM].iter_mut().rev() {
        *digit = b"0123456789abcdef"[(checksum & 15) as usize];
        checksum >>= 4;
    }
}

/// Line 0, as a template for the others.
pub(crate) fn blank() -> [u8; LENGTH] {
    let mut line = *b"000000000000 00000000 the quick brown fox jumps over the lazy dog, again and again and again, ok?..\n";
    write(0, &mut line);
    line
}

/// The number of a line; `None` if it is damaged.
pub(crate) fn number(line: &[u8]) -> Option<u64> {
    let number = std::str::from_utf8(line.get(..NUMBER_LENGTH)?).ok()?.parse().ok()?;
    let mut whole = blank();
    write(number, &mut whole);
    (line == whole).then_some(number)
}

fn checksum(number: u64) -> u32 {
    (number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

/// Generates consecutive lines in the same memory, so that the generator is never the bottleneck.
pub(crate) struct Batch {
    lines: Vec<[u8; LENGTH]>,
    next: u64,
}

impl Batch {
    pub(crate) fn new(size: usize) -> Self {
        Self { lines: vec![blank(); size], next: 0 }
    }

    /// The next `count` lines, or as many as fit.
    pub(crate) fn next(&mut self, count: u64) -> &[u8] {
        let count = self.lines.len().min(count as usize);
        for line in &mut self.lines[..count] {
            write(self.next, line);
            self.next += 1;
        }
        self.lines[..count].as_flattened()
    }

    /// How many lines were generated.
    pub(crate) fn generated(&self) -> u64 {
        self.next
    }
}
