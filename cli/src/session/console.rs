//! `Console`: notes, errors and the stop question of a session, and the mode of our terminal.

use std::io::{IsTerminal, stderr};
use std::sync::Arc;

use persistproc_api::Problem;
use rustix::process::{Signal, kill_current_process_group};
use unicode_width::UnicodeWidthStr;

use super::screen::Screen;
use crate::render::{self, style, wrapping};
use crate::terminal::{self, Mode, Terminal, TerminalHandle};

pub(super) struct Console {
    /// Print no notes.
    pub(super) silent: bool,
    /// `None` if we have no terminal.
    pub(super) terminal: Option<Terminal>,
    pub(super) screen: Arc<Screen>,
}

impl Console {
    /// Prints a note, unless the session is silent.
    pub(super) fn note(&self, text: &str) {
        let lines = match self.width() {
            Some(width) => wrapping::wrap(text, width.into()),
            None => vec![text.to_owned()],
        };
        self.note_lines(&lines);
    }

    /// Prints commands to choose from: beside each other, or one a line if they are too long.
    pub(super) fn choices(&self, text: &str, commands: &[String]) {
        let line = format!("{text}: {}", commands.join(" · "));
        match self.width() {
            Some(width) if line.width() > usize::from(width) => {
                let mut lines = vec![format!("{text}:")];
                lines.extend(commands.iter().map(|command| format!("  {command}")));
                self.note_lines(&lines);
            }
            _ => self.note_lines(&[line]),
        }
    }

    fn note_lines(&self, lines: &[String]) {
        if !self.silent {
            let is_coloured = self.is_coloured();
            let lines: Vec<_> = lines.iter().map(|line| style::dim(line, is_coloured)).collect();
            self.screen.write_lines(&lines);
        }
    }

    /// Prints an error that does not end the session.
    pub(super) fn problem(&self, problem: &Problem) {
        self.screen.write_lines(&render::problem::lines(problem, self.width()));
    }

    /// Asks whether to stop the process. Output is held back until the question is answered.
    pub(super) fn ask(&mut self) {
        self.screen.hold();
        self.change_mode(Mode::Original, Mode::Unechoed);
        self.screen.write_question("Stop it? [y/N] (Esc: go on) ");
    }

    /// Ends the line of the question. Output is still held back.
    pub(super) fn end_question(&mut self) {
        self.change_mode(Mode::Unechoed, Mode::Original);
        self.screen.write_question("");
    }

    /// Leaves the terminal as it was found, while the process keeps running.
    pub(super) fn leave(&mut self) {
        self.screen.discard();
        self.screen.undo_modes();
        self.enter(Mode::Original);
    }

    /// Leaves the terminal as it was found, after the last output of the process.
    pub(super) fn restore(&mut self) {
        self.screen.reset_modes();
        self.enter(Mode::Original);
    }

    /// Reads every key, if we are in the foreground. In the background a mode change would stop us
    /// with SIGTTOU. `mode` is one that reads keys.
    pub(super) fn take_terminal(&mut self, mode: Mode) {
        let is_asking = self.mode() == Some(Mode::Unechoed);
        if !is_asking && self.in_foreground() {
            self.enter(mode);
        }
    }

    /// Switches a terminal that other programs share to this mode, if we are in the foreground.
    pub(super) fn share_terminal(&mut self, mode: Mode) {
        if self.in_foreground() {
            self.enter(mode);
        }
    }

    /// Whether our process group is the foreground group of the terminal.
    pub(super) fn in_foreground(&self) -> bool {
        self.terminal.as_ref().is_some_and(|terminal| terminal.handle().in_foreground())
    }

    /// Whether the terminal is in the mode in which it was found: it shows what is typed.
    pub(super) fn is_in_original_mode(&self) -> bool {
        self.mode() == Some(Mode::Original)
    }

    /// Handles Ctrl+Z, typed as this key, as a terminal does: shows it, leaves the terminal as it was
    /// found and stops our process group. Returns when we are continued.
    pub(super) fn suspend(&mut self, key: Option<u8>) {
        self.screen.hold();
        self.screen.undo_modes();
        let handle = self.terminal.as_ref().map(Terminal::handle);
        if let Some(key) = key
            && handle.is_some_and(TerminalHandle::shows_control_keys)
        {
            self.screen.write_key(key);
        }
        self.enter(Mode::Original);
        // Without a shell that does job control, the kernel discards SIGTSTP and this returns at once.
        kill_current_process_group(Signal::TSTP).ok();
    }

    /// Shows the process again after we were suspended. In the background, a process that draws on
    /// the whole screen stays hidden.
    pub(super) fn show_again(&mut self) {
        if self.in_foreground() {
            self.screen.set_modes_again();
            self.screen.release();
        } else if !self.screen.shows_alternate_screen() {
            self.screen.release();
        }
    }

    fn change_mode(&mut self, from: Mode, to: Mode) {
        if self.mode() == Some(from) {
            self.enter(to);
        }
    }

    fn enter(&mut self, mode: Mode) {
        if let Some(terminal) = &mut self.terminal {
            self.screen.change_mode(terminal, mode);
        }
    }

    fn mode(&self) -> Option<Mode> {
        self.terminal.as_ref().map(Terminal::mode)
    }

    /// The width of the terminal on standard error.
    fn width(&self) -> Option<u16> {
        self.is_coloured().then(|| terminal::size().columns)
    }

    fn is_coloured(&self) -> bool {
        stderr().is_terminal()
    }
}
