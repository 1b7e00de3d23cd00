//! One index entry: when a read happened, of which stream, and how much there is after it.
//! 40 bytes, little-endian; a file of them can be searched by any of its numbers, as all grow.

use persistproc_api::cursor::Offsets;
pub use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;

/// Bytes of an entry on disk.
pub const SIZE: usize = 40;

/// No log is so long.
const MOST: u64 = 1 << 60;

/// A place in a run: how many bytes and whole lines of each stream lie before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    pub stdout: u64,
    pub stderr: u64,
    pub stdout_lines: u64,
    pub stderr_lines: u64,
}

impl Mark {
    /// Bytes of each source before this place.
    pub fn offsets(&self) -> Offsets {
        Offsets { stdout: self.stdout, stderr: self.stderr }
    }

    /// Bytes of a stream before this place.
    pub fn bytes(&self, stream: Stream) -> u64 {
        match stream {
            Stream::Stdout => self.stdout,
            Stream::Stderr => self.stderr,
            Stream::Combined => self.stdout + self.stderr,
        }
    }

    /// Line ends of a stream before this place.
    pub fn lines(&self, stream: Stream) -> u64 {
        match stream {
            Stream::Stdout => self.stdout_lines,
            Stream::Stderr => self.stderr_lines,
            Stream::Combined => self.stdout_lines + self.stderr_lines,
        }
    }

    /// The place after these bytes.
    #[must_use]
    pub fn after(mut self, source: Source, bytes: u64, lines: u64) -> Self {
        match source {
            Source::Stdout => {
                self.stdout += bytes;
                self.stdout_lines += lines;
            }
            Source::Stderr => {
                self.stderr += bytes;
                self.stderr_lines += lines;
            }
        }
        self
    }
}

/// What an entry records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The first of every segment: where it begins.
    Base,
    /// A read.
    Read(Source),
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: Kind,
    /// Microseconds since 1970, never less than in the entry before.
    pub time: i64,
    /// The place after this read.
    pub mark: Mark,
}

impl Entry {
    /// As it lies on disk. The time leaves the lowest byte to the kind.
    pub fn encode(&self) -> [u8; SIZE] {
        let kind = match self.kind {
            Kind::Base => 0xB1,
            Kind::Read(Source::Stdout) => 1,
            Kind::Read(Source::Stderr) => 2,
        };
        let stamp = (self.time.max(0) as u64) << 8 | kind;
        let Mark { stdout, stderr, stdout_lines, stderr_lines } = self.mark;
        let mut bytes = [0; SIZE];
        let words = [stamp, stdout, stderr, stdout_lines, stderr_lines];
        for (place, word) in bytes.chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// Reads it back; `None` when these bytes are no entry.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut words = bytes
            .chunks_exact(8)
            .map(|word| word.try_into().map(u64::from_le_bytes).unwrap_or_default());
        let stamp = words.next()?;
        let kind = match stamp & 0xFF {
            0xB1 => Kind::Base,
            1 => Kind::Read(Source::Stdout),
            2 => Kind::Read(Source::Stderr),
            _ => return None,
        };
        let mark = Mark {
            stdout: words.next()?,
            stderr: words.next()?,
            stdout_lines: words.next()?,
            stderr_lines: words.next()?,
        };
        // More than any disk holds was never written, and two of it would not fit into a sum.
        let Mark { stdout, stderr, stdout_lines, stderr_lines } = mark;
        let sane = [stdout, stderr, stdout_lines, stderr_lines].iter().all(|it| *it < MOST);
        sane.then_some(Self { kind, time: (stamp >> 8) as i64, mark })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_reads_back_what_it_writes() {
        let mark = Mark { stdout: 1 << 40, stderr: 2, stdout_lines: 3, stderr_lines: 4 };
        for kind in [Kind::Base, Kind::Read(Source::Stdout), Kind::Read(Source::Stderr)] {
            let entry = Entry { kind, time: 1_763_829_000_123_456, mark };
            assert_eq!(Entry::decode(&entry.encode()), Some(entry));
        }
        assert_eq!(Entry::decode(&[0; SIZE]), None);
        assert_eq!(Entry::decode(&[1; 7]), None);
        let endless = Mark { stderr: u64::MAX, ..Mark::default() };
        let entry = Entry { kind: Kind::Base, time: 1, mark: endless };
        assert_eq!(Entry::decode(&entry.encode()), None);
    }
}
