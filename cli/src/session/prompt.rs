//! What we say ourselves while a process has the terminal: on stderr, dim, in lines that fit
//! the terminal's present mode. It decides nothing.

use std::io::{IsTerminal, Write, stderr};

use persistproc_api::Problem;
use rustix::process::{Signal, kill_current_process_group};

use crate::render::{style, words};
use crate::terminal::{self, Mode, Terminal};

/// The voice of a session.
pub(super) struct Prompt {
    /// Notes are unwelcome.
    pub(super) silent: bool,
    pub(super) terminal: Option<Terminal>,
}

impl Prompt {
    /// Something worth knowing.
    pub(super) fn note(&self, text: &str) {
        if !self.silent {
            self.line(&style::dim(text, stderr().is_terminal()));
        }
    }

    /// Something that went wrong, and is not the end.
    pub(super) fn problem(&self, problem: &Problem) {
        let label = style::red("Error:", stderr().is_terminal());
        self.line(&format!("{label} {}", words::shown_lines(&problem.message)));
        if !problem.hint.is_empty() {
            self.line(&words::shown_lines(&problem.hint.to_string()));
        }
    }

    /// The one question we have.
    pub(super) fn ask(&mut self) {
        self.change(Mode::Found, Mode::Question);
        self.write("\r\nStop it? [y/N] (Ctrl+C: pass it on) ");
    }

    /// The question was answered.
    pub(super) fn answered(&mut self) {
        self.change(Mode::Question, Mode::Found);
        self.write("\r\n");
    }

    /// As it was found, so that others can use it.
    pub(super) fn restore(&mut self) {
        if let Some(terminal) = &mut self.terminal {
            terminal.enter(Mode::Found).ok();
        }
    }

    /// All of it for the process, if it is ours to give: in the background a change of mode
    /// would stop us.
    pub(super) fn take_terminal(&mut self) {
        if terminal::in_foreground() {
            self.change(Mode::Found, Mode::Raw);
        }
    }

    /// As Ctrl+Z does anywhere: the whole job stops, and the terminal is the shell's.
    pub(super) fn suspend(&mut self) {
        self.restore();
        // Where there is no shell to come back from, nothing stops, and the next key is raw again.
        kill_current_process_group(Signal::TSTP).ok();
    }

    fn change(&mut self, from: Mode, to: Mode) {
        if let Some(terminal) = self.terminal.as_mut().filter(|terminal| terminal.mode() == from) {
            // A terminal that refuses works by lines.
            terminal.enter(to).ok();
        }
    }

    fn line(&self, text: &str) {
        let raw = self.terminal.as_ref().is_some_and(|terminal| terminal.mode() == Mode::Raw);
        self.write(&format!("{text}{}", if raw { "\r\n" } else { "\n" }));
    }

    fn write(&self, text: &str) {
        // A terminal that is gone cannot be told anything.
        stderr().lock().write_all(text.as_bytes()).ok();
    }
}
