//! When a flood is worth a nap: a child that writes line by line wakes us for each, and half a
//! millisecond later there are a hundred to be read at once. Outside a flood nothing waits.

use std::time::Duration;

use super::streams::PIPE_SIZE;

/// How long. The pipe must hold what a fast child writes meanwhile.
pub(super) const NAP: Duration = Duration::from_micros(500);

/// Reads in quick succession that make a flood.
const STREAK: u32 = 8;

/// Microseconds between reads that count as quick.
const QUICK: i64 = 300;

/// Counts quick reads that leave room in the pipe.
#[derive(Debug, Default)]
pub(super) struct Gather {
    streak: u32,
}

impl Gather {
    /// A read of `count` bytes came `gap` microseconds after we were ready for it: nap before the next?
    pub(super) fn nap_after(&mut self, count: usize, gap: i64) -> bool {
        // A pipe that fills while we sleep would stop the child.
        let full = count >= PIPE_SIZE / 8 * 5;
        self.streak = if gap > QUICK || full { 0 } else { self.streak.saturating_add(1) };
        self.streak >= STREAK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_streak_of_quick_reads_is_a_flood() {
        let mut gather = Gather::default();
        assert!((0..7).all(|_| !gather.nap_after(100, 5)));
        assert!(gather.nap_after(100, 5));
        assert!(gather.nap_after(90_000, 5), "what a nap gathered is no reason to stop");
        assert!(!gather.nap_after(100, 1000), "a pause ends it");
        assert!((0..100).all(|_| !gather.nap_after(PIPE_SIZE, 0)), "full reads need no nap");
    }
}
