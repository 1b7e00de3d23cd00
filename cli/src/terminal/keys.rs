//! `KeySplitter`: splits raw input into the keys that are ours, and the text between them.

use std::time::{Duration, Instant};

use super::detach_keys::DetachKeys;

/// The keys to detach must all be pressed within this time.
const DETACH_TIME: Duration = Duration::from_secs(1);

/// How long a key waits for the next one of those to detach before it is passed on: longer than the
/// pause between keys that are pressed in a row, and shorter than a person notices much.
const HOLD_TIME: Duration = Duration::from_millis(250);

/// A part of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// Bytes without the keys below.
    Text(Vec<u8>),
    /// The key that interrupts a program, Ctrl+C.
    Interrupt(u8),
    /// The key that suspends a program, Ctrl+Z.
    Suspend(u8),
    /// The last one of the keys to detach.
    Detach,
}

/// The bytes of the keys that the terminal turns into signals; `None`: disabled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignalKeys {
    pub(crate) interrupt: Option<u8>,
    pub(crate) suspend: Option<u8>,
    /// The key after which the next one is no signal, Ctrl+V.
    pub(crate) literal: Option<u8>,
}

impl SignalKeys {
    /// The terminal itself has turned them into signals.
    pub(crate) const NONE: Self = Self { interrupt: None, suspend: None, literal: None };
}

/// Splits chunks of input. A paste stays in one piece.
#[derive(Debug)]
pub(crate) struct KeySplitter {
    signals: SignalKeys,
    /// The next key is no signal.
    is_literal: bool,
    detach: DetachKeys,
    /// How many of the keys to detach were pressed.
    pressed: usize,
    /// When the first of them was pressed, and the last.
    pressed_between: Option<(Instant, Instant)>,
    /// Those that were not passed on as text yet.
    held: Vec<u8>,
}

impl KeySplitter {
    pub(crate) fn new(signals: SignalKeys, detach: DetachKeys) -> Self {
        Self {
            signals,
            is_literal: false,
            detach,
            pressed: 0,
            pressed_between: None,
            held: Vec::new(),
        }
    }

    /// Takes the first key from a chunk that was read at `now`; returns it and the rest of the chunk.
    /// `None` if there is none, or if the keys are held because they may be those to detach.
    pub(crate) fn next<'a>(&mut self, chunk: &'a [u8], now: Instant) -> Option<(Key, &'a [u8])> {
        let is_late = |(first, _): (Instant, Instant)| now.duration_since(first) > DETACH_TIME;
        let mut text = Vec::new();
        if self.pressed_between.is_some_and(is_late) {
            text = self.forget_pressed();
        }
        for (at, byte) in chunk.iter().enumerate() {
            let keys = self.detach.bytes();
            let is_next = keys.get(self.pressed) == Some(byte);
            if is_next && self.pressed + 1 == keys.len() {
                if !text.is_empty() {
                    return Some((Key::Text(text), &chunk[at..]));
                }
                self.held.clear();
                self.forget_pressed();
                return Some((Key::Detach, &chunk[at + 1..]));
            }
            if !is_next {
                let pressed = self.pressed;
                text.append(&mut self.forget_pressed());
                self.pressed = self.longest_start(pressed, *byte);
            }
            if self.detach.bytes().get(self.pressed) == Some(byte) {
                let first = self.pressed_between.map_or(now, |(first, _)| first);
                self.pressed_between = Some((first, now));
                self.pressed += 1;
                self.held.push(*byte);
                continue;
            }
            let was_literal = std::mem::take(&mut self.is_literal);
            let key = match Some(*byte).filter(|_| !was_literal) {
                None => {
                    text.push(*byte);
                    continue;
                }
                byte if byte == self.signals.interrupt => Key::Interrupt(byte.unwrap_or_default()),
                byte if byte == self.signals.suspend => Key::Suspend(byte.unwrap_or_default()),
                code => {
                    self.is_literal = code == self.signals.literal;
                    text.push(*byte);
                    continue;
                }
            };
            if !text.is_empty() {
                return Some((Key::Text(text), &chunk[at..]));
            }
            return Some((key, &chunk[at + 1..]));
        }
        (!text.is_empty()).then_some((Key::Text(text), &[]))
    }

    /// The key that interrupts a program.
    pub(crate) fn interrupt_key(&self) -> Option<u8> {
        self.signals.interrupt
    }

    /// Until when keys are held.
    pub(crate) fn held_until(&self) -> Option<Instant> {
        let (_, last) = self.pressed_between.filter(|_| !self.held.is_empty())?;
        Some(last + HOLD_TIME)
    }

    /// The keys that were held. They may still be the first of those to detach.
    pub(crate) fn take_held(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.held)
    }

    /// Forgets the keys to detach that were pressed. Returns those that were held.
    fn forget_pressed(&mut self) -> Vec<u8> {
        self.pressed = 0;
        self.pressed_between = None;
        self.take_held()
    }

    /// How many of the last `pressed` keys are the first of those to detach, if `byte` follows.
    fn longest_start(&self, pressed: usize, byte: u8) -> usize {
        let keys = self.detach.bytes();
        let starts = (0..pressed).rev();
        let is_start = |count: &usize| {
            keys[..pressed].ends_with(&keys[..*count]) && keys.get(*count) == Some(&byte)
        };
        starts.into_iter().find(is_start).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNALS: SignalKeys =
        SignalKeys { interrupt: Some(0x03), suspend: Some(0x1a), literal: Some(0x16) };

    fn splitter(detach: &str) -> KeySplitter {
        KeySplitter::new(SIGNALS, detach.parse().unwrap())
    }

    /// The keys of a chunk.
    fn keys(splitter: &mut KeySplitter, chunk: &[u8], now: Instant) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut rest = chunk;
        while let Some((key, after)) = splitter.next(rest, now) {
            keys.push(key);
            rest = after;
        }
        keys
    }

    fn text(bytes: &[u8]) -> Key {
        Key::Text(bytes.to_vec())
    }

    #[test]
    fn signal_keys_are_found_anywhere_in_a_chunk() {
        let (interrupt, suspend) = (Key::Interrupt(3), Key::Suspend(0x1a));
        let mut splitter = splitter("ctrl-]");
        let mut keys = |chunk| keys(&mut splitter, chunk, Instant::now());
        assert_eq!(keys(b""), []);
        assert_eq!(keys(b"hello\x1b[A\x04"), [text(b"hello\x1b[A\x04")]);
        assert_eq!(keys(b"ab\x03y"), [text(b"ab"), interrupt.clone(), text(b"y")]);
        assert_eq!(keys(b"\x03\x03\x1a"), [interrupt.clone(), interrupt, suspend]);
    }

    #[test]
    fn the_key_after_the_literal_one_is_no_signal() {
        let mut splitter = splitter("ctrl-]");
        let mut keys = |chunk| keys(&mut splitter, chunk, Instant::now());
        assert_eq!(keys(b"\x16\x03\x03"), [text(b"\x16\x03"), Key::Interrupt(3)]);
        assert_eq!(keys(b"\x16"), [text(b"\x16")]);
        assert_eq!(keys(b"\x1ax"), [text(b"\x1ax")]);
        assert_eq!(keys(b"\x16\x16\x03"), [text(b"\x16\x16"), Key::Interrupt(3)]);
    }

    #[test]
    fn the_keys_to_detach_must_follow_each_other_within_a_second() {
        let now = Instant::now();
        let default = || splitter(DetachKeys::DEFAULT);
        let mut three = default();
        assert_eq!(keys(&mut three, b"a\x1d\x1d\x1db", now), [text(b"a"), Key::Detach, text(b"b")]);
        let mut three = default();
        assert_eq!(keys(&mut three, b"\x1d", now), []);
        assert_eq!(keys(&mut three, b"\x1dx\x1d", now), [text(b"\x1d\x1dx")]);
        assert_eq!(keys(&mut three, b"\x1d", now), []);
        assert_eq!(keys(&mut three, b"\x1d", now + DETACH_TIME), [Key::Detach]);
        let late = now + 2 * DETACH_TIME;
        let mut three = default();
        assert_eq!(keys(&mut three, b"\x1d\x1d", now), []);
        assert_eq!(keys(&mut three, b"\x1d", late), [text(b"\x1d\x1d")]);
        assert_eq!(keys(&mut three, b"\x1d\x1d", late), [Key::Detach]);
        let mut other = splitter("ctrl-p,ctrl-p,ctrl-q");
        assert_eq!(keys(&mut other, b"\x10\x10\x10\x11", now), [text(b"\x10\x10"), Key::Detach]);
        let mut one = splitter("ctrl-@");
        assert_eq!(keys(&mut one, b"\0", now), [Key::Detach]);
        let mut none = splitter("");
        assert_eq!(keys(&mut none, b"\x1d\x1d\x1d", now), [text(b"\x1d\x1d\x1d")]);
    }

    #[test]
    fn a_key_that_may_be_one_to_detach_is_held_for_a_moment() {
        let now = Instant::now();
        let mut three = splitter(DetachKeys::DEFAULT);
        assert_eq!(keys(&mut three, b"\x1d", now), []);
        assert_eq!(three.held_until(), Some(now + HOLD_TIME));
        assert_eq!(three.take_held(), b"\x1d");
        assert_eq!(three.held_until(), None);
        assert_eq!(keys(&mut three, b"\x1d\x1d", now + HOLD_TIME), [Key::Detach]);
        assert_eq!(three.take_held(), b"");
    }
}
