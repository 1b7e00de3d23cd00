//! The table of keys and signals: `decide` maps a state and an input to the next state and an action.
//! Pure: it does no I/O.

use crate::args::OnExit;

/// The state of an attached session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionState {
    /// Output and input are copied.
    Attached,
    /// After Ctrl+C: the question whether to stop the process is on the screen.
    Asking,
    /// A stop was requested; the last output is still copied.
    Stopping,
    /// A forced stop was requested after a second Ctrl+C.
    Killing,
}

/// A key, a signal or a failed stop request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionInput {
    /// Ctrl+C, as a key or as SIGINT.
    Interrupt,
    /// Any other key, or a line. The byte is the first one.
    Text(u8),
    /// EOF: Ctrl+D on an empty line, or the terminal has hung up.
    Eof,
    /// SIGTERM or SIGHUP, by number.
    Terminate(i32),
    /// The stop request failed.
    StopFailed,
}

/// The action that follows an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionAction {
    Nothing,
    /// Send the bytes to the process.
    Forward,
    /// Close the standard input of the process.
    CloseInput,
    /// Ask whether to stop the process.
    Ask,
    /// Request a stop of the process.
    Stop {
        force: bool,
    },
    /// Leave the process running and exit with this code.
    Leave(u8),
}

/// The settings that stay fixed for the whole session.
#[derive(Clone, Copy, Debug)]
pub(super) struct ExitPolicy {
    pub(super) on_exit: OnExit,
    /// The terminal can show a question and read the answer.
    pub(super) can_ask: bool,
    /// The terminal is in raw mode: Ctrl+C arrives as a key. Otherwise it arrives as SIGINT, and the
    /// exit code reports the interrupt to a calling script.
    pub(super) raw_keys: bool,
}

/// 128 + SIGINT.
const INTERRUPTED: u8 = 130;

/// Returns the next state and the action.
pub(super) fn decide(
    state: SessionState,
    input: SessionInput,
    policy: ExitPolicy,
) -> (SessionState, SessionAction) {
    use SessionInput::{Eof, Interrupt, StopFailed, Terminate, Text};
    use SessionState::{Asking, Attached, Killing, Stopping};
    let stop = (Stopping, SessionAction::Stop { force: false });
    match (state, input) {
        (Attached, Interrupt) => match policy.on_exit {
            OnExit::Stop => stop,
            OnExit::Ask if policy.can_ask => (Asking, SessionAction::Ask),
            OnExit::Detach if policy.raw_keys => (Attached, SessionAction::Leave(0)),
            OnExit::Ask | OnExit::Detach => (Attached, SessionAction::Leave(INTERRUPTED)),
        },
        (Asking, Text(b'y' | b'Y')) => stop,
        // A second Ctrl+C while asking is forwarded to the process.
        (Asking, Interrupt) if policy.raw_keys => (Attached, SessionAction::Forward),
        (Asking, Text(_) | Interrupt | Eof) => (Attached, SessionAction::Leave(0)),
        (Stopping, Interrupt) => (Killing, SessionAction::Stop { force: true }),
        // A process that cannot be killed must not block the user.
        (Killing, Interrupt) => (Killing, SessionAction::Leave(INTERRUPTED)),
        (Attached | Stopping | Killing, Text(_)) => (state, SessionAction::Forward),
        (Attached | Stopping | Killing, Eof) => (state, SessionAction::CloseInput),
        (Attached | Asking, Terminate(_)) if policy.on_exit == OnExit::Stop => stop,
        (_, Terminate(signal)) => (state, SessionAction::Leave(shell_code(signal))),
        (Stopping | Killing, StopFailed) => (Attached, SessionAction::Nothing),
        (Attached | Asking, StopFailed) => (state, SessionAction::Nothing),
    }
}

/// The exit code that a shell reports for a program killed by a signal.
fn shell_code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(1)
}

#[cfg(test)]
mod tests;
