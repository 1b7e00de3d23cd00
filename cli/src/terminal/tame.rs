//! What a process printed, for whoever only looks on: the text, its line ends and, where there is
//! a terminal to show them, its colours. Whatever else a terminal would obey is left out: titles,
//! the clipboard, questions to the terminal, cleared screens. It keeps no text back.

/// The longest sequence that can be a colour.
const LONGEST: usize = 64;

/// A filter for one stream, in whatever parts its bytes come.
#[derive(Debug)]
pub(crate) struct Tame {
    colours: bool,
    place: Place,
    /// The sequence so far.
    held: Vec<u8>,
}

/// Where in a sequence the last byte was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Text,
    /// Behind an escape.
    Escape,
    /// In a control sequence: a letter ends it.
    Sequence,
    /// In a string for the terminal: a bell, or an escape and a backslash, end it.
    String,
    /// Behind an escape in a string.
    StringEscape,
    /// Behind the first byte of a control character of two.
    Two,
}

impl Tame {
    pub(crate) fn new(colours: bool) -> Self {
        Self { colours, place: Place::Text, held: Vec::new() }
    }

    /// What is left of these bytes.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        bytes.iter().for_each(|byte| self.take(*byte, &mut out));
        out
    }

    fn take(&mut self, byte: u8, out: &mut Vec<u8>) {
        // No sequence goes beyond its line: one that was never ended hides no more than that.
        if byte == b'\n' || self.place == Place::Text {
            return self.text(byte, out);
        }
        self.place = match (self.place, byte) {
            (Place::Two, 0x9b) => self.begin(),
            (Place::Two, 0x90 | 0x98 | 0x9d..=0x9f) => Place::String,
            (Place::Two, 0x80..=0x9f) => Place::Text,
            (Place::Two, _) => {
                out.push(0xc2);
                return self.text(byte, out);
            }
            (Place::Escape, b'[') => self.begin(),
            (Place::Escape, b']' | b'P' | b'X' | b'^' | b'_') => Place::String,
            // Of such as `ESC ( B` the last is a letter or a number.
            (Place::Escape, 0x20..=0x2f) => Place::Escape,
            (Place::Escape | Place::StringEscape, 0x1b) => Place::Escape,
            (Place::Escape | Place::StringEscape, _) => Place::Text,
            (Place::Sequence, 0x20..=0x3f) => {
                self.held.push(byte);
                Place::Sequence
            }
            (Place::Sequence, _) => return self.end(byte, out),
            (Place::String, 0x07) => Place::Text,
            (Place::String, 0x1b) => Place::StringEscape,
            (Place::String | Place::Text, _) => self.place,
        };
    }

    fn text(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.place = match byte {
            0x1b => Place::Escape,
            0xc2 => Place::Two,
            _ => Place::Text,
        };
        let harmless = matches!(byte, b'\n' | b'\r' | b'\t' | 0x08);
        if self.place == Place::Text && (harmless || (byte >= 0x20 && byte != 0x7f)) {
            out.push(byte);
        }
    }

    fn begin(&mut self) -> Place {
        self.held.clear();
        Place::Sequence
    }

    /// Ends a control sequence. A colour ends in `m` and has numbers only.
    fn end(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.place = if byte == 0x1b { Place::Escape } else { Place::Text };
        let numbers = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b';' | b':');
        let short = self.held.len() <= LONGEST;
        if self.colours && byte == b'm' && short && self.held.iter().all(numbers) {
            out.extend(b"\x1b[");
            out.append(&mut self.held);
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same whether the bytes come at once or one by one.
    fn tamed(colours: bool, text: &str) -> String {
        let whole = Tame::new(colours).pass(text.as_bytes());
        let mut filter = Tame::new(colours);
        let parts: Vec<u8> = text.bytes().flat_map(|byte| filter.pass(&[byte])).collect();
        assert_eq!(whole, parts, "{text:?}");
        String::from_utf8(whole).unwrap()
    }

    #[test]
    fn colours_stay_and_whatever_else_a_terminal_obeys_goes() {
        for (text, left) in [
            ("plain ü ➜ text\r\n\ta\x08b", "plain ü ➜ text\r\n\ta\x08b"),
            (
                "\x1b[32mgreen\x1b[0m \x1b[38;2;1;2;3mrgb",
                "\x1b[32mgreen\x1b[0m \x1b[38;2;1;2;3mrgb",
            ),
            ("\x1b]0;title\x07a\x1b]52;c;aGk=\x1b\\b", "ab"),
            ("\x1b[2J\x1b[Ha\x1b[6nb\x1b[?1049hc", "abc"),
            ("\x1bPq#0\x1b\\a\x1b(Bb\x1bcc", "abc"),
            ("\u{9b}2Ja\u{9d}title\x07b\u{85}c£", "abc£"),
            ("a\x07b\x00c\x7fd\x0ee", "abcde"),
            ("\x1b]0;never ended\nseen", "\nseen"),
            ("\x1b[>4;1ma\x1b[1\x1b[1mb", "a\x1b[1mb"),
        ] {
            assert_eq!(tamed(true, text), left, "{text:?}");
        }
        assert_eq!(tamed(false, "\x1b[32mgreen\x1b[0m"), "green");
        assert_eq!(tamed(true, &format!("\x1b[{}ma", "1;".repeat(99))), "a");
    }
}
