//! The bytes of a line as text for people and models.
//!
//! [`plain`] shows what a terminal would show: it strips escape sequences, keeps only the last
//! frame of a line that was redrawn with `\r`, and applies backspaces. The log itself always
//! keeps the bytes as they were written.

use persistproc_api::words;
use vte::{Parser, Perform};

/// A line without escape sequences, earlier frames and control characters. Invalid UTF-8 becomes
/// U+FFFD.
pub fn plain(line: &[u8]) -> String {
    let is_printable_ascii = line.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    if is_printable_ascii && let Ok(text) = str::from_utf8(line) {
        return text.to_owned();
    }
    let mut row = TerminalRow::default();
    Parser::new().advance(&mut row, line);
    row.text
}

/// A line with all its bytes. Only invalid UTF-8 becomes U+FFFD.
pub fn raw(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

/// One row of a terminal of unlimited width.
#[derive(Default)]
struct TerminalRow {
    text: String,
    /// A carriage return was read: the next character starts a new frame. A carriage return with
    /// nothing after it is part of a line end and must not hide the line.
    returned: bool,
}

impl TerminalRow {
    fn put(&mut self, character: char) {
        if std::mem::take(&mut self.returned) {
            self.text.clear();
        }
        self.text.push(character);
    }
}

impl Perform for TerminalRow {
    fn print(&mut self, character: char) {
        // The parser passes DEL on as a printable character.
        if !character.is_control() && !words::is_bidi_control(character) {
            self.put(character);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.returned = true,
            b'\t' => self.put('\t'),
            0x08 if !self.returned => {
                self.text.pop();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_what_a_terminal_shows() {
        for (line, text) in [
            ("plain\ttext", "plain\ttext"),
            (
                "\x1b[32m  ➜\x1b[39m  Local: \x1b[36mhttp://localhost\x1b[39m",
                "  ➜  Local: http://localhost",
            ),
            ("\x1b]0;title\x07ready", "ready"),
            ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("10%\r50%\r100%", "100%"),
            ("dos line\r", "dos line"),
            ("half\r\x1b[K", "half"),
            ("-\x08\\\x08|", "|"),
            ("bell\x07", "bell"),
            ("a \u{202e}txt.exe\u{2066} b", "a txt.exe b"),
            ("delete\x7f and \u{9b}2Jclear", "delete and 2Jclear"),
        ] {
            assert_eq!(plain(line.as_bytes()), text, "{line:?}");
        }
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(plain(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(raw(b"\x1b[1ma\xff"), "\x1b[1ma\u{fffd}");
    }
}
