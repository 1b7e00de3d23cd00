//! `AttachSession`: the main thread's side of a session. It holds the terminal, the input path and the
//! state, and handles one event after another.

mod output;
mod typing;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use persistproc_api::client::Client;
use persistproc_api::control::StopRequest;
use persistproc_api::process::LetGo;
use persistproc_api::shim::TerminalFacts;
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Process, Status, Target};
use rustix::process::{Signal, kill_current_process_group};
use signal_hook::consts::{SIGCONT, SIGINT, SIGWINCH};

use super::console::Console;
use super::decide::{ExitPolicy, SessionAction, SessionInput, SessionState, decide};
use super::keyboard::{InputPlan, Keyboard, TypedInput};
use super::screen::Screen;
use super::shim_link::ShimLink;
use super::{AttachOptions, SessionEvent, exit_message, requests};
use crate::error::{Failure, Outcome};
use crate::terminal::{self, KeySplitter, Mode, SignalKeys, Terminal};

/// The byte that a terminal sends for Ctrl+C.
pub(super) const CTRL_C: u8 = 3;

/// How long output is shown after the process was stopped. A program that floods the terminal has
/// more than it can show in that time.
const OUTPUT_TIMEOUT: Duration = Duration::from_millis(300);

/// An attached session.
pub(super) struct AttachSession {
    client: Client,
    process: Process,
    shim_socket: PathBuf,
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
    /// A thread will report the end of the run.
    is_end_awaited: bool,
    /// How a run ended that a new one follows.
    replaced_run: Option<Status>,
    /// The client name of this command.
    reader: &'static str,
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
        let screen = Arc::new(Screen::new(handle, options.process.tty)?);
        let is_viewer = matches!(plan.typed, TypedInput::Keys | TypedInput::SharedKeys);
        let link = is_viewer.then(|| ShimLink::connect(options, &screen, &events)).flatten();
        if !is_viewer {
            screen.begin_unknown();
        }
        let keys = handle.map(|handle| {
            let signals = if is_viewer { handle.signal_keys() } else { SignalKeys::NONE };
            KeySplitter::new(signals, options.detach_keys.clone())
        });
        let policy = ExitPolicy {
            on_exit: options.on_exit,
            can_ask: terminal.is_some(),
            is_shared: plan.typed == TypedInput::SharedKeys,
            owns_stdin: options.owns_stdin,
        };
        let mut session = Self {
            client: options.client.clone(),
            process: options.process.clone(),
            shim_socket: options.shim_socket.clone(),
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
            is_end_awaited: false,
            replaced_run: None,
            reader: options.reader,
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
        // Lines are read as they are. In a terminal that other programs share, or whose keys another
        // command has, nothing is read before the process needs it.
        let reads_keys =
            self.plan.typed == TypedInput::Lines || !self.console.is_in_original_mode();
        self.keyboard =
            Keyboard::open(options, self.plan, terminal, reads_keys, link, &self.events);
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
            SessionEvent::RunEnded => {
                self.end_obsolete_question();
                None
            }
            SessionEvent::Typed(bytes) => self.handle_typed(&bytes),
            SessionEvent::TerminalChanged => {
                self.use_terminal();
                None
            }
            SessionEvent::TerminalNeeded { changes_mode } => {
                self.stop_in_background(changes_mode);
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

    fn is_stopping(&self) -> bool {
        matches!(self.state, SessionState::Stopping | SessionState::Killing)
    }

    fn handle_input(&mut self, input: SessionInput, bytes: &[u8]) -> Option<Outcome> {
        let (state, action) = decide(self.state, input, self.policy);
        let was_asking = self.state == SessionState::Asking && state != SessionState::Asking;
        self.state = state;
        if was_asking {
            self.console.end_question();
            if !matches!(action, SessionAction::Leave(_)) {
                self.console.screen.release();
            }
        }
        match action {
            SessionAction::Nothing => {}
            SessionAction::Forward => self.forward(bytes),
            SessionAction::CloseInput => self.keyboard.send_eof(),
            SessionAction::Suspend => self.suspend(bytes.first().copied()),
            SessionAction::Ask => self.ask(),
            SessionAction::Stop { interrupt, force } => self.request_stop(interrupt, force),
            SessionAction::Leave(code) => return Some(self.leave(code)),
        }
        None
    }

    fn forward(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        if self.plan.typed == TypedInput::SharedKeys && self.console.is_in_original_mode() {
            // Our terminal has shown the line when it was typed.
            self.console.screen.expect_echo(bytes);
        }
        self.keyboard.send(bytes);
    }

    fn ask(&mut self) {
        self.console.ask();
        if !self.is_end_awaited {
            // The output thread is held back, so it does not report the end.
            self.is_end_awaited = true;
            requests::report_end(self.shim_socket.clone(), self.events.clone());
        }
    }

    /// The process has ended while the question stood: shows the rest of the output.
    fn end_obsolete_question(&mut self) {
        self.is_end_awaited = false;
        if self.state == SessionState::Asking {
            self.state = SessionState::Attached;
            self.console.end_question();
            self.console.screen.release();
        }
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
        let name = join_words(&[self.process.name()]);
        self.console
            .choices("Still running", &[format!("pp attach {name}"), format!("pp stop {name}")]);
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

    /// Suspends this command, because of a key. The process goes on.
    fn suspend(&mut self, key: Option<u8>) {
        self.console.suspend(key);
        self.resume();
    }

    /// Stops our process group, as the terminal does when a program in the background reads it, or
    /// changes its mode. SIGCONT is an event later.
    fn stop_in_background(&self, changes_mode: bool) {
        if !self.console.in_foreground() {
            let signal = if changes_mode { Signal::TTOU } else { Signal::TTIN };
            // Without a shell that does job control, the kernel discards the signal.
            kill_current_process_group(signal).ok();
        }
    }

    /// Continues after we were suspended, or returned to the foreground.
    fn resume(&mut self) {
        self.use_terminal();
        if self.state != SessionState::Asking {
            self.console.show_again();
        }
        self.keyboard.continued();
        if self.console.in_foreground() {
            self.keyboard.resume();
            self.link.iter().for_each(ShimLink::repaint);
        }
    }

    /// Puts our terminal into the mode that the input needs.
    fn use_terminal(&mut self) {
        match self.plan.typed {
            TypedInput::Keys => {
                let facts = self.link.as_ref().and_then(ShimLink::last_facts);
                self.console.take_terminal(key_mode(facts.unwrap_or_default()));
                self.keyboard.read_keys(!self.console.is_in_original_mode());
            }
            TypedInput::SharedKeys => {
                let facts = self.link.as_ref().and_then(ShimLink::last_facts);
                let mode = facts.map_or(Mode::Original, shared_mode);
                self.console.share_terminal(mode);
                self.keyboard.read_keys(mode != Mode::Original);
            }
            TypedInput::Lines | TypedInput::Nothing => {}
        }
        self.link.iter().for_each(ShimLink::mode_is_set);
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

/// The mode of a terminal that other programs share. It is raw only while the process reads keys. A
/// process that reads a hidden line leaves the output of the others as it is.
fn shared_mode(facts: TerminalFacts) -> Mode {
    match (facts.canonical, facts.echo) {
        (true, true) => Mode::Original,
        (true, false) => Mode::Unechoed,
        (false, _) => key_mode(facts),
    }
}

/// The mode in which keys are read. Line ends are ours to write as long as the terminal of the process
/// writes them too.
fn key_mode(facts: TerminalFacts) -> Mode {
    if facts.maps_newlines { Mode::Keys } else { Mode::Raw }
}

fn is_overtaken(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::NotRunning | ErrorCode::Superseded)
}
