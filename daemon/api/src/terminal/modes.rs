//! [`TerminalModes`]: the modes of a terminal that differ from those in which a shell leaves it, with
//! the bytes that undo them and the bytes that set them again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// Private modes (`CSI ? … h`) that are undone, with their defaults. Unlisted ones are left alone:
/// their defaults differ between terminals.
const PRIVATE_MODES: [(u16, bool); 26] = [
    (1, false),
    (5, false),
    (6, false),
    (7, true),
    (9, false),
    (12, false),
    (25, true),
    (47, false),
    (66, false),
    (69, false),
    (1000, false),
    (1001, false),
    (1002, false),
    (1003, false),
    (1004, false),
    (1005, false),
    (1006, false),
    (1015, false),
    (1016, false),
    (1047, false),
    (1049, false),
    (2004, false),
    (2026, false),
    (2027, false),
    (2031, false),
    (2048, false),
];

/// The private modes that show the alternate screen.
const ALTERNATE_SCREEN: [u16; 3] = [47, 1047, 1049];

/// Modes that a program sets again while it repaints: origin mode, margins, synchronized output.
const SET_BY_REPAINT: [u16; 3] = [6, 69, 2026];

/// The most entries of the keyboard stack, as in the terminals that have one.
const MAX_KEYBOARD_FLAGS: usize = 16;

/// The modes that a program has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TerminalModes {
    /// Private modes that are not at their default, with their values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    private: BTreeMap<u16, bool>,
    /// The application keypad (`ESC =`).
    #[serde(skip_serializing_if = "is_false")]
    pub(super) application_keypad: bool,
    /// Colours or attributes of text are set.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) rendition: bool,
    /// The shape of the cursor; 0: the default.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) cursor_shape: u16,
    /// A character set other than ASCII is selected.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) character_set: bool,
    /// A scrolling region is set.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) margins: bool,
    /// A hyperlink is open.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) hyperlink: bool,
    /// The flags that were pushed to the keyboard stack (`CSI > … u`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keyboard: Vec<u16>,
    /// The value of xterm's `modifyOtherKeys`; 0: the default.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) modify_other_keys: u16,
    /// Operating system commands that reset colours which were changed.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) colour_resets: BTreeSet<u16>,
}

impl TerminalModes {
    /// Whether all modes are at their default.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the alternate screen is shown.
    pub fn alternate_screen(&self) -> bool {
        ALTERNATE_SCREEN.iter().any(|mode| self.private.contains_key(mode))
    }

    /// The bytes that set all modes to their defaults. The alternate screen is left last, because
    /// that restores the cursor.
    pub fn undo(&self) -> String {
        let mut out = String::new();
        if self.private.contains_key(&2026) {
            out.push_str("\x1b[?2026l");
        }
        if self.hyperlink {
            out.push_str("\x1b]8;;\x1b\\");
        }
        if self.rendition {
            out.push_str("\x1b[m");
        }
        if self.character_set {
            out.push_str("\x1b(B\x0f");
        }
        if self.cursor_shape != 0 {
            out.push_str("\x1b[0 q");
        }
        if self.application_keypad {
            out.push_str("\x1b>");
        }
        if !self.keyboard.is_empty() {
            append(&mut out, format_args!("\x1b[<{}u", self.keyboard.len()));
        }
        if self.modify_other_keys != 0 {
            out.push_str("\x1b[>4m");
        }
        for command in &self.colour_resets {
            append(&mut out, format_args!("\x1b]{command}\x1b\\"));
        }
        if self.margins {
            // Resetting the margins moves the cursor.
            out.push_str("\x1b7\x1b[r\x1b8");
        }
        let is_alternate = |mode: &u16| ALTERNATE_SCREEN.contains(mode);
        let (alternate, other): (Vec<_>, Vec<_>) =
            self.private.iter().partition(|(mode, _)| is_alternate(mode));
        for (mode, is_set) in other.into_iter().chain(alternate) {
            if *mode != 2026 {
                append(&mut out, format_args!("\x1b[?{mode}{}", final_byte(!is_set)));
            }
        }
        out
    }

    /// The bytes that set these modes on a terminal with default modes. What a program sets anew
    /// while it repaints the screen is left out.
    pub fn set_again(&self) -> String {
        let mut out = String::new();
        let is_alternate = |mode: &u16| ALTERNATE_SCREEN.contains(mode);
        let (alternate, other): (Vec<_>, Vec<_>) =
            self.private.iter().partition(|(mode, _)| is_alternate(mode));
        for (mode, is_set) in alternate.into_iter().chain(other) {
            if !SET_BY_REPAINT.contains(mode) {
                append(&mut out, format_args!("\x1b[?{mode}{}", final_byte(*is_set)));
            }
        }
        if self.application_keypad {
            out.push_str("\x1b=");
        }
        if self.cursor_shape != 0 {
            append(&mut out, format_args!("\x1b[{} q", self.cursor_shape));
        }
        for flags in &self.keyboard {
            append(&mut out, format_args!("\x1b[>{flags}u"));
        }
        if self.modify_other_keys != 0 {
            append(&mut out, format_args!("\x1b[>4;{}m", self.modify_other_keys));
        }
        out
    }

    /// Notes a private mode that was set or reset.
    pub(super) fn private_mode(&mut self, mode: u16, is_set: bool) {
        let Some((_, default)) = PRIVATE_MODES.iter().find(|(known, _)| *known == mode) else {
            return;
        };
        if is_set == *default {
            self.private.remove(&mode);
            if ALTERNATE_SCREEN.contains(&mode) {
                // Each of the three leaves the alternate screen, whichever of them has shown it.
                self.private.retain(|other, _| !ALTERNATE_SCREEN.contains(other));
            }
        } else {
            self.private.insert(mode, is_set);
        }
    }

    pub(super) fn push_keyboard(&mut self, flags: u16) {
        if self.keyboard.len() < MAX_KEYBOARD_FLAGS {
            self.keyboard.push(flags);
        }
    }

    pub(super) fn pop_keyboard(&mut self, count: u16) {
        let left = self.keyboard.len().saturating_sub(count.max(1).into());
        self.keyboard.truncate(left);
    }
}

fn final_byte(is_set: bool) -> char {
    if is_set { 'h' } else { 'l' }
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a `String` never fails.
    out.write_fmt(text).ok();
}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_zero(value: &u16) -> bool {
    *value == 0
}
