//! One event after the other: look it up in the table, do what it says. The only place that
//! holds the terminal, the keys' way to the process, and how far we have come in leaving.

use std::process::ExitCode;
use std::sync::mpsc::SyncSender;

use persistproc_api::client::Client;
use persistproc_api::follow::runs_dropped;
use persistproc_api::{ErrorCode, Problem, Process, Status, Target};
use signal_hook::consts::{SIGCONT, SIGINT, SIGWINCH};

use super::decide::{Act, Input, Policy, State, decide};
use super::keyboard::{Keyboard, Source};
use super::prompt::Prompt;
use super::{Event, Session, Told, farewell, requests};
use crate::error::{Failure, Outcome};
use crate::render::words;
use crate::terminal::{self, Terminal};

/// A session under way.
pub(super) struct Watch {
    client: Client,
    process: Process,
    events: SyncSender<Event>,
    source: Source,
    policy: Policy,
    state: State,
    prompt: Prompt,
    keyboard: Keyboard,
    /// Our output is gone, but a stop was asked for and is awaited.
    deaf: Option<Failure>,
}

impl Watch {
    pub(super) fn new(session: &Session, events: SyncSender<Event>) -> Self {
        let source = Source::of(session);
        let terminal = match source {
            Source::Keys | Source::Lines => Terminal::take().ok(),
            Source::Pipe | Source::Unwanted => None,
        };
        let keys = source == Source::Keys;
        let policy = Policy { on_exit: session.on_exit, can_ask: terminal::can_ask(), keys };
        let mut watch = Self {
            client: session.client.clone(),
            process: session.process.clone(),
            events,
            source,
            policy,
            state: State::Watching,
            prompt: Prompt { silent: session.silent, terminal },
            keyboard: Keyboard::default(),
            deaf: None,
        };
        watch.take_terminal();
        watch
    }

    /// Begins to read what is typed or piped.
    pub(super) fn read_input(&mut self, session: &Session) {
        self.keyboard = Keyboard::open(session, self.source, &self.events);
    }

    /// What comes of an event; something, if it is the end.
    pub(super) fn take(&mut self, event: Event) -> Option<Outcome> {
        match event {
            Event::Told(told) => self.told(told),
            Event::OutputOver(Ok(())) => None,
            Event::OutputOver(Err(failure)) => self.output_failed(failure),
            Event::Text(bytes) => self.text(&bytes),
            Event::Interrupt => self.decided(Input::Interrupt, &[CTRL_C]),
            Event::Signal(SIGINT) => {
                // A shell's `fg` says nothing to a job that runs; this key does.
                self.resume();
                self.decided(Input::Interrupt, &[])
            }
            Event::Suspend => {
                self.prompt.suspend();
                None
            }
            Event::InputEnd => self.decided(Input::End, &[]),
            Event::InputLost(problem) => {
                self.prompt.problem(&problem);
                None
            }
            Event::InputUnwanted => {
                self.prompt.restore();
                Some(Err(farewell::unwanted_input(&self.process).into()))
            }
            Event::Signal(SIGWINCH) => {
                self.keyboard.resized();
                None
            }
            Event::Signal(SIGCONT) => {
                self.resume();
                None
            }
            Event::Signal(signal) => self.decided(Input::Ended(signal), &[]),
            Event::StopAnswer(answer) => self.stop_answered(answer),
        }
    }

    fn told(&mut self, told: Told) -> Option<Outcome> {
        match told {
            Told::Run(process) => self.process = *process,
            Told::Restarting(status) => {
                let fate = words::fate(&status);
                self.prompt.note(&format!("It {fate}; a new run begins."));
            }
            Told::Dropped(bytes) => {
                self.prompt
                    .note(&format!("{bytes} bytes of output were dropped by the log limit."));
            }
            Told::RunsDropped(first, last) => self.prompt.note(&runs_dropped(first, last)),
            Told::Ended(status) => return Some(self.ended(&status)),
        }
        None
    }

    fn ended(&mut self, status: &Status) -> Outcome {
        if self.state == State::Asking {
            self.prompt.answered();
        }
        self.prompt.restore();
        let by_us = matches!(self.state, State::Stopping | State::Killing);
        if let Some(words) = farewell::words(&self.process, status, by_us) {
            self.prompt.note(&words);
        }
        farewell::outcome(&self.process, status)
    }

    /// When a stop is under way, its answer is the last thing worth waiting for.
    fn output_failed(&mut self, failure: Failure) -> Option<Outcome> {
        if matches!(self.state, State::Stopping | State::Killing) {
            self.deaf = Some(failure);
            return None;
        }
        self.prompt.restore();
        // A program that writes on would never know: here nobody closes its output.
        let alive = |now: Process| now.status.is_alive();
        if failure.is_broken_pipe()
            && self.client.process(&Target::from(&self.process)).is_ok_and(alive)
        {
            self.still_running();
        }
        Some(Err(failure))
    }

    fn text(&mut self, bytes: &[u8]) -> Option<Outcome> {
        // Somebody types to us, so we are not suspended, whatever we thought.
        self.take_terminal();
        let first = *bytes.first()?;
        self.decided(Input::Text(first), bytes)
    }

    fn decided(&mut self, input: Input, bytes: &[u8]) -> Option<Outcome> {
        let (state, act) = decide(self.state, input, self.policy);
        if self.state == State::Asking && state != State::Asking {
            self.prompt.answered();
        }
        self.state = state;
        match act {
            Act::Nothing => {}
            Act::Forward => self.keyboard.send(bytes),
            Act::CloseInput => self.keyboard.end(),
            Act::Ask => self.prompt.ask(),
            Act::Stop { force } => self.stop(force),
            Act::Leave(code) => return Some(self.leave(code)),
        }
        None
    }

    fn stop(&self, force: bool) {
        let target = Target::from(&self.process);
        requests::stop(self.client.clone(), target, force, self.events.clone());
    }

    fn leave(&mut self, code: u8) -> Outcome {
        self.prompt.restore();
        self.still_running();
        Ok(ExitCode::from(code))
    }

    fn still_running(&self) {
        let id = &self.process.id;
        self.prompt.note(&format!("Still running: pp attach {id} · pp stop {id}"));
    }

    /// The end itself comes with the output, after its last byte.
    fn stop_answered(&mut self, answer: Result<Box<Process>, Problem>) -> Option<Outcome> {
        let failure = self.deaf.take();
        match answer {
            Ok(process) if failure.is_some() => {
                Some(farewell::outcome(&self.process, &process.status))
            }
            Ok(_) => None,
            Err(_) if failure.is_some() => failure.map(Err),
            // It ended by itself meanwhile, or a stronger request took over.
            Err(problem) if is_overtaken(problem.code) => None,
            Err(problem) => {
                self.prompt.problem(&problem);
                self.decided(Input::Refused, &[])
            }
        }
    }

    fn resume(&mut self) {
        if terminal::in_foreground() {
            self.take_terminal();
            self.keyboard.resume();
        }
    }

    /// The terminal as the process needs it.
    fn take_terminal(&mut self) {
        if self.source == Source::Keys {
            self.prompt.take_terminal();
        }
    }
}

/// The byte a terminal sends for Ctrl+C.
const CTRL_C: u8 = 3;

fn is_overtaken(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NotRunning | ErrorCode::Superseded)
}
