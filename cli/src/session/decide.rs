//! The table of keys and signals: `decide` maps a state and an input to the next state and an action.
//! Pure: it does no I/O.

use crate::args::OnExit;

/// The state of an attached session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionState {
    /// Output and input are copied.
    Attached,
    /// After Ctrl+C: the question whether to stop the process is on the screen, and output is held
    /// back.
    Asking,
    /// A stop was requested; the last output is still copied.
    Stopping,
    /// A forced stop was requested after a second Ctrl+C.
    Killing,
}

/// A key, a signal or a failed stop request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionInput {
    /// Ctrl+C as a key.
    InterruptKey(KeyOwner),
    /// Ctrl+C as SIGINT: the terminal is in its original mode.
    InterruptSignal,
    /// Ctrl+Z as a key.
    SuspendKey(KeyOwner),
    /// Any other key, or a line.
    Text(Answer),
    /// The keys to detach.
    Detach,
    /// EOF: Ctrl+D on an empty line, or the terminal has hung up.
    Eof,
    /// SIGTERM or SIGHUP, by number.
    Terminate(i32),
    /// The stop request failed.
    StopFailed,
}

/// Whose key Ctrl+C or Ctrl+Z is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyOwner {
    /// The program reads keys itself, or did so earlier in this run.
    Program,
    /// The program only reads lines.
    Session,
}

/// What a key means as an answer to the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Yes,
    /// `n` or Enter.
    No,
    /// Escape.
    Cancel,
    /// No answer: the key is meant for the process.
    Other,
}

impl Answer {
    /// The meaning of the first key of this input. An escape with more after it begins another key,
    /// for example an arrow.
    pub(super) fn of(input: &[u8]) -> Self {
        match input {
            [b'y' | b'Y', ..] => Self::Yes,
            [b'n' | b'N' | b'\r' | b'\n', ..] => Self::No,
            [0x1b] => Self::Cancel,
            _ => Self::Other,
        }
    }
}

/// The action that follows an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SessionAction {
    Nothing,
    /// Send the bytes to the process.
    Forward,
    /// Close the standard input of the process.
    CloseInput,
    /// Suspend this command, and not the process.
    Suspend,
    /// Ask whether to stop the process.
    Ask,
    /// Request a stop of the process, as Ctrl+C does (`interrupt`), or by force.
    Stop {
        interrupt: bool,
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
    /// The process shares our terminal with other programs. Ctrl+C is for all of them.
    pub(super) is_shared: bool,
    /// This command started the process, so EOF on our standard input is EOF on that of the process.
    pub(super) owns_stdin: bool,
}

/// 128 + SIGINT. Leaving is no success: a script must not continue as if the process had ended.
const INTERRUPTED: u8 = 130;

/// Returns the next state and the action.
pub(super) fn decide(
    state: SessionState,
    input: SessionInput,
    policy: ExitPolicy,
) -> (SessionState, SessionAction) {
    use SessionInput::{
        Detach, Eof, InterruptKey, InterruptSignal, StopFailed, SuspendKey, Terminate, Text,
    };
    use SessionState::{Asking, Attached, Killing, Stopping};
    let stop = (Stopping, SessionAction::Stop { interrupt: false, force: false });
    let interrupt = (Stopping, SessionAction::Stop { interrupt: true, force: false });
    match (state, input) {
        (Attached, InterruptKey(KeyOwner::Program)) => (Attached, SessionAction::Forward),
        (Attached, InterruptKey(KeyOwner::Session) | InterruptSignal) => match policy.on_exit {
            OnExit::Stop => interrupt,
            OnExit::Ask if policy.is_shared => (Attached, SessionAction::Forward),
            OnExit::Ask if policy.can_ask => (Asking, SessionAction::Ask),
            OnExit::Ask | OnExit::Detach => (Attached, SessionAction::Leave(INTERRUPTED)),
        },
        (Attached, SuspendKey(KeyOwner::Session)) => (Attached, SessionAction::Suspend),
        (Asking, Text(Answer::Yes)) => interrupt,
        (Asking, Text(Answer::No) | Eof) => (Attached, SessionAction::Leave(INTERRUPTED)),
        (Asking, Text(Answer::Cancel) | InterruptKey(_) | InterruptSignal) => {
            (Attached, SessionAction::Nothing)
        }
        (Asking, Text(Answer::Other) | SuspendKey(_)) => (Attached, SessionAction::Forward),
        (Stopping, InterruptKey(_) | InterruptSignal) => {
            (Killing, SessionAction::Stop { interrupt: false, force: true })
        }
        // A process that cannot be killed must not block the user.
        (Killing, InterruptKey(_) | InterruptSignal) => {
            (Killing, SessionAction::Leave(INTERRUPTED))
        }
        (_, Detach) => (state, SessionAction::Leave(INTERRUPTED)),
        (Attached | Stopping | Killing, Text(_) | SuspendKey(_)) => (state, SessionAction::Forward),
        (Attached | Stopping | Killing, Eof) if policy.owns_stdin => {
            (state, SessionAction::CloseInput)
        }
        (Attached | Stopping | Killing, Eof) => (state, SessionAction::Leave(INTERRUPTED)),
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
