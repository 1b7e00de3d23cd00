//! [`OutputScanner`]: finds the escape sequences in the output of a program, notes the modes that they
//! set, and recognizes questions to the terminal. Text between them is skipped at memory speed.

use std::ops::Range;

use vte::{Params, Parser, Perform};

use super::modes::TerminalModes;

const ESCAPE: u8 = 0x1b;

/// A longer sequence is treated as text, because the parser collects it in memory.
const MAX_SEQUENCE_BYTES: usize = 64 << 10;

/// A sequence that a terminal answers as if the answer were typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalQuestion {
    /// `CSI 5 n`: is the terminal working.
    Status,
    /// `CSI 6 n`: the position of the cursor.
    CursorPosition,
    /// `CSI c`: the kind of terminal (DA1).
    Attributes,
    /// Colours, modes, sizes, versions and others.
    Other,
}

impl TerminalQuestion {
    /// The answer of a plain VT100, for programs that would wait for it while no terminal is attached.
    pub fn minimal_answer(self) -> Option<&'static [u8]> {
        match self {
            Self::Status => Some(b"\x1b[0n"),
            Self::CursorPosition => Some(b"\x1b[1;1R"),
            Self::Attributes => Some(b"\x1b[?1;2c"),
            Self::Other => None,
        }
    }
}

/// Scans one stream of output, whose bytes may arrive in any chunks.
#[derive(Default)]
pub struct OutputScanner {
    parser: Parser,
    found: Found,
    /// How many bytes of an unfinished sequence were scanned; 0 outside of a sequence.
    sequence_bytes: usize,
}

/// What the parser has found.
#[derive(Default)]
struct Found {
    modes: TerminalModes,
    /// The current sequence is complete.
    is_complete: bool,
    /// The current sequence is a question.
    question: Option<TerminalQuestion>,
    /// The cursor is in the first column.
    at_line_start: Option<bool>,
    /// The same for the main screen, while the alternate screen is shown.
    main_at_line_start: Option<bool>,
}

impl OutputScanner {
    /// The modes that the output has set.
    pub fn modes(&self) -> &TerminalModes {
        &self.found.modes
    }

    /// Continues with the modes that earlier output has set.
    pub fn set_modes(&mut self, modes: TerminalModes) {
        if self.found.modes.alternate_screen() && !modes.alternate_screen() {
            self.found.at_line_start = self.found.main_at_line_start;
        }
        self.found.modes = modes;
    }

    /// Whether the cursor of the main screen is in the first column, as far as is known.
    pub fn is_at_line_start(&self) -> bool {
        let is_alternate = self.found.modes.alternate_screen();
        let found = &self.found;
        let at_line_start =
            if is_alternate { found.main_at_line_start } else { found.at_line_start };
        at_line_start.unwrap_or(true)
    }

    /// Scans a chunk. Calls `on_question` for each question that ends in it, with its place; one that
    /// began in an earlier chunk starts at 0. Returns how many bytes at the end belong to an
    /// unfinished sequence.
    pub fn scan(
        &mut self,
        bytes: &[u8],
        mut on_question: impl FnMut(Range<usize>, TerminalQuestion),
    ) -> usize {
        let mut at = 0;
        let mut start = 0;
        while at < bytes.len() {
            if self.sequence_bytes == 0 {
                let text = memchr::memchr(ESCAPE, &bytes[at..]).unwrap_or(bytes.len() - at);
                self.found.text(&bytes[at..at + text]);
                at += text;
                start = at;
                if at == bytes.len() {
                    break;
                }
            }
            self.found.is_complete = false;
            let scanned = self.parser.advance_until_terminated(&mut self.found, &bytes[at..]);
            at += scanned;
            self.sequence_bytes += scanned;
            // An escape that ends a string is followed by a backslash.
            let is_complete = self.found.is_complete && bytes[at - 1] != ESCAPE;
            if is_complete {
                if let Some(question) = self.found.question {
                    on_question(start..at, question);
                }
            } else if self.sequence_bytes > MAX_SEQUENCE_BYTES {
                self.parser = Parser::default();
            } else {
                continue;
            }
            self.found.question = None;
            self.sequence_bytes = 0;
        }
        if self.sequence_bytes == 0 { 0 } else { bytes.len() - start }
    }
}

impl Found {
    fn text(&mut self, bytes: &[u8]) {
        match bytes.iter().rev().find(|byte| !matches!(byte, 0x00 | 0x07)) {
            Some(b'\n' | b'\r') => self.at_line_start = Some(true),
            Some(_) => self.at_line_start = Some(false),
            None => {}
        }
    }

    fn private_modes(&mut self, params: &Params, is_set: bool) {
        let was_alternate = self.modes.alternate_screen();
        for mode in numbers(params) {
            self.modes.private_mode(mode, is_set);
        }
        match (was_alternate, self.modes.alternate_screen()) {
            (false, true) => self.main_at_line_start = self.at_line_start,
            (true, false) => self.at_line_start = self.main_at_line_start,
            _ => {}
        }
    }

    /// A control sequence without intermediate bytes.
    fn plain_sequence(&mut self, numbers: &[u16], action: char) {
        let first = numbers.first().copied().unwrap_or_default();
        match action {
            'm' => self.modes.rendition = is_rendition_set(numbers, self.modes.rendition),
            'r' => {
                self.modes.margins = numbers.iter().any(|number| *number != 0);
                self.at_line_start = Some(true);
            }
            'n' => {
                self.question = Some(match first {
                    5 => TerminalQuestion::Status,
                    6 => TerminalQuestion::CursorPosition,
                    _ => TerminalQuestion::Other,
                });
            }
            'c' => self.question = Some(TerminalQuestion::Attributes),
            'x' => self.question = Some(TerminalQuestion::Other),
            // Reports of the window.
            't' if matches!(first, 11 | 13..=16 | 18..=21) => {
                self.question = Some(TerminalQuestion::Other);
            }
            // These move the cursor into the first column.
            'E' | 'F' => self.at_line_start = Some(true),
            'G' | '`' => self.at_line_start = Some(first <= 1),
            'H' | 'f' => {
                let column = numbers.get(1).copied().unwrap_or_default();
                self.at_line_start = Some(column <= 1);
            }
            'C' | 'a' | 'u' => self.at_line_start = Some(false),
            _ => {}
        }
    }
}

impl Perform for Found {
    fn print(&mut self, _: char) {
        self.at_line_start = Some(false);
        self.is_complete = true;
    }

    fn execute(&mut self, byte: u8) {
        // These cancel a sequence; others are executed inside of it.
        if matches!(byte, 0x18 | 0x1a) {
            self.is_complete = true;
        }
    }

    fn unhook(&mut self) {
        self.is_complete = true;
    }

    fn hook(&mut self, _: &Params, intermediates: &[u8], _: bool, action: char) {
        // Settings (DECRQSS) and capabilities (XTGETTCAP).
        if action == 'q' && matches!(intermediates, b"$" | b"+") {
            self.question = Some(TerminalQuestion::Other);
        }
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        self.is_complete = true;
        let command = params.first().and_then(|text| str::from_utf8(text).ok()?.parse().ok());
        if params[1..].contains(&&b"?"[..]) {
            self.question = Some(TerminalQuestion::Other);
            return;
        }
        match command {
            Some(8) => self.modes.hyperlink = params.get(2).is_some_and(|url| !url.is_empty()),
            Some(number @ (4 | 10..=19)) => {
                self.modes.colour_resets.insert(100 + number);
            }
            Some(number @ (104 | 110..=119)) => {
                self.modes.colour_resets.remove(&number);
            }
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: char) {
        self.is_complete = true;
        if ignore {
            return;
        }
        let numbers: Vec<u16> = numbers(params).collect();
        let first = numbers.first().copied().unwrap_or_default();
        match (intermediates, action) {
            (b"", _) => self.plain_sequence(&numbers, action),
            (b"?", 'h') => self.private_modes(params, true),
            (b"?", 'l') => self.private_modes(params, false),
            (b" ", 'q') => self.modes.cursor_shape = first,
            (b">", 'u') => self.modes.push_keyboard(first),
            (b"<", 'u') => self.modes.pop_keyboard(first),
            (b">", 'm') if first == 4 => {
                self.modes.modify_other_keys = numbers.get(1).copied().unwrap_or_default();
            }
            (b"!", 'p') => self.modes = TerminalModes::default(),
            (b"?", 'n' | 'u' | 'S')
            | (b">" | b"=", 'c')
            | (b">", 'q')
            | (b"$" | b"?$", 'p')
            | (b"$", 'w' | 'u')
            | (b"*", 'y') => self.question = Some(TerminalQuestion::Other),
            _ => {}
        }
    }

    fn esc_dispatch(&mut self, intermediates: &[u8], _: bool, byte: u8) {
        self.is_complete = true;
        match (intermediates, byte) {
            (b"", b'=') => self.modes.application_keypad = true,
            (b"", b'>') => self.modes.application_keypad = false,
            (b"", b'c') => self.modes = TerminalModes::default(),
            (b"", b'Z') => self.question = Some(TerminalQuestion::Attributes),
            (b"", b'E') => self.at_line_start = Some(true),
            (b"(", set) => self.modes.character_set = set != b'B',
            _ => {}
        }
    }

    fn terminated(&self) -> bool {
        self.is_complete
    }
}

/// Whether colours or attributes are set after this `CSI … m`.
fn is_rendition_set(numbers: &[u16], before: bool) -> bool {
    let mut is_set = before;
    let mut rest = numbers.iter();
    while let Some(number) = rest.next() {
        is_set = *number != 0;
        if matches!(number, 38 | 48 | 58) {
            // A colour of the palette, or red, green and blue.
            let colour = if rest.next() == Some(&5) { 1 } else { 3 };
            rest.by_ref().take(colour).for_each(drop);
        }
    }
    is_set
}

/// The parameters without their subparameters.
fn numbers(params: &Params) -> impl Iterator<Item = u16> + '_ {
    params.iter().filter_map(|param| param.first().copied())
}

#[cfg(test)]
mod tests;
