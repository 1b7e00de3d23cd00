//! `Keyboard`: sends what is typed or piped to the process. [`InputPlan`] says where our input comes
//! from.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::Thread;

use persistproc_api::Target;

use super::background;
use super::input::{self, TerminalReader};
use super::requests::{Forwarder, Resizer};
use super::shim_link::ShimLink;
use super::{AttachOptions, SessionEvent};
use crate::terminal::{self, TerminalHandle};

/// What is typed on our terminal, and its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypedInput {
    /// The process has a terminal and receives every key.
    Keys,
    /// The same, but other programs share our terminal: `pp x | less`. It is neither read nor changed
    /// until the process needs it.
    SharedKeys,
    /// The process has no terminal and receives lines.
    Lines,
    /// We have no terminal.
    Nothing,
}

/// What comes from a pipe or a file on standard input, and its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PipedInput {
    /// Copied to the process until EOF.
    Copied,
    /// Not copied, because another command started the process.
    Refused,
    /// Standard input is a terminal, or belongs to the process itself.
    Nothing,
}

/// Where our input comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InputPlan {
    pub(super) typed: TypedInput,
    pub(super) piped: PipedInput,
}

impl InputPlan {
    pub(super) fn of(options: &AttachOptions) -> Self {
        let stdin_is_terminal = terminal::stdin_is_terminal();
        let typed = if options.process.tty && terminal::can_type() {
            if terminal::is_in_pipeline() { TypedInput::SharedKeys } else { TypedInput::Keys }
        } else if !options.process.tty && stdin_is_terminal {
            TypedInput::Lines
        } else {
            TypedInput::Nothing
        };
        let is_handed = options.owns_stdin && !options.process.stdin.is_own();
        let piped = match (stdin_is_terminal, options.owns_stdin) {
            (true, _) => PipedInput::Nothing,
            _ if is_handed => PipedInput::Nothing,
            (false, true) => PipedInput::Copied,
            (false, false) => PipedInput::Refused,
        };
        Self { typed, piped }
    }
}

/// The path of our input to the process. Each part exists only if the input plan needs it.
#[derive(Default)]
pub(super) struct Keyboard {
    forwarder: Option<Forwarder>,
    resizer: Option<Resizer>,
    reader: Option<Thread>,
    /// The thread that looks whether the process needs the terminal while we are in the background.
    watcher: Option<Thread>,
    /// The terminal is read as keys are typed, not only when the process waits for a line.
    reads_keys: Arc<AtomicBool>,
}

impl Keyboard {
    /// Starts to read typed and piped input.
    pub(super) fn open(
        options: &AttachOptions,
        plan: InputPlan,
        terminal: Option<&TerminalHandle>,
        reads_keys: bool,
        link: Option<&ShimLink>,
        events: &SyncSender<SessionEvent>,
    ) -> Self {
        let client = options.client.clone();
        let target = Target::from(&options.process);
        let mut keyboard = Self::default();
        match plan.piped {
            PipedInput::Copied => {
                input::forward_pipe(client.clone(), target.clone(), events.clone());
            }
            PipedInput::Refused => input::refuse_pipe(events.clone()),
            PipedInput::Nothing => {}
        }
        let Some(terminal) = terminal.filter(|_| plan.typed != TypedInput::Nothing) else {
            return keyboard;
        };
        keyboard.forwarder = Some(match link {
            Some(link) => Forwarder::to_terminal(link.clone(), client.clone(), target.clone()),
            None => Forwarder::to_stdin(client.clone(), target.clone()),
        });
        if plan.typed != TypedInput::Lines {
            keyboard.resizer = Some(match link {
                Some(link) => Resizer::Link(link.clone()),
                None => Resizer::by_daemon(client, target),
            });
            // The terminal in which it was started may have had another size.
            if link.is_none() && !options.owns_stdin {
                keyboard.resized();
            }
        }
        keyboard.reads_keys.store(reads_keys, Ordering::Relaxed);
        if let Some(link) = link.filter(|_| options.owns_stdin) {
            keyboard.watcher =
                Some(background::watch(terminal.clone(), link.clone(), events.clone()));
        }
        let reader = TerminalReader {
            terminal: terminal.clone(),
            reads_keys: Arc::clone(&keyboard.reads_keys),
            link: link.cloned(),
            events: events.clone(),
        };
        keyboard.reader = Some(reader.start());
        keyboard
    }

    pub(super) fn send(&self, bytes: &[u8]) {
        self.forwarder.iter().for_each(|forwarder| forwarder.send(bytes.to_vec()));
    }

    pub(super) fn send_eof(&self) {
        self.forwarder.iter().for_each(Forwarder::send_eof);
    }

    pub(super) fn resized(&self) {
        self.resizer.iter().for_each(Resizer::changed);
    }

    /// Reads keys as they are typed, or only when the process waits for a line.
    pub(super) fn read_keys(&self, reads_keys: bool) {
        self.reads_keys.store(reads_keys, Ordering::Relaxed);
        self.wake();
    }

    /// Continues to read after we have returned to the foreground.
    pub(super) fn resume(&self) {
        self.wake();
        self.resized();
    }

    /// Looks again whether the process needs the terminal, after we were continued.
    pub(super) fn continued(&self) {
        self.watcher.iter().for_each(Thread::unpark);
    }

    fn wake(&self) {
        self.reader.iter().for_each(Thread::unpark);
    }
}
