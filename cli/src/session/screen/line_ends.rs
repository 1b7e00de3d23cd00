//! `LineEnds`: line ends of the process, where our terminal writes a carriage return before each
//! newline. The terminal of the process has done so already, unless a program has turned that off.

/// Moves the cursor down and leaves it in its column. Terminals treat it as a newline, and their
/// drivers pass it on.
const VERTICAL_TAB: u8 = 0x0b;

#[derive(Debug, Default)]
pub(super) struct LineEnds {
    /// The piece before ended with a carriage return.
    after_carriage_return: bool,
}

impl LineEnds {
    /// The bytes that our terminal turns into this piece of output.
    pub(super) fn translate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut written = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
            let line = &rest[..at];
            if let Some(line) = line.strip_suffix(b"\r") {
                written.extend(line);
                written.push(b'\n');
            } else {
                written.extend(line);
                // A carriage return that was written already does no harm twice.
                let follows = line.is_empty() && self.after_carriage_return;
                written.push(if follows { b'\n' } else { VERTICAL_TAB });
            }
            self.after_carriage_return = false;
            rest = &rest[at + 1..];
        }
        written.extend(rest);
        if let Some(last) = rest.last() {
            self.after_carriage_return = *last == b'\r';
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_completes_the_line_ends() {
        let mut line_ends = LineEnds::default();
        let mut written = |bytes: &[u8]| line_ends.translate(bytes);
        assert_eq!(written(b"one\r\n\r\r\ntwo"), b"one\n\r\ntwo");
        assert_eq!(written(b"\nthree\n\n\r"), b"\x0bthree\x0b\x0b\r");
        assert_eq!(written(b"\n\n"), b"\n\x0b");
        assert_eq!(written(b"50%\r"), b"50%\r");
        assert_eq!(written(b""), b"");
        assert_eq!(written(b"\nend"), b"\nend");
    }
}
