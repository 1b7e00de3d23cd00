//! The bytes of a line as text: escape sequences gone, the last of its `\r` frames, bytes that
//! are no UTF-8 replaced. The store never sees this; it is a view.

use vte::{Parser, Perform};

/// A line for people and models.
pub fn plain(line: &[u8]) -> String {
    let plain = line.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    if plain && let Ok(text) = str::from_utf8(line) {
        return text.to_owned();
    }
    let mut screen = Screen::default();
    Parser::new().advance(&mut screen, line);
    screen.finish()
}

/// A line as it is, but for bytes that are no UTF-8.
pub fn raw(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

/// A terminal of one endless row that only knows how to start over.
#[derive(Default)]
struct Screen {
    row: String,
    /// A carriage return came: the next character begins a new frame.
    returned: bool,
}

impl Screen {
    fn put(&mut self, character: char) {
        if std::mem::take(&mut self.returned) {
            self.row.clear();
        }
        self.row.push(character);
    }

    /// A return with nothing after it is a line end of a terminal and hides nothing.
    fn finish(self) -> String {
        self.row
    }
}

impl Perform for Screen {
    fn print(&mut self, character: char) {
        // The parser takes the one that deletes for text.
        if !character.is_control() {
            self.put(character);
        }
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.returned = true,
            b'\t' => self.put('\t'),
            0x08 if !self.returned => {
                self.row.pop();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_frames_go_the_text_stays() {
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
            ("delete\x7f and \u{9b}2Jclear", "delete and 2Jclear"),
        ] {
            assert_eq!(plain(line.as_bytes()), text, "{line:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(plain(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(raw(b"\x1b[1ma\xff"), "\x1b[1ma\u{fffd}");
    }
}
