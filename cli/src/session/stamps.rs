//! Live output as lines, each behind the time at which its end came. A line is shown when it has
//! ended; the bytes of a line are as the process wrote them.

use persistproc_api::Time;

/// A line without an end is shown in parts of this size, so that none fills the memory.
const LONGEST: usize = 1 << 20;

/// What came of each stream since its last line end.
#[derive(Default)]
pub(super) struct Stamps {
    stdout: Open,
    stderr: Open,
    /// When the bytes that follow came.
    pub(super) now: Option<Time>,
}

/// The unfinished line of a stream.
#[derive(Default)]
struct Open {
    bytes: Vec<u8>,
    time: Option<Time>,
}

impl Stamps {
    /// The lines that these bytes of standard output end.
    pub(super) fn stdout(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.stdout.take(bytes, self.now)
    }

    /// The lines that these bytes of standard error end.
    pub(super) fn stderr(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.stderr.take(bytes, self.now)
    }

    /// What has no end and will get none: the line of stdout, then that of stderr.
    pub(super) fn flush(&mut self) -> [Vec<u8>; 2] {
        [&mut self.stdout, &mut self.stderr].map(|open| {
            let mut out = Vec::new();
            if !open.bytes.is_empty() {
                open.end(&mut out);
            }
            out
        })
    }
}

impl Open {
    fn take(&mut self, bytes: &[u8], now: Option<Time>) -> Vec<u8> {
        let mut out = Vec::new();
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.time = now;
            self.bytes.extend(part.strip_suffix(b"\n").unwrap_or(part));
            if part.ends_with(b"\n") || self.bytes.len() >= LONGEST {
                self.end(&mut out);
            }
        }
        out
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if let Some(time) = self.time {
            out.extend(format!("{time} ").into_bytes());
        }
        out.append(&mut self.bytes);
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_in_parts_has_the_time_of_its_end() {
        let mut stamps = Stamps::default();
        let mut at = |second: i64, stderr: bool, bytes: &str| {
            stamps.now = Some(Time::from_micros(second * 1_000_000));
            let bytes = bytes.as_bytes();
            let out = if stderr { stamps.stderr(bytes) } else { stamps.stdout(bytes) };
            String::from_utf8(out).unwrap()
        };
        assert_eq!(at(1, false, "a"), "");
        assert_eq!(at(2, true, "err\n"), "1970-01-01T00:00:02.000Z err\n");
        assert_eq!(
            at(3, false, "b\nc\nd"),
            "1970-01-01T00:00:03.000Z ab\n1970-01-01T00:00:03.000Z c\n"
        );
        let rest = stamps.flush().map(|out| String::from_utf8(out).unwrap());
        assert_eq!(rest, ["1970-01-01T00:00:03.000Z d\n", ""]);
    }
}
