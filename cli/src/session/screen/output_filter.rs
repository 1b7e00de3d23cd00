//! `OutputFilter`: output of a process as it is written to the terminal. Questions to the terminal are
//! removed where another terminal answers them, or has answered them before.

use persistproc_api::shim::ScreenState;
use persistproc_api::terminal::{OutputScanner, TerminalModes};

use super::echo::EchoFilter;
use crate::session::follower::OutputPosition;

/// The most bytes of an unfinished sequence that are held back, because it may be a question.
const MAX_HELD_BYTES: usize = 4 << 10;

/// Which output may ask this terminal questions.
#[derive(Debug, Default)]
enum Live {
    /// None, until the shim has said from where on.
    #[default]
    Unknown,
    /// All of it.
    All,
    /// Of this run, what comes after this offset.
    After { run: u32, offset: u64 },
}

#[derive(Default)]
pub(super) struct OutputFilter {
    scanner: OutputScanner,
    live: Live,
    answers_questions: bool,
    /// Output before the live part is not shown: the process will draw the whole screen again.
    skips_replay: bool,
    /// The beginning of a sequence that may be a question.
    held: Vec<u8>,
    echo: EchoFilter,
}

impl OutputFilter {
    pub(super) fn begin_live(&mut self, run: u32, screen: &ScreenState, continues: bool) {
        self.live = Live::After { run, offset: screen.log_end };
        if continues {
            self.scanner.set_modes(screen.modes.clone());
            self.skips_replay = screen.modes.alternate_screen();
        }
    }

    pub(super) fn pass_all(&mut self) {
        self.live = Live::All;
        self.answers_questions = true;
    }

    pub(super) fn set_answers_questions(&mut self, answers: bool) {
        self.answers_questions = answers;
    }

    pub(super) fn expect_echo(&mut self, line: &[u8]) {
        self.echo.expect(line);
    }

    pub(super) fn modes(&self) -> &TerminalModes {
        self.scanner.modes()
    }

    pub(super) fn reset_modes(&mut self) {
        self.scanner.set_modes(TerminalModes::default());
    }

    pub(super) fn is_at_line_start(&self) -> bool {
        self.scanner.is_at_line_start()
    }

    /// Notes text of ours between the output.
    pub(super) fn note_own_text(&mut self, bytes: &[u8]) {
        self.scanner.scan(bytes, |_, _| {});
    }

    /// The bytes to write for this output. Without a position it is live.
    pub(super) fn filter(&mut self, bytes: &[u8], position: Option<&OutputPosition>) -> Vec<u8> {
        let replayed = position.map_or(0, |position| self.replayed_bytes(bytes.len(), position));
        let (replayed, live) = bytes.split_at(replayed);
        let mut shown = Vec::new();
        if !replayed.is_empty() && !self.skips_replay {
            shown = self.without_questions(replayed);
        }
        if live.is_empty() {
            return shown;
        }
        if self.answers_questions {
            self.scanner.scan(live, |_, _| {});
            shown.append(&mut self.held);
            shown.extend(live);
        } else {
            shown.extend(self.without_questions(live));
        }
        self.echo.filter(&mut shown);
        shown
    }

    /// How many of these bytes come before the live output.
    fn replayed_bytes(&self, length: usize, position: &OutputPosition) -> usize {
        match self.live {
            Live::All => 0,
            Live::After { run, offset } if run == position.run => {
                let left = offset.saturating_sub(position.offset);
                usize::try_from(left).unwrap_or(length).min(length)
            }
            Live::Unknown | Live::After { .. } => length,
        }
    }

    fn without_questions(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut shown = std::mem::take(&mut self.held);
        let mut copied = 0;
        let unfinished = self.scanner.scan(bytes, |question, _| {
            if question.start == 0 {
                // It began in the bytes that were held back.
                shown.clear();
            }
            shown.extend(&bytes[copied..question.start.max(copied)]);
            copied = question.end;
        });
        let rest = &bytes[copied..];
        if unfinished == 0 || shown.len() + unfinished > MAX_HELD_BYTES {
            shown.extend(rest);
            return shown;
        }
        if unfinished == bytes.len() {
            self.held = shown;
            self.held.extend(rest);
            return Vec::new();
        }
        let (finished, held) = rest.split_at(rest.len() - unfinished);
        shown.extend(finished);
        self.held = held.to_vec();
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(answers: bool) -> OutputFilter {
        let mut filter = OutputFilter::default();
        filter.begin_live(1, &ScreenState { log_end: 100, ..ScreenState::default() }, false);
        filter.set_answers_questions(answers);
        filter
    }

    fn shown(filter: &mut OutputFilter, text: &str, offset: u64) -> String {
        let position = OutputPosition { run: 1, offset };
        String::from_utf8(filter.filter(text.as_bytes(), Some(&position))).unwrap()
    }

    #[test]
    fn replayed_output_asks_nothing() {
        let text = "a\x1b[6nb\x1b[1mc\x1b]11;?\x07d\x1b[c";
        let mut both = filter(true);
        assert_eq!(shown(&mut both, text, 0), "ab\x1b[1mcd");
        assert_eq!(shown(&mut both, text, 100), text);
        assert_eq!(shown(&mut both, "\x1b[6n\x1b[6n", 96), "\x1b[6n");
        let mut bytewise = filter(true);
        let parts: String = text
            .char_indices()
            .map(|(at, char)| shown(&mut bytewise, char.encode_utf8(&mut [0; 4]), at as u64))
            .collect();
        assert_eq!(parts, "ab\x1b[1mcd");
    }

    #[test]
    fn only_one_viewer_answers() {
        let mut watching = filter(false);
        assert_eq!(shown(&mut watching, "a\x1b[6nb", 200), "ab");
        watching.set_answers_questions(true);
        assert_eq!(shown(&mut watching, "a\x1b[6nb", 200), "a\x1b[6nb");
    }

    #[test]
    fn a_screen_that_is_drawn_again_is_not_replayed() {
        let mut modes = OutputScanner::default();
        modes.scan(b"\x1b[?1049h", |_, _| {});
        let screen = ScreenState { log_end: 100, modes: modes.modes().clone() };
        let mut filter = OutputFilter::default();
        filter.begin_live(1, &screen, true);
        assert_eq!(shown(&mut filter, "old", 50), "");
        assert_eq!(shown(&mut filter, "new", 100), "new");
        assert!(filter.modes().alternate_screen());
    }
}
