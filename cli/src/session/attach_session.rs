//! `AttachSession`: the main thread's side of a session. It holds the terminal, the input path and the
//! state, and handles one event after another.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use persistproc_api::client::Client;
use persistproc_api::control::StopRequest;
use persistproc_api::follow::{output_lost, runs_dropped};
use persistproc_api::process::{LetGo, let_go_sentence};
use persistproc_api::{ErrorCode, Problem, Process, Status, Target};
use signal_hook::consts::{SIGCONT, SIGINT, SIGWINCH};

use super::console::Console;
use super::decide::{
    Answer, ExitPolicy, KeyOwner, SessionAction, SessionInput, SessionState, decide,
};
use super::keyboard::{InputPlan, Keyboard, TypedInput};
use super::screen::Screen;
use super::shim_link::ShimLink;
use super::{AttachOptions, OutputEvent, SessionEvent, exit_message, requests};
use crate::error::{Failure, Outcome};
use crate::render::words;
use crate::terminal::{self, Key, KeySplitter, Terminal};

/// The byte that a terminal sends for Ctrl+C.
pub(super) const CTRL_C: u8 = 3;

/// How long output is shown after the process was stopped. A program that floods the terminal has
/// more than it can show in that time.
const OUTPUT_TIMEOUT: Duration = Duration::from_millis(300);

/// An attached session.
pub(super) struct AttachSession {
    client: Client,
    process: Process,
    events: SyncSender<SessionEvent>,
    plan: InputPlan,
    policy: ExitPolicy,
    /// This command started the process.
    owns_output: bool,
    state: SessionState,
    console: Console,
    /// Finds our keys in the input. `None` if the terminal is in line mode.
    keys: Option<KeySplitter>,
    keyboard: Keyboard,
    /// What the copy of the output must be, and is.
    completeness: Completeness,
    /// `None` if the process has no terminal, or a shim that is too old.
    link: Option<ShimLink>,
    /// Processes that outlive the run.
    let_go: Vec<LetGo>,
    /// Why our output failed, while a stop is under way whose reply ends the session.
    output_failure: Option<Failure>,
    /// The status after a stop that we requested.
    stopped: Option<Status>,
    /// Ctrl+C was passed on to all programs that share our terminal.
    is_interrupted: bool,
}

impl AttachSession {
    pub(super) fn new(
        options: &AttachOptions,
        events: SyncSender<SessionEvent>,
    ) -> Result<Self, Failure> {
        let plan = InputPlan::of(options);
        let terminal = match plan.typed {
            TypedInput::Keys | TypedInput::SharedKeys | TypedInput::Lines => Terminal::open().ok(),
            TypedInput::Nothing => None,
        };
        let handle = terminal.as_ref().map(Terminal::handle);
        let screen = Arc::new(Screen::new(handle)?);
        let is_viewer = matches!(plan.typed, TypedInput::Keys | TypedInput::SharedKeys);
        let link = is_viewer.then(|| connect(options, &screen, &events)).flatten();
        if link.is_none() {
            screen.begin_unknown();
        }
        let keys = handle
            .filter(|_| is_viewer)
            .map(|handle| KeySplitter::new(handle.signal_keys(), options.detach_keys.clone()));
        let policy = ExitPolicy {
            on_exit: options.on_exit,
            can_ask: terminal.is_some(),
            is_shared: plan.typed == TypedInput::SharedKeys,
            owns_stdin: options.owns_stdin,
        };
        let mut session = Self {
            client: options.client.clone(),
            process: options.process.clone(),
            events,
            plan,
            policy,
            owns_output: options.owns_stdin,
            state: SessionState::Attached,
            console: Console { silent: options.silent, terminal, screen },
            keys,
            keyboard: Keyboard::default(),
            completeness: Completeness::NotRequired,
            link,
            let_go: Vec::new(),
            output_failure: None,
            stopped: None,
            is_interrupted: false,
        };
        session.use_terminal();
        Ok(session)
    }

    /// What this session writes to the terminal.
    pub(super) fn screen(&self) -> Arc<Screen> {
        Arc::clone(&self.console.screen)
    }

    /// Output that is missing makes this command fail, if `required`.
    pub(super) fn require_output(&mut self, required: bool) {
        if required {
            self.completeness = Completeness::Required;
        }
    }

    /// Starts to read typed or piped input.
    pub(super) fn read_input(&mut self, options: &AttachOptions) {
        let terminal = self.console.terminal.as_ref().map(Terminal::handle);
        let link = self.link.as_ref();
        self.keyboard = Keyboard::open(options, self.plan, terminal, link, &self.events);
        if !options.owns_stdin {
            self.link.iter().for_each(ShimLink::repaint);
        }
    }

    /// Handles an event. Returns the outcome if it ends the session.
    pub(super) fn handle(&mut self, event: SessionEvent) -> Option<Outcome> {
        match event {
            SessionEvent::Output(event) => self.handle_output(event),
            SessionEvent::OutputDone(Ok(())) => None,
            SessionEvent::OutputDone(Err(failure)) => self.output_failed(failure),
            SessionEvent::OutputOverdue => self.skip_output(),
            SessionEvent::Typed(bytes) => self.handle_typed(&bytes),
            SessionEvent::TerminalChanged => {
                self.use_terminal();
                None
            }
            SessionEvent::Signal(SIGINT) => {
                // `fg` does not send SIGCONT to a job that is running already. Ctrl+C shows that we
                // are in the foreground.
                self.resume();
                self.is_interrupted = self.policy.is_shared;
                self.handle_input(SessionInput::InterruptSignal, &[CTRL_C])
            }
            SessionEvent::InputEof => self.handle_input(SessionInput::Eof, &[]),
            SessionEvent::InputLost(problem) => {
                self.console.problem(&problem);
                None
            }
            SessionEvent::InputRefused => {
                self.console.leave();
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
                self.console.screen.reset_modes();
                let status = words::status_phrase(&status);
                self.console.note(&format!("It {status}; a new run begins."));
                self.link.iter().for_each(ShimLink::expect_new_run);
            }
            OutputEvent::Dropped(bytes) => {
                self.output_missing(&format!(
                    "{bytes} bytes of output were dropped by the log limit."
                ));
            }
            OutputEvent::Lost(bytes) => self.output_missing(&output_lost(bytes)),
            OutputEvent::RunsDropped(first, last) => {
                self.output_missing(&runs_dropped(first, last));
            }
            OutputEvent::LetGo(let_go) => self.let_go = let_go,
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
        if let Some(sentence) = let_go_sentence(&self.let_go) {
            self.console.note(&words::shown(&sentence));
        }
        let is_success = status.exit().is_some_and(|exit| exit.shell_code() == 0);
        if self.completeness == Completeness::Failed && is_success {
            return Ok(ExitCode::FAILURE);
        }
        exit_message::outcome(&self.process, status)
    }

    /// Ends the session after a stop, if the output would still take long.
    fn skip_output(&mut self) -> Option<Outcome> {
        let status = self.stopped.take()?;
        self.console.leave();
        let id = &self.process.id;
        self.console.note(&format!("The end of the output was skipped: pp output {id}"));
        Some(exit_message::outcome(&self.process, &status))
    }

    /// Ends the session, unless a stop is under way: then its reply ends the session.
    fn output_failed(&mut self, failure: Failure) -> Option<Outcome> {
        if self.is_stopping() {
            self.output_failure = Some(failure);
            return None;
        }
        if self.is_interrupted {
            // Ctrl+C has ended the reader of our output, and probably the process.
            self.output_failure = Some(failure);
            let target = Target::from(&self.process);
            requests::await_end(self.client.clone(), target, self.events.clone());
            return None;
        }
        self.console.leave();
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

    fn handle_typed(&mut self, bytes: &[u8]) -> Option<Outcome> {
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
        // A line from a terminal that other programs share has been edited by the terminal.
        let is_raw = self.console.is_raw();
        let Some(keys) = self.keys.as_mut().filter(|_| is_raw) else {
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
    pub(super) fn held_time(&self) -> Option<Duration> {
        let until = self.keys.as_ref()?.held_until()?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    /// Passes on the keys that were held.
    pub(super) fn pass_held_keys(&mut self) {
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

    fn handle_input(&mut self, input: SessionInput, bytes: &[u8]) -> Option<Outcome> {
        let (state, action) = decide(self.state, input, self.policy);
        let was_asking = self.state == SessionState::Asking && state != SessionState::Asking;
        if was_asking {
            self.console.end_question();
        }
        self.state = state;
        match action {
            SessionAction::Nothing => {}
            SessionAction::Forward => self.forward(bytes),
            SessionAction::CloseInput => self.keyboard.send_eof(),
            SessionAction::Suspend => self.suspend(),
            SessionAction::Ask => self.console.ask(),
            SessionAction::Stop { interrupt, force } => self.request_stop(interrupt, force),
            SessionAction::Leave(code) => return Some(self.leave(code)),
        }
        None
    }

    fn forward(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.plan.typed == TypedInput::SharedKeys && !self.console.is_raw() {
            // Our terminal has shown the line when it was typed.
            self.console.screen.expect_echo(bytes);
        }
        self.keyboard.send(bytes);
    }

    fn request_stop(&self, interrupt: bool, force: bool) {
        let target = Target::from(&self.process);
        let request = StopRequest { interrupt, force, ..StopRequest::default() };
        requests::stop(self.client.clone(), target, request, self.events.clone());
    }

    fn leave(&mut self, code: u8) -> Outcome {
        self.console.leave();
        self.note_still_running();
        exit_message::left(code)
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
                self.console.leave();
                Some(exit_message::outcome(&self.process, &process.status))
            }
            Ok(process) => {
                // Output to a file is never skipped.
                if terminal::shows_all_output() {
                    self.stopped = Some(process.status.clone());
                    requests::limit_output(OUTPUT_TIMEOUT, self.events.clone());
                }
                None
            }
            Err(_) if failure.is_some() => {
                self.console.leave();
                failure.map(Err)
            }
            // The process has ended by itself, or a stronger stop request has replaced this one.
            Err(problem) if is_overtaken(problem.code) => None,
            Err(problem) => {
                self.console.problem(&problem);
                self.handle_input(SessionInput::StopFailed, &[])
            }
        }
    }

    /// Suspends this command. The process goes on.
    fn suspend(&mut self) {
        self.console.suspend();
        self.resume();
    }

    /// Continues after we were suspended, or returned to the foreground.
    fn resume(&mut self) {
        self.use_terminal();
        if self.state != SessionState::Asking {
            self.console.show_again();
        }
        if self.console.in_foreground() {
            self.keyboard.resume();
            self.link.iter().for_each(ShimLink::repaint);
        }
    }

    /// Puts our terminal into the mode that the input needs: raw mode for keys. A terminal that other
    /// programs share is raw only while the process reads keys, or hides what is typed.
    fn use_terminal(&mut self) {
        let reads_keys = match self.plan.typed {
            TypedInput::Keys => true,
            TypedInput::SharedKeys => {
                let facts = self.link.as_ref().and_then(ShimLink::last_facts);
                facts.is_some_and(|facts| !facts.canonical || !facts.echo)
            }
            TypedInput::Lines | TypedInput::Nothing => return,
        };
        if reads_keys {
            self.console.take_terminal();
        } else {
            self.console.give_back_terminal();
        }
        self.keyboard.read_keys(reads_keys);
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

/// Connects to the shim and becomes a viewer of the process.
fn connect(
    options: &AttachOptions,
    screen: &Arc<Screen>,
    events: &SyncSender<SessionEvent>,
) -> Option<ShimLink> {
    let socket = options.shim_socket.clone();
    ShimLink::connect(socket, !options.owns_stdin, screen, events)
}

fn is_overtaken(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NotRunning | ErrorCode::Superseded)
}
