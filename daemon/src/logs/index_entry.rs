//! [`IndexEntry`]: one 40-byte record of an index, written for each stored read of the shim.
//!
//! # Format
//!
//! Five little-endian 64-bit words:
//!
//! | word | contents |
//! |---|---|
//! | 0 | bits 0–7: the kind (`0xB1` base, `1` stdout, `2` stderr); bits 8–63: microseconds since 1970 |
//! | 1, 2 | bytes of stdout and of stderr after this read, since the beginning of the run |
//! | 3, 4 | line ends of stdout and of stderr after this read, since the beginning of the run |
//!
//! The format is fixed: a new daemon reads the runs of older shims, and an older shim may still be
//! writing. A change would need another file name.
//!
//! No word ever decreases from one entry to the next, so an index can be searched by time, by
//! offset and by line with the same binary search.

use persistproc_api::cursor::Source;

use super::position::Position;

/// Bytes of an entry on disk.
pub const ENTRY_SIZE: usize = 40;

/// No count reaches this limit, because no disk holds that much. The limit also keeps the sum of
/// two counts from overflowing.
const MAX_COUNT: u64 = 1 << 60;

const BASE: u64 = 0xB1;
const STDOUT: u64 = 1;
const STDERR: u64 = 2;

/// What an entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// The first entry of a segment. It records no read, only the position where the segment
    /// begins.
    Base,
    /// A read from a source.
    Read(Source),
}

/// One entry of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    pub kind: EntryKind,
    /// When the bytes were read, in microseconds since 1970. Never less than in the previous entry.
    pub time: i64,
    /// The position after the bytes.
    pub end: Position,
}

impl IndexEntry {
    /// The bytes of the entry on disk.
    pub fn encode(&self) -> [u8; ENTRY_SIZE] {
        let kind = match self.kind {
            EntryKind::Base => BASE,
            EntryKind::Read(Source::Stdout) => STDOUT,
            EntryKind::Read(Source::Stderr) => STDERR,
        };
        let time_and_kind = (self.time.max(0) as u64) << 8 | kind;
        let Position { stdout, stderr, stdout_lines, stderr_lines } = self.end;
        let words = [time_and_kind, stdout, stderr, stdout_lines, stderr_lines];
        let mut bytes = [0; ENTRY_SIZE];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The entry in these bytes. `None` if they are not an entry.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut words = bytes
            .chunks_exact(8)
            .map(|word| word.try_into().map(u64::from_le_bytes).unwrap_or_default());
        let time_and_kind = words.next()?;
        let kind = match time_and_kind & 0xFF {
            BASE => EntryKind::Base,
            STDOUT => EntryKind::Read(Source::Stdout),
            STDERR => EntryKind::Read(Source::Stderr),
            _ => return None,
        };
        let stdout = words.next()?;
        let stderr = words.next()?;
        let stdout_lines = words.next()?;
        let stderr_lines = words.next()?;
        if [stdout, stderr, stdout_lines, stderr_lines].iter().any(|count| *count >= MAX_COUNT) {
            return None;
        }
        let end = Position { stdout, stderr, stdout_lines, stderr_lines };
        Some(Self { kind, time: (time_and_kind >> 8) as i64, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_inverts_encode() {
        let end = Position { stdout: 1 << 40, stderr: 2, stdout_lines: 3, stderr_lines: 4 };
        let stdout = EntryKind::Read(Source::Stdout);
        let stderr = EntryKind::Read(Source::Stderr);
        for kind in [EntryKind::Base, stdout, stderr] {
            let entry = IndexEntry { kind, time: 1_763_829_000_123_456, end };
            assert_eq!(IndexEntry::decode(&entry.encode()), Some(entry));
        }
    }

    #[test]
    fn bytes_that_are_not_an_entry_are_refused() {
        assert_eq!(IndexEntry::decode(&[0; ENTRY_SIZE]), None, "an unknown kind");
        assert_eq!(IndexEntry::decode(&[1; 7]), None, "too short");
        let end = Position { stderr: u64::MAX, ..Position::default() };
        let entry = IndexEntry { kind: EntryKind::Base, time: 1, end };
        assert_eq!(IndexEntry::decode(&entry.encode()), None, "a number that no disk can hold");
    }

    /// Runs of released versions must stay readable: a failure here means an incompatible format.
    #[test]
    fn the_format_on_disk_is_fixed() {
        let end = Position { stdout: 2, stderr: 3, stdout_lines: 4, stderr_lines: 5 };
        let entry = IndexEntry { kind: EntryKind::Read(Source::Stderr), time: 1, end };
        let words = [1 << 8 | 2, 2, 3, 4, 5_u64];
        assert_eq!(entry.encode().to_vec(), words.map(u64::to_le_bytes).concat());
    }
}
