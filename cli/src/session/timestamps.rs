//! `Timestamps`: splits live output into lines and prefixes each with the time at which its newline
//! arrived. A line is written when it is complete; its bytes are not changed.

use persistproc_api::Time;

use crate::render::line_time::LineTime;

/// A longer line is written in parts of this size, to limit memory.
const MAX_LINE_BYTES: usize = 1 << 20;

/// The unfinished line of each stream.
#[derive(Default)]
pub(super) struct Timestamps {
    stdout: PendingLine,
    stderr: PendingLine,
    /// The time at which the next bytes arrived.
    pub(super) now: Option<Time>,
    format: LineTime,
}

/// The unfinished line of a stream.
#[derive(Default)]
struct PendingLine {
    bytes: Vec<u8>,
    time: Option<Time>,
}

impl Timestamps {
    pub(super) fn new(format: LineTime) -> Self {
        Self { format, ..Self::default() }
    }

    /// Takes bytes of standard output; returns the lines that they complete.
    pub(super) fn stdout(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.stdout.take(bytes, self.now, &self.format)
    }

    /// Takes bytes of standard error; returns the lines that they complete.
    pub(super) fn stderr(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.stderr.take(bytes, self.now, &self.format)
    }

    /// Returns the unfinished lines: that of stdout, then that of stderr.
    pub(super) fn flush(&mut self) -> [Vec<u8>; 2] {
        [&mut self.stdout, &mut self.stderr].map(|line| {
            let mut out = Vec::new();
            if !line.bytes.is_empty() {
                line.end(&mut out, &self.format);
            }
            out
        })
    }
}

impl PendingLine {
    fn take(&mut self, bytes: &[u8], now: Option<Time>, format: &LineTime) -> Vec<u8> {
        let mut out = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.time = now;
            self.bytes.extend(part.strip_suffix(b"\n").unwrap_or(part));
            if part.ends_with(b"\n") || self.bytes.len() >= MAX_LINE_BYTES {
                self.end(&mut out, format);
            }
        }
        out
    }

    fn end(&mut self, out: &mut Vec<u8>, format: &LineTime) {
        if let Some(time) = self.time {
            out.extend(format!("{} ", format.text(time)).into_bytes());
        }
        out.append(&mut self.bytes);
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_time_of_its_newline() {
        let mut timestamps = Timestamps::default();
        let mut at = |second: i64, stderr: bool, bytes: &str| {
            timestamps.now = Some(Time::from_micros(second * 1_000_000));
            let bytes = bytes.as_bytes();
            let out = if stderr { timestamps.stderr(bytes) } else { timestamps.stdout(bytes) };
            String::from_utf8(out).unwrap()
        };
        assert_eq!(at(1, false, "a"), "");
        assert_eq!(at(2, true, "err\n"), "1970-01-01T00:00:02.000Z err\n");
        assert_eq!(
            at(3, false, "b\nc\nd"),
            "1970-01-01T00:00:03.000Z ab\n1970-01-01T00:00:03.000Z c\n"
        );
        let rest = timestamps.flush().map(|out| String::from_utf8(out).unwrap());
        assert_eq!(rest, ["1970-01-01T00:00:03.000Z d\n", ""]);
    }
}
