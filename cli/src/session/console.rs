//! `Console`: prints notes, errors and the stop question on stderr while a process uses the terminal,
//! and switches the mode of the terminal.

use std::io::{IsTerminal, Write, stderr};

use persistproc_api::Problem;
use rustix::process::{Signal, kill_current_process_group};

use crate::render::{self, style};
use crate::terminal::{self, Mode, Terminal};

pub(super) struct Console {
    /// Print no notes.
    pub(super) silent: bool,
    /// `None` if standard input is no terminal.
    pub(super) terminal: Option<Terminal>,
}

impl Console {
    /// Prints a note, unless the session is silent.
    pub(super) fn note(&self, text: &str) {
        if !self.silent {
            self.line(&style::dim(text, stderr().is_terminal()));
        }
    }

    /// Prints an error that does not end the session.
    pub(super) fn problem(&self, problem: &Problem) {
        for line in render::problem::lines(problem, stderr().is_terminal()) {
            self.line(&line);
        }
    }

    /// Asks whether to stop the process.
    pub(super) fn ask(&mut self) {
        self.change_mode(Mode::Original, Mode::Question);
        self.write("\r\nStop it? [y/N] (Ctrl+C: pass it on) ");
    }

    /// Ends the line of the question.
    pub(super) fn end_question(&mut self) {
        self.change_mode(Mode::Question, Mode::Original);
        self.write("\r\n");
    }

    /// Restores the original mode of the terminal.
    pub(super) fn restore(&mut self) {
        if let Some(terminal) = &mut self.terminal {
            // Fails if the terminal has hung up.
            terminal.enter(Mode::Original).ok();
        }
    }

    /// Switches the terminal to raw mode, if we are in the foreground. In the background a mode
    /// change would stop us with SIGTTOU.
    pub(super) fn take_terminal(&mut self) {
        if terminal::in_foreground() {
            self.change_mode(Mode::Original, Mode::Raw);
        }
    }

    /// Handles Ctrl+Z as other programs do: restores the terminal and stops our process group.
    pub(super) fn suspend(&mut self) {
        self.restore();
        // Without a shell that does job control, the kernel discards SIGTSTP: the session continues
        // and the next key switches back to raw mode.
        kill_current_process_group(Signal::TSTP).ok();
    }

    fn change_mode(&mut self, from: Mode, to: Mode) {
        if let Some(terminal) = self.terminal.as_mut().filter(|terminal| terminal.mode() == from) {
            // If this fails, the terminal stays in its line mode.
            terminal.enter(to).ok();
        }
    }

    /// In raw mode the terminal does not add the carriage return.
    fn line(&self, text: &str) {
        let raw = self.terminal.as_ref().is_some_and(|terminal| terminal.mode() == Mode::Raw);
        self.write(&format!("{text}{}", if raw { "\r\n" } else { "\n" }));
    }

    fn write(&self, text: &str) {
        // Fails if the terminal has hung up.
        stderr().lock().write_all(text.as_bytes()).ok();
    }
}
