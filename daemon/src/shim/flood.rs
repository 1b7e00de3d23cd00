//! [`FloodDetector`]: when to wait before the next read, so that it returns many lines at once.
//!
//! A child that writes line by line wakes the shim for every line. During a flood, half a
//! millisecond later there are a hundred lines to read. Outside of a flood no read is delayed.

use std::time::Duration;

use persistproc_api::cursor::Source;

use super::child_streams::PIPE_BYTES;

/// How long a read is delayed. The pipe must hold what a fast child writes in that time.
pub(super) const FLOOD_READ_DELAY: Duration = Duration::from_micros(500);

/// This many quick reads in a row are a flood.
const MIN_FLOOD_READS: u32 = 8;

/// A read is quick if its bytes came within this time, in microseconds.
const MAX_QUICK_GAP: i64 = 300;

/// A read of this size leaves too little room in the pipe: with a delay the child would block.
const MAX_DELAYED_READ_BYTES: usize = PIPE_BYTES / 8 * 5;

/// Counts quick reads in a row.
#[derive(Debug, Default)]
pub(super) struct FloodDetector {
    quick_reads: u32,
    /// The source of the last read.
    source: Option<Source>,
}

impl FloodDetector {
    /// Counts a read of `count` bytes, which came `gap` microseconds after the shim was ready for
    /// it. Returns whether to delay the next read. While both streams are written to, no read is
    /// delayed: it would lose the order of what arrives in the meantime.
    pub(super) fn should_delay_after(&mut self, source: Source, count: usize, gap: i64) -> bool {
        let is_same_source = self.source.replace(source) == Some(source);
        let is_quick = is_same_source && gap <= MAX_QUICK_GAP && count < MAX_DELAYED_READ_BYTES;
        self.quick_reads = if is_quick { self.quick_reads.saturating_add(1) } else { 0 };
        self.quick_reads >= MIN_FLOOD_READS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_quick_reads_in_a_row_are_a_flood() {
        let mut detector = FloodDetector::default();
        let mut delays = |source, count, gap| detector.should_delay_after(source, count, gap);
        assert!((0..8).all(|_| !delays(Source::Stdout, 100, 5)));
        assert!(delays(Source::Stdout, 100, 5));
        assert!(delays(Source::Stdout, 90_000, 5), "a large read after a delay");
        assert!(!delays(Source::Stdout, 100, 1000), "a pause ends the flood");
        assert!((0..100).all(|_| !delays(Source::Stdout, PIPE_BYTES, 0)), "a full pipe");
        let alternating = [Source::Stdout, Source::Stderr].into_iter().cycle().take(100);
        assert!(!alternating.into_iter().any(|source| delays(source, 100, 5)));
    }
}
