//! The bytes of a line as text for people and models.
//!
//! [`plain`] shows what a terminal would show: it strips escape sequences, keeps only the last
//! frame of a line that was redrawn with `\r`, and applies backspaces. The log itself always
//! keeps the bytes as they were written. [`coloured`] keeps the colours as well.

use std::fmt::Write;

use persistproc_api::words;
use vte::{Params, Parser, Perform};

/// A line without escape sequences, earlier frames and control characters. Invalid UTF-8 becomes
/// U+FFFD.
pub fn plain(line: &[u8]) -> String {
    let is_printable_ascii = line.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    if is_printable_ascii && let Ok(text) = str::from_utf8(line) {
        return text.to_owned();
    }
    let mut terminal = TerminalRow::<String>::default();
    Parser::new().advance(&mut terminal, line);
    terminal.row
}

/// [`plain`] with the colours and styles (SGR) of the text. A line that ends in one is reset.
pub fn coloured(line: &[u8]) -> String {
    if !line.contains(&b'\x1b') {
        return plain(line);
    }
    let mut terminal = TerminalRow::<ColouredRow>::default();
    Parser::new().advance(&mut terminal, line);
    let mut row = terminal.row;
    if row.is_styled {
        row.pieces.push(Piece::Style("\x1b[0m".to_owned()));
    }
    row.pieces.iter().fold(String::new(), |mut text, piece| {
        match piece {
            Piece::Character(character) => text.push(*character),
            Piece::Style(style) => text.push_str(style),
        }
        text
    })
}

/// A line with all its bytes. Only invalid UTF-8 becomes U+FFFD.
pub fn raw(line: &[u8]) -> String {
    String::from_utf8_lossy(line).into_owned()
}

/// Takes what a terminal would show in one row.
trait Row {
    fn put(&mut self, character: char);
    /// Removes the last character.
    fn erase(&mut self);
    /// Removes the characters of an earlier frame.
    fn clear(&mut self);
    fn style(&mut self, params: &Params);
}

/// One row of a terminal of unlimited width.
#[derive(Default)]
struct TerminalRow<R> {
    row: R,
    /// A carriage return was read: the next character starts a new frame. A carriage return with
    /// nothing after it is part of a line end and must not hide the line.
    returned: bool,
}

impl<R: Row> TerminalRow<R> {
    fn put(&mut self, character: char) {
        if std::mem::take(&mut self.returned) {
            self.row.clear();
        }
        self.row.put(character);
    }
}

impl<R: Row> Perform for TerminalRow<R> {
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
            0x08 if !self.returned => self.row.erase(),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], _: bool, action: char) {
        if action == 'm' && intermediates.is_empty() {
            self.row.style(params);
        }
    }
}

/// The text alone.
impl Row for String {
    fn put(&mut self, character: char) {
        self.push(character);
    }

    fn erase(&mut self) {
        self.pop();
    }

    fn clear(&mut self) {
        self.clear();
    }

    fn style(&mut self, _: &Params) {}
}

/// A part of a [`ColouredRow`].
enum Piece {
    Character(char),
    /// An SGR sequence.
    Style(String),
}

/// The text with its styles.
#[derive(Default)]
struct ColouredRow {
    pieces: Vec<Piece>,
    /// A style other than the default is in effect.
    is_styled: bool,
}

impl Row for ColouredRow {
    fn put(&mut self, character: char) {
        self.pieces.push(Piece::Character(character));
    }

    /// A style after the character stays.
    fn erase(&mut self) {
        let last = self.pieces.iter().rposition(|piece| matches!(piece, Piece::Character(_)));
        last.map(|index| self.pieces.remove(index));
    }

    /// The styles of an earlier frame stay in effect.
    fn clear(&mut self) {
        self.pieces.retain(|piece| matches!(piece, Piece::Style(_)));
    }

    fn style(&mut self, params: &Params) {
        let mut style = String::from("\x1b[");
        for (index, param) in params.iter().enumerate() {
            let separator = if index > 0 { ";" } else { "" };
            let parts: Vec<String> = param.iter().map(u16::to_string).collect();
            // Writing to a string cannot fail.
            write!(style, "{separator}{}", parts.join(":")).ok();
        }
        style.push('m');
        self.is_styled = !matches!(style.as_str(), "\x1b[0m" | "\x1b[m");
        self.pieces.push(Piece::Style(style));
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
    fn colours_are_kept_and_end_with_the_line() {
        for (line, text) in [
            ("plain", "plain"),
            ("\x1b[32mok\x1b[0m", "\x1b[32mok\x1b[0m"),
            ("\x1b[1;31mred", "\x1b[1;31mred\x1b[0m"),
            ("\x1b[38:2:1:2:3mx\x1b[m", "\x1b[38:2:1:2:3mx\x1b[0m"),
            ("\x1b[2J\x1b[Ha\x1b]0;title\x07\x1b[?25lb\x1b[>4;1m", "ab"),
            ("\x1b[33m10%\r100%\x1b[39m", "\x1b[33m100%\x1b[39m\x1b[0m"),
            ("\x1b[31ma\x1b[0m\x08b", "\x1b[31m\x1b[0mb"),
        ] {
            assert_eq!(coloured(line.as_bytes()), text, "{line:?}");
            let without = plain(line.as_bytes());
            assert_eq!(plain(coloured(line.as_bytes()).as_bytes()), without, "{line:?}");
        }
    }

    #[test]
    fn invalid_utf8_is_replaced() {
        assert_eq!(plain(b"a\xffb"), "a\u{fffd}b");
        assert_eq!(raw(b"\x1b[1ma\xff"), "\x1b[1ma\u{fffd}");
    }
}
