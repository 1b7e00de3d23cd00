//! `Screen`: all that this session writes to the terminal. It passes on the output of the process,
//! holds it back while a question stands, and leaves the terminal as it was found.
//!
//! The output thread writes output, the main thread notes and questions. The lock is not held during
//! a write, which can block for as long as the terminal does.

mod echo;
mod line_ends;
mod output_filter;

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use persistproc_api::cursor::Source;
use persistproc_api::shim::ScreenState;

use self::line_ends::LineEnds;
use self::output_filter::OutputFilter;
use super::follower::{OutputPosition, OutputWriter, Sinks};
use crate::terminal::{Mode, Sink, Terminal, TerminalHandle};

/// The most bytes of one write. Between two of them the output can be held back.
const MAX_WRITE_BYTES: usize = 16 << 10;

/// How long the main thread waits for a write to end. A terminal that is paused by Ctrl+S may take
/// longer, and must not block it.
const WRITE_TIMEOUT: Duration = Duration::from_millis(500);

/// What happens to output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Shown,
    /// The output thread waits.
    Held,
    /// Output for the terminal is dropped. The log has it.
    Discarded,
}

/// The shared state of what is on the terminal.
pub(super) struct Screen {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    flow: Flow,
    /// The output thread is writing to the terminal.
    is_writing: bool,
    filter: OutputFilter,
    /// Where notes and modes are written. `None` if no descriptor is a terminal and there is no
    /// controlling terminal.
    terminal: Option<Sink>,
    /// Modes of the process are not in force, because they were undone.
    is_undone: bool,
    /// The terminal of the process writes a carriage return before each newline.
    has_line_ends: bool,
    line_ends: LineEnds,
    /// Our terminal writes a carriage return before each newline.
    maps_newlines: bool,
}

impl Screen {
    /// The screen of this session. `terminal` is our terminal, if the session uses it.
    /// `has_line_ends`: the process has a terminal, which completes its line ends.
    pub(super) fn new(terminal: Option<&TerminalHandle>, has_line_ends: bool) -> io::Result<Self> {
        let [stdout, stderr] = [Sink::stdout()?, Sink::stderr()?];
        let modes = terminal;
        let terminal = match terminal {
            _ if stderr.is_terminal() => Some(stderr),
            _ if stdout.is_terminal() => Some(stdout),
            Some(handle) => Some(Sink::terminal(handle)?),
            None => None,
        };
        let state = State {
            flow: Flow::Shown,
            is_writing: false,
            filter: OutputFilter::default(),
            terminal,
            is_undone: false,
            has_line_ends,
            line_ends: LineEnds::default(),
            maps_newlines: modes.is_some_and(|handle| handle.maps_newlines(Mode::Original)),
        };
        Ok(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Output from this position of this run on is live: its questions are for this terminal, if it
    /// `answers` them. With `state`, the screen continues where another terminal is: modes are set
    /// as they are there.
    pub(super) fn begin_live(&self, run: u32, screen: &ScreenState, continues: bool) {
        let mut state = self.lock();
        state.filter.begin_live(run, screen, continues);
        if continues {
            let modes = screen.modes.set_again();
            state.show(modes.as_bytes());
        }
    }

    /// All output is live: the shim is too old to say from where on.
    pub(super) fn begin_unknown(&self) {
        self.lock().filter.pass_all();
    }

    /// Whether this terminal answers the questions in live output.
    pub(super) fn set_answers_questions(&self, answers: bool) {
        self.lock().filter.set_answers_questions(answers);
    }

    /// The process will repeat this line, which our terminal has shown already.
    pub(super) fn expect_echo(&self, line: &[u8]) {
        self.lock().filter.expect_echo(line);
    }

    /// Writes output of the terminal that belongs to neither stdout nor stderr.
    pub(super) fn write_terminal(&self, bytes: &[u8]) {
        let sink = self.lock().terminal.as_ref().and_then(|sink| sink.try_clone().ok());
        if let Some(mut sink) = sink {
            // Fails if the terminal has hung up.
            self.write_output(&mut sink, bytes, None).ok();
        }
    }

    /// Changes the mode of our terminal between two writes.
    pub(super) fn change_mode(&self, terminal: &mut Terminal, mode: Mode) {
        let mut state = self.lock_idle();
        // If this fails, the terminal has hung up, or keeps its mode.
        terminal.enter(mode).ok();
        state.maps_newlines = terminal.handle().maps_newlines(terminal.mode());
    }

    /// Makes the output thread wait before its next write.
    pub(super) fn hold(&self) {
        self.set_flow(Flow::Held);
    }

    /// Shows output again.
    pub(super) fn release(&self) {
        self.set_flow(Flow::Shown);
    }

    /// Drops further output for the terminal.
    pub(super) fn discard(&self) {
        self.set_flow(Flow::Discarded);
    }

    /// Undoes the modes that the process has set.
    pub(super) fn undo_modes(&self) {
        let mut state = self.lock_idle();
        let undo = state.filter.modes().undo();
        if !state.is_undone {
            state.show(undo.as_bytes());
        }
        state.is_undone = true;
    }

    /// Undoes the modes of a run that has ended, for good.
    pub(super) fn reset_modes(&self) {
        self.undo_modes();
        let mut state = self.lock();
        state.filter.reset_modes();
        state.is_undone = false;
    }

    /// Sets the modes again that [`Self::undo_modes`] has undone.
    pub(super) fn set_modes_again(&self) {
        let mut state = self.lock_idle();
        if std::mem::take(&mut state.is_undone) {
            let modes = state.filter.modes().set_again();
            state.show(modes.as_bytes());
        }
    }

    /// Whether the process draws on the whole screen.
    pub(super) fn shows_alternate_screen(&self) -> bool {
        self.lock().filter.modes().alternate_screen()
    }

    /// Writes lines of ours, beginning on a line of their own. Without a terminal they go to
    /// standard error.
    pub(super) fn write_lines(&self, lines: &[String]) {
        let mut state = self.lock_idle();
        if state.terminal.is_none() {
            for line in lines {
                eprintln!("{line}");
            }
            return;
        }
        let mut text = String::new();
        if !state.is_at_line_start() {
            text.push_str("\r\n");
        }
        for line in lines {
            text.push_str(line);
            // In raw mode the terminal does not add the carriage return.
            text.push_str("\r\n");
        }
        state.show_own(text.as_bytes());
    }

    /// Writes a question on a line of its own.
    pub(super) fn write_question(&self, question: &str) {
        let mut state = self.lock_idle();
        let line_end = if state.is_at_line_start() { "" } else { "\r\n" };
        state.show_own(format!("{line_end}{question}").as_bytes());
    }

    /// Shows a key as a terminal does, without a newline.
    pub(super) fn write_key(&self, key: u8) {
        let name = [b'^', key ^ 0x40];
        self.lock_idle().show_own(&name);
    }

    fn write_output(
        &self,
        sink: &mut Sink,
        bytes: &[u8],
        position: Option<OutputPosition>,
    ) -> io::Result<()> {
        let mut position = position;
        for piece in bytes.chunks(MAX_WRITE_BYTES) {
            let mut state = self.lock();
            while state.flow == Flow::Held || state.is_writing {
                state = self.wait(state);
            }
            if state.flow == Flow::Discarded {
                return Ok(());
            }
            let mut shown = state.filter.filter(piece, position.as_ref());
            if state.maps_newlines && state.has_line_ends {
                shown = state.line_ends.translate(&shown);
            }
            state.is_writing = true;
            drop(state);
            let written = sink.write(&shown);
            self.lock().is_writing = false;
            self.changed.notify_all();
            written?;
            if let Some(position) = &mut position {
                position.offset += piece.len() as u64;
            }
        }
        Ok(())
    }

    fn set_flow(&self, flow: Flow) {
        let mut state = self.lock();
        state.flow = flow;
        self.changed.notify_all();
        drop(self.until_idle(state));
    }

    /// The state when no output is being written, or after [`WRITE_TIMEOUT`].
    fn lock_idle(&self) -> MutexGuard<'_, State> {
        let state = self.lock();
        self.until_idle(state)
    }

    fn until_idle<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited =
            self.changed.wait_timeout_while(state, WRITE_TIMEOUT, |state| state.is_writing);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_at_line_start(&self) -> bool {
        self.filter.is_at_line_start()
    }

    /// Writes to the terminal what the process did not write.
    fn show(&mut self, bytes: &[u8]) {
        if let Some(terminal) = &mut self.terminal {
            // Fails if the terminal has hung up.
            terminal.write(bytes).ok();
        }
    }

    /// The same for text, after which the cursor is elsewhere.
    fn show_own(&mut self, bytes: &[u8]) {
        self.filter.note_own_text(bytes);
        self.show(bytes);
    }
}

/// Writes output to a terminal by way of the screen, and to any other file directly.
pub(super) struct ScreenWriter {
    pub(super) screen: Arc<Screen>,
    pub(super) sinks: Sinks,
}

impl OutputWriter for ScreenWriter {
    fn write(&mut self, source: Source, bytes: &[u8], position: OutputPosition) -> io::Result<()> {
        let sink = match source {
            Source::Stdout => &mut self.sinks.stdout,
            Source::Stderr => &mut self.sinks.stderr,
        };
        if sink.is_terminal() {
            self.screen.write_output(sink, bytes, Some(position))
        } else {
            sink.write(bytes)
        }
    }
}
