//! What a key or a signal means, as a table of (state, input). Nothing here waits, prints or
//! asks anyone.

use crate::args::OnExit;

/// How far a person has come in leaving.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Not at all.
    Watching,
    /// They pressed Ctrl+C and were asked.
    Asking,
    /// They want it stopped; its last output is still shown.
    Stopping,
    /// They are out of patience.
    Killing,
}

/// What they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Ctrl+C, as a key or as SIGINT.
    Interrupt,
    /// Any other key, or a line.
    Text(u8),
    /// End of input: Ctrl+D on an empty line, or the terminal is gone.
    End,
    /// SIGTERM or SIGHUP, by number.
    Ended(i32),
    /// The request to stop it was refused.
    Refused,
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Nothing,
    /// Hand the bytes on to the process.
    Forward,
    /// Tell the process that its input is at an end.
    CloseInput,
    Ask,
    Stop {
        force: bool,
    },
    /// Go, let it run on, and return this code.
    Leave(u8),
}

/// What was settled before anything happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) on_exit: OnExit,
    /// There is somebody to ask.
    pub(super) can_ask: bool,
    /// Ctrl+C is a key for us, not a signal that a script has to hear of.
    pub(super) keys: bool,
}

/// 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// The next state, and what to do on the way there.
pub(super) fn decide(state: State, input: Input, policy: Policy) -> (State, Act) {
    use State::{Asking, Killing, Stopping, Watching};
    let stop = (Stopping, Act::Stop { force: false });
    match (state, input) {
        (Watching, Input::Interrupt) => match policy.on_exit {
            OnExit::Stop => stop,
            OnExit::Ask if policy.can_ask => (Asking, Act::Ask),
            OnExit::Detach if policy.keys => (Watching, Act::Leave(0)),
            OnExit::Ask | OnExit::Detach => (Watching, Act::Leave(INTERRUPTED)),
        },
        (Asking, Input::Text(b'y' | b'Y')) => stop,
        // Asked twice in the language of keys, the key itself is meant.
        (Asking, Input::Interrupt) if policy.keys => (Watching, Act::Forward),
        (Asking, Input::Text(_) | Input::Interrupt | Input::End) => (Watching, Act::Leave(0)),
        (Stopping, Input::Interrupt) => (Killing, Act::Stop { force: true }),
        // Even what cannot be killed must not keep them here.
        (Killing, Input::Interrupt) => (Killing, Act::Leave(INTERRUPTED)),
        (Watching | Stopping | Killing, Input::Text(_)) => (state, Act::Forward),
        (Watching | Stopping | Killing, Input::End) => (state, Act::CloseInput),
        (Watching | Asking, Input::Ended(_)) if policy.on_exit == OnExit::Stop => stop,
        (_, Input::Ended(signal)) => (state, Act::Leave(code(signal))),
        (Stopping | Killing, Input::Refused) => (Watching, Act::Nothing),
        (Watching | Asking, Input::Refused) => (state, Act::Nothing),
    }
}

/// What a shell reports of a program that a signal ended.
fn code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
