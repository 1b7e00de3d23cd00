//! `AttachSession`: the main thread's side of a session. It holds the terminal, the input path and the
//! state, and handles one event after another.

use std::process::ExitCode;
use std::sync::mpsc::SyncSender;

use persistproc_api::client::Client;
use persistproc_api::follow::{bytes_lost, runs_dropped};
use persistproc_api::{ErrorCode, Problem, Process, Status, Target};
use signal_hook::consts::{SIGCONT, SIGINT, SIGWINCH};

use super::console::Console;
use super::decide::{ExitPolicy, SessionAction, SessionInput, SessionState, decide};
use super::keyboard::{InputSource, Keyboard};
use super::{AttachOptions, OutputEvent, SessionEvent, exit_message, requests};
use crate::error::{Failure, Outcome};
use crate::render::words;
use crate::terminal::{self, Terminal};

/// The byte that a terminal sends for Ctrl+C.
const CTRL_C: u8 = 3;

/// An attached session.
pub(super) struct AttachSession {
    client: Client,
    process: Process,
    events: SyncSender<SessionEvent>,
    source: InputSource,
    policy: ExitPolicy,
    /// This command started the process.
    owns_output: bool,
    state: SessionState,
    console: Console,
    keyboard: Keyboard,
    /// What the copy of the output must be, and is.
    completeness: Completeness,
    /// Why our output failed, while a stop is under way whose reply ends the session.
    output_failure: Option<Failure>,
}

impl AttachSession {
    pub(super) fn new(options: &AttachOptions, events: SyncSender<SessionEvent>) -> Self {
        let source = InputSource::of(options);
        let terminal = match source {
            InputSource::Keys | InputSource::Lines => Terminal::take().ok(),
            InputSource::Pipe | InputSource::Refused => None,
        };
        let policy = ExitPolicy {
            on_exit: options.on_exit,
            can_ask: terminal::can_ask(),
            raw_keys: source == InputSource::Keys,
        };
        let mut session = Self {
            client: options.client.clone(),
            process: options.process.clone(),
            events,
            source,
            policy,
            owns_output: options.owns_stdin,
            state: SessionState::Attached,
            console: Console { silent: options.silent, terminal },
            keyboard: Keyboard::default(),
            completeness: Completeness::NotRequired,
            output_failure: None,
        };
        session.take_terminal();
        session
    }

    /// Output that is missing makes this command fail, if `required`.
    pub(super) fn require_output(&mut self, required: bool) {
        if required {
            self.completeness = Completeness::Required;
        }
    }

    /// Starts to read typed or piped input.
    pub(super) fn read_input(&mut self, options: &AttachOptions) {
        self.keyboard = Keyboard::open(options, self.source, &self.events);
    }

    /// Handles an event. Returns the outcome if it ends the session.
    pub(super) fn handle(&mut self, event: SessionEvent) -> Option<Outcome> {
        match event {
            SessionEvent::Output(event) => self.handle_output(event),
            SessionEvent::OutputDone(Ok(())) => None,
            SessionEvent::OutputDone(Err(failure)) => self.output_failed(failure),
            SessionEvent::Text(bytes) => self.handle_text(&bytes),
            SessionEvent::Interrupt => self.handle_input(SessionInput::Interrupt, &[CTRL_C]),
            SessionEvent::Signal(SIGINT) => {
                // `fg` does not send SIGCONT to a job that is running already. Ctrl+C shows that we
                // are in the foreground.
                self.resume();
                self.handle_input(SessionInput::Interrupt, &[])
            }
            SessionEvent::Suspend => {
                self.console.suspend();
                None
            }
            SessionEvent::InputEof => self.handle_input(SessionInput::Eof, &[]),
            SessionEvent::InputLost(problem) => {
                self.console.problem(&problem);
                None
            }
            SessionEvent::InputRefused => {
                self.console.restore();
                Some(Err(exit_message::input_refused(&self.process).into()))
            }
            SessionEvent::Signal(SIGWINCH) => {
                self.keyboard.resized();
                None
            }
            SessionEvent::Signal(SIGCONT) => {
                self.resume();
                None
            }
            SessionEvent::Signal(signal) => self.handle_input(SessionInput::Terminate(signal), &[]),
            SessionEvent::StopReply(reply) => self.handle_stop_reply(reply),
        }
    }

    fn handle_output(&mut self, event: OutputEvent) -> Option<Outcome> {
        match event {
            OutputEvent::Run(process) => self.process = *process,
            OutputEvent::Restarting(status) => {
                let status = words::status_phrase(&status);
                self.console.note(&format!("It {status}; a new run begins."));
            }
            OutputEvent::Dropped(bytes) => {
                self.output_missing(&format!(
                    "{bytes} bytes of output were dropped by the log limit."
                ));
            }
            OutputEvent::Lost(bytes) => self.output_missing(&bytes_lost(bytes)),
            OutputEvent::RunsDropped(first, last) => {
                self.output_missing(&runs_dropped(first, last));
            }
            OutputEvent::Ended(status) => return Some(self.process_ended(&status)),
        }
        None
    }

    /// Output was not copied. Where it must be complete, one line says so, even in a silent session.
    fn output_missing(&mut self, text: &str) {
        match self.completeness {
            Completeness::NotRequired => self.console.note(text),
            Completeness::Required => {
                self.console.problem(&Problem::new(ErrorCode::Storage, text));
                self.completeness = Completeness::Failed;
            }
            Completeness::Failed => {}
        }
    }

    fn process_ended(&mut self, status: &Status) -> Outcome {
        if self.state == SessionState::Asking {
            self.console.end_question();
        }
        self.console.restore();
        if let Some(message) = exit_message::message(&self.process, status, self.is_stopping()) {
            self.console.note(&message);
        }
        let is_success = status.exit().is_some_and(|exit| exit.shell_code() == 0);
        if self.completeness == Completeness::Failed && is_success {
            return Ok(ExitCode::FAILURE);
        }
        exit_message::outcome(&self.process, status)
    }

    /// Ends the session, unless a stop is under way: then its reply ends the session.
    fn output_failed(&mut self, failure: Failure) -> Option<Outcome> {
        if self.is_stopping() {
            self.output_failure = Some(failure);
            return None;
        }
        self.console.restore();
        if !failure.is_broken_pipe() {
            return Some(Err(failure));
        }
        match self.client.process(&Target::from(&self.process)) {
            // The broken pipe ends this command, but not the process: its output goes to the shim and
            // not to our standard output.
            Ok(process) if process.status.is_alive() => self.note_still_running(),
            // It has ended before the reader of its output, as it may in a pipeline.
            Ok(process) if self.owns_output && process.run == self.process.run => {
                return Some(exit_message::outcome(&process, &process.status));
            }
            _ => {}
        }
        Some(Err(failure))
    }

    fn is_stopping(&self) -> bool {
        matches!(self.state, SessionState::Stopping | SessionState::Killing)
    }

    fn handle_text(&mut self, bytes: &[u8]) -> Option<Outcome> {
        // Typed input shows that we are in the foreground again.
        self.take_terminal();
        let first = *bytes.first()?;
        self.handle_input(SessionInput::Text(first), bytes)
    }

    fn handle_input(&mut self, input: SessionInput, bytes: &[u8]) -> Option<Outcome> {
        let (state, action) = decide(self.state, input, self.policy);
        if self.state == SessionState::Asking && state != SessionState::Asking {
            self.console.end_question();
        }
        self.state = state;
        match action {
            SessionAction::Nothing => {}
            SessionAction::Forward => self.keyboard.send(bytes),
            SessionAction::CloseInput => self.keyboard.send_eof(),
            SessionAction::Ask => self.console.ask(),
            SessionAction::Stop { force } => self.request_stop(force),
            SessionAction::Leave(code) => return Some(self.leave(code)),
        }
        None
    }

    fn request_stop(&self, force: bool) {
        let target = Target::from(&self.process);
        requests::stop(self.client.clone(), target, force, self.events.clone());
    }

    fn leave(&mut self, code: u8) -> Outcome {
        self.console.restore();
        self.note_still_running();
        Ok(ExitCode::from(code))
    }

    fn note_still_running(&self) {
        let id = &self.process.id;
        self.console.note(&format!("Still running: pp attach {id} · pp stop {id}"));
    }

    /// Usually the session ends later, with the `Ended` event that follows the last byte of output.
    fn handle_stop_reply(&mut self, reply: Result<Box<Process>, Problem>) -> Option<Outcome> {
        let failure = self.output_failure.take();
        match reply {
            Ok(process) if failure.is_some() => {
                Some(exit_message::outcome(&self.process, &process.status))
            }
            Ok(_) => None,
            Err(_) if failure.is_some() => failure.map(Err),
            // The process has ended by itself, or a stronger stop request has replaced this one.
            Err(problem) if is_overtaken(problem.code) => None,
            Err(problem) => {
                self.console.problem(&problem);
                self.handle_input(SessionInput::StopFailed, &[])
            }
        }
    }

    fn resume(&mut self) {
        if terminal::in_foreground() {
            self.take_terminal();
            self.keyboard.resume();
        }
    }

    /// Switches the terminal to raw mode, if the process has a terminal.
    fn take_terminal(&mut self) {
        if self.source == InputSource::Keys {
            self.console.take_terminal();
        }
    }
}

/// Whether all output of the process must be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Completeness {
    NotRequired,
    Required,
    /// It was required, and some output is missing.
    Failed,
}

fn is_overtaken(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NotRunning | ErrorCode::Superseded)
}
