//! `Sanitizer`: removes terminal control sequences from a process's output: titles, the clipboard,
//! queries, cleared screens. Text and newlines stay, colours optionally. Text is never held back.

/// The longest parameters of a colour sequence that are kept.
const MAX_COLOUR_BYTES: usize = 64;

/// A filter for one stream, whose bytes may arrive in any chunks.
#[derive(Debug)]
pub(crate) struct Sanitizer {
    colours: bool,
    state: ParserState,
    /// The parameters of the control sequence so far.
    parameters: Vec<u8>,
}

/// The construct that the last byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ParserState {
    Text,
    /// An escape.
    Escape,
    /// A control sequence (CSI). A letter ends it.
    Sequence,
    /// A string for the terminal (OSC, DCS, …). BEL or `ESC \` ends it.
    String,
    /// An escape in a string.
    StringEscape,
    /// 0xC2, the first byte of a C1 control character in UTF-8.
    C1Lead,
}

impl Sanitizer {
    pub(crate) fn new(colours: bool) -> Self {
        Self { colours, state: ParserState::Text, parameters: Vec::new() }
    }

    /// Returns these bytes without control sequences.
    pub(crate) fn sanitize(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len());
        bytes.iter().for_each(|byte| self.take_byte(*byte, &mut out));
        out
    }

    fn take_byte(&mut self, byte: u8, out: &mut Vec<u8>) {
        // A newline ends every sequence, so that an unterminated one hides only the rest of its line.
        if byte == b'\n' || self.state == ParserState::Text {
            return self.text(byte, out);
        }
        self.state = match (self.state, byte) {
            (ParserState::C1Lead, 0x9b) => self.begin_sequence(),
            (ParserState::C1Lead, 0x90 | 0x98 | 0x9d..=0x9f) => ParserState::String,
            (ParserState::C1Lead, 0x80..=0x9f) => ParserState::Text,
            (ParserState::C1Lead, _) => {
                out.push(0xc2);
                return self.text(byte, out);
            }
            (ParserState::Escape, b'[') => self.begin_sequence(),
            (ParserState::Escape, b']' | b'P' | b'X' | b'^' | b'_') => ParserState::String,
            // Intermediate bytes, as in `ESC ( B`.
            (ParserState::Escape, 0x20..=0x2f) => ParserState::Escape,
            (ParserState::Escape | ParserState::StringEscape, 0x1b) => ParserState::Escape,
            (ParserState::Escape | ParserState::StringEscape, _) => ParserState::Text,
            (ParserState::Sequence, 0x20..=0x3f) => {
                self.parameters.push(byte);
                ParserState::Sequence
            }
            (ParserState::Sequence, _) => return self.end_sequence(byte, out),
            (ParserState::String, 0x07) => ParserState::Text,
            (ParserState::String, 0x1b) => ParserState::StringEscape,
            (ParserState::String | ParserState::Text, _) => self.state,
        };
    }

    fn text(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = match byte {
            0x1b => ParserState::Escape,
            0xc2 => ParserState::C1Lead,
            _ => ParserState::Text,
        };
        let harmless = matches!(byte, b'\n' | b'\r' | b'\t' | 0x08);
        if self.state == ParserState::Text && (harmless || (byte >= 0x20 && byte != 0x7f)) {
            out.push(byte);
        }
    }

    fn begin_sequence(&mut self) -> ParserState {
        self.parameters.clear();
        ParserState::Sequence
    }

    /// Ends a control sequence. A colour sequence ends with `m` and has only numeric parameters.
    fn end_sequence(&mut self, byte: u8, out: &mut Vec<u8>) {
        self.state = if byte == 0x1b { ParserState::Escape } else { ParserState::Text };
        let is_numeric = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b';' | b':');
        let is_colour = byte == b'm'
            && self.parameters.len() <= MAX_COLOUR_BYTES
            && self.parameters.iter().all(is_numeric);
        if self.colours && is_colour {
            out.extend(b"\x1b[");
            out.append(&mut self.parameters);
            out.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that the result is the same for one chunk and for single bytes.
    fn sanitized(colours: bool, text: &str) -> String {
        let whole = Sanitizer::new(colours).sanitize(text.as_bytes());
        let mut filter = Sanitizer::new(colours);
        let parts: Vec<u8> = text.bytes().flat_map(|byte| filter.sanitize(&[byte])).collect();
        assert_eq!(whole, parts, "{text:?}");
        String::from_utf8(whole).unwrap()
    }

    #[test]
    fn only_text_and_colours_are_kept() {
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
            ("\x1b]0;unterminated\nseen", "\nseen"),
            ("\x1b[>4;1ma\x1b[1\x1b[1mb", "a\x1b[1mb"),
        ] {
            assert_eq!(sanitized(true, text), left, "{text:?}");
        }
        assert_eq!(sanitized(false, "\x1b[32mgreen\x1b[0m"), "green");
        assert_eq!(sanitized(true, &format!("\x1b[{}ma", "1;".repeat(99))), "a");
    }
}
