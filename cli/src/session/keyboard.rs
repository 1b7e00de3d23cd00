//! Where our input comes from and how it gets to the process. What a key means to us is
//! decided elsewhere.

use std::sync::mpsc::SyncSender;
use std::thread::Thread;

use persistproc_api::Target;

use super::requests::{Forwarder, Resizer};
use super::{Event, Session, input};
use crate::terminal;

/// What standard input is, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A terminal that the process should have as its own: every key at once.
    Keys,
    /// A terminal, for lines of input and for answers to us.
    Lines,
    /// A pipe or a file, to be handed on to its end.
    Pipe,
    /// A pipe or a file whose bytes nobody would get: the process ran already.
    Unwanted,
}

impl Source {
    pub(super) fn of(session: &Session) -> Self {
        match terminal::keyboard() {
            true if session.process.tty && terminal::is_interactive() => Self::Keys,
            true => Self::Lines,
            false if session.ours => Self::Pipe,
            false => Self::Unwanted,
        }
    }
}

/// The way from our input to the process. Each part is there only if there is a use for it.
#[derive(Default)]
pub(super) struct Keyboard {
    forwarder: Option<Forwarder>,
    resizer: Option<Resizer>,
    reader: Option<Thread>,
}

impl Keyboard {
    /// Begins to read what is typed or piped.
    pub(super) fn open(session: &Session, source: Source, events: &SyncSender<Event>) -> Self {
        let client = session.client.clone();
        let target = Target::from(&session.process);
        let mut keyboard = Self::default();
        match source {
            Source::Pipe => {
                input::forward_pipe(client, target, events.clone());
                return keyboard;
            }
            Source::Unwanted => {
                input::refuse_pipe(events.clone());
                return keyboard;
            }
            Source::Lines if !session.ours => {}
            Source::Lines => keyboard.forwarder = Some(Forwarder::new(client, target)),
            Source::Keys => {
                keyboard.forwarder = Some(Forwarder::new(client.clone(), target.clone()));
                keyboard.resizer = Some(Resizer::new(client, target));
            }
        }
        // Whoever started it may have had a terminal of another size.
        if !session.ours {
            keyboard.resized();
        }
        keyboard.reader = Some(input::read_terminal(events.clone()));
        keyboard
    }

    pub(super) fn send(&self, bytes: &[u8]) {
        self.forwarder.iter().for_each(|forwarder| forwarder.send(bytes.to_vec()));
    }

    pub(super) fn end(&self) {
        self.forwarder.iter().for_each(Forwarder::end);
    }

    pub(super) fn resized(&self) {
        self.resizer.iter().for_each(Resizer::changed);
    }

    /// The terminal is ours again.
    pub(super) fn resume(&self) {
        self.reader.iter().for_each(Thread::unpark);
        self.resized();
    }
}
