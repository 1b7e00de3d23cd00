//! [`Position`]: a place in the output of a run.

use persistproc_api::cursor::{Offsets, Source};
use persistproc_api::output::Stream;

/// A place in a run: how many bytes and line ends of each source come before it.
///
/// Counted from the beginning of the run. Rolling and dropping segments change no position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    pub stdout: u64,
    pub stderr: u64,
    pub stdout_lines: u64,
    pub stderr_lines: u64,
}

impl Position {
    /// Bytes of each source before this position.
    pub fn offsets(&self) -> Offsets {
        Offsets { stdout: self.stdout, stderr: self.stderr }
    }

    /// Bytes of a stream before this position.
    pub fn bytes(&self, stream: Stream) -> u64 {
        match stream {
            Stream::Stdout => self.stdout,
            Stream::Stderr => self.stderr,
            Stream::Combined => self.stdout + self.stderr,
        }
    }

    /// Bytes of a stream between an earlier position and this one.
    pub(super) fn bytes_since(&self, earlier: Self, stream: Stream) -> u64 {
        self.bytes(stream) - earlier.bytes(stream)
    }

    /// Line ends of a stream before this position.
    pub fn lines(&self, stream: Stream) -> u64 {
        match stream {
            Stream::Stdout => self.stdout_lines,
            Stream::Stderr => self.stderr_lines,
            Stream::Combined => self.stdout_lines + self.stderr_lines,
        }
    }

    /// The position after these bytes of a source.
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
