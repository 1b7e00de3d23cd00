//! `Keyboard`: reads our standard input and sends it to the process. [`InputSource`] is the kind
//! of our standard input.

use std::sync::mpsc::SyncSender;
use std::thread::Thread;

use persistproc_api::Target;

use super::requests::{Forwarder, Resizer};
use super::{AttachOptions, SessionEvent, input};
use crate::terminal;

/// The kind of our standard input, and its use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputSource {
    /// A terminal, in raw mode: the process has a terminal and receives every key.
    Keys,
    /// A terminal, in line mode.
    Lines,
    /// A pipe or a file that is copied to the process until EOF.
    Pipe,
    /// A pipe or a file that is not copied, because another command started the process.
    Refused,
}

impl InputSource {
    pub(super) fn of(options: &AttachOptions) -> Self {
        if terminal::stdin_is_terminal() {
            let raw = options.process.tty && terminal::is_interactive();
            if raw { Self::Keys } else { Self::Lines }
        } else if options.owns_stdin {
            Self::Pipe
        } else {
            Self::Refused
        }
    }
}

/// The path of our input to the process. Each part exists only if the input source needs it.
#[derive(Default)]
pub(super) struct Keyboard {
    forwarder: Option<Forwarder>,
    resizer: Option<Resizer>,
    reader: Option<Thread>,
}

impl Keyboard {
    /// Starts to read typed or piped input.
    pub(super) fn open(
        options: &AttachOptions,
        source: InputSource,
        events: &SyncSender<SessionEvent>,
    ) -> Self {
        let client = options.client.clone();
        let target = Target::from(&options.process);
        let mut keyboard = Self::default();
        match source {
            InputSource::Pipe => {
                input::forward_pipe(client, target, events.clone());
                return keyboard;
            }
            InputSource::Refused => {
                input::refuse_pipe(events.clone());
                return keyboard;
            }
            InputSource::Lines if !options.owns_stdin => {}
            InputSource::Lines => keyboard.forwarder = Some(Forwarder::new(client, target)),
            InputSource::Keys => {
                keyboard.forwarder = Some(Forwarder::new(client.clone(), target.clone()));
                keyboard.resizer = Some(Resizer::new(client, target));
            }
        }
        // The terminal in which it was started may have had another size.
        if !options.owns_stdin {
            keyboard.resized();
        }
        keyboard.reader = Some(input::read_terminal(events.clone()));
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

    /// Continues to read after we have returned to the foreground.
    pub(super) fn resume(&self) {
        self.reader.iter().for_each(Thread::unpark);
        self.resized();
    }
}
