//! What is typed in a session: keys of the program, our keys, and answers to the question.

use std::time::{Duration, Instant};

use super::AttachSession;
use crate::error::Outcome;
use crate::session::decide::{Answer, KeyOwner, SessionInput, SessionState};
use crate::session::keyboard::TypedInput;
use crate::terminal::{Key, KeySplitter};

impl AttachSession {
    pub(super) fn handle_typed(&mut self, bytes: &[u8]) -> Option<Outcome> {
        // Typed input shows that we are in the foreground again.
        self.use_terminal();
        let now = Instant::now();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (input, key, after) = match self.state {
                SessionState::Asking => self.next_answer(rest),
                _ => self.next_key(rest, now)?,
            };
            rest = after;
            if let Some(outcome) = self.handle_input(input, &key) {
                return Some(outcome);
            }
        }
        None
    }

    /// The answer with which the input begins, and the rest. A key that is none stays in the rest: it
    /// is handled as if the question had not been asked.
    fn next_answer<'a>(&self, bytes: &'a [u8]) -> (SessionInput, Vec<u8>, &'a [u8]) {
        let answer = Answer::of(bytes);
        let interrupt = self.keys.as_ref().and_then(KeySplitter::interrupt_key);
        let input = match bytes.first() {
            key if key == interrupt.as_ref() => SessionInput::InterruptKey(KeyOwner::Session),
            _ => SessionInput::Text(answer),
        };
        let rest = if input == SessionInput::Text(Answer::Other) { bytes } else { &bytes[1..] };
        (input, Vec::new(), rest)
    }

    /// The first key of the input, its bytes, and the rest. `None` if all keys are held, because they
    /// may be those to detach.
    fn next_key<'a>(
        &mut self,
        bytes: &'a [u8],
        now: Instant,
    ) -> Option<(SessionInput, Vec<u8>, &'a [u8])> {
        // A line from a terminal that other programs share has been edited by the terminal. One that
        // `pp` alone reads may have the keys to detach.
        let reads_keys =
            self.plan.typed == TypedInput::Lines || !self.console.is_in_original_mode();
        let Some(keys) = self.keys.as_mut().filter(|_| reads_keys) else {
            return Some((SessionInput::Text(Answer::Other), bytes.to_vec(), &[]));
        };
        let (key, rest) = keys.next(bytes, now)?;
        Some(match key {
            Key::Text(text) => (SessionInput::Text(Answer::Other), text, rest),
            Key::Interrupt(key) => (SessionInput::InterruptKey(self.key_owner()), vec![key], rest),
            Key::Suspend(key) => (SessionInput::SuspendKey(self.key_owner()), vec![key], rest),
            Key::Detach => (SessionInput::Detach, Vec::new(), rest),
        })
    }

    /// How long keys are still held.
    pub(in crate::session) fn held_time(&self) -> Option<Duration> {
        let until = self.keys.as_ref()?.held_until()?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    /// Passes on the keys that were held.
    pub(in crate::session) fn pass_held_keys(&mut self) {
        let held = self.keys.as_mut().map(KeySplitter::take_held).unwrap_or_default();
        self.keyboard.send(&held);
    }

    /// Whose key Ctrl+C is now.
    fn key_owner(&self) -> KeyOwner {
        let is_owned = self.link.as_ref().is_some_and(|link| {
            let is_known = link.last_facts().is_some_and(|facts| facts.owned_keys);
            is_known || link.ask_facts().is_some_and(|facts| facts.owned_keys)
        });
        if is_owned { KeyOwner::Program } else { KeyOwner::Session }
    }
}
