//! `EchoFilter`: removes a line from the output that our terminal has shown already when it was typed,
//! and that the terminal of the process shows again.

use std::time::{Duration, Instant};

/// How long the echo of a line is expected.
const ECHO_TIME: Duration = Duration::from_secs(2);

/// The echo that is expected next.
#[derive(Debug, Default)]
pub(super) struct EchoFilter {
    expected: Vec<u8>,
    since: Option<Instant>,
}

impl EchoFilter {
    /// Expects the echo of this line.
    pub(super) fn expect(&mut self, line: &[u8]) {
        self.expected.clear();
        for byte in line {
            match byte {
                b'\n' => self.expected.extend(b"\r\n"),
                byte => self.expected.push(*byte),
            }
        }
        self.since = Some(Instant::now());
    }

    /// Removes the echo, if it is in this piece of output.
    pub(super) fn filter(&mut self, bytes: &mut Vec<u8>) {
        let Some(since) = self.since else { return };
        let length = self.expected.len();
        let found = bytes.windows(length.max(1)).position(|part| part == self.expected);
        if let Some(at) = found {
            bytes.drain(at..at + length);
        }
        if found.is_some() || since.elapsed() > ECHO_TIME {
            self.since = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_echo_is_removed_once() {
        let mut echo = EchoFilter::default();
        let mut filtered = |expect: Option<&[u8]>, bytes: &[u8]| {
            expect.into_iter().for_each(|line| echo.expect(line));
            let mut bytes = bytes.to_vec();
            echo.filter(&mut bytes);
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(filtered(None, b"y\r\n"), "y\r\n");
        assert_eq!(filtered(Some(b"y\n"), b"more? y\r\nyes\r\n"), "more? yes\r\n");
        assert_eq!(filtered(None, b"y\r\n"), "y\r\n");
        assert_eq!(filtered(Some(b"y\n"), b"other"), "other");
        assert_eq!(filtered(None, b"y\r\n"), "");
    }
}
