//! Viewers of the child's terminal: its size, its state, and the questions in its output.

use std::time::Instant;

use persistproc_api::Problem;
use persistproc_api::process::Size;
use persistproc_api::shim::{ScreenState, ShimMessage, TerminalFacts};
use persistproc_api::terminal::TerminalQuestion;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::Signal;
use rustix::termios::tcgetpgrp;

use super::RunLoop;
#[cfg(target_os = "linux")]
use crate::platform::input_wait::{self, InputWait};
use crate::platform::tree;
use crate::shim::child_streams::ChildStreams;

/// The key of no connection, for input that no client has sent.
const NO_CLIENT: u64 = u64::MAX;

impl RunLoop {
    /// Makes a client a viewer.
    pub(super) fn add_viewer(&mut self, key: u64, size: Option<Size>) -> Result<(), Problem> {
        if !self.has_terminal() {
            return Err(no_terminal());
        }
        self.viewers.add(key, size);
        self.first_viewer_deadline = None;
        self.apply_viewer_size();
        self.observe_terminal();
        let log_end = self.log.end();
        let modes = self.terminal_watch.modes().clone();
        let facts = self.terminal_watch.facts();
        self.send_facts(key, facts, Some(ScreenState { log_end, modes }));
        self.announce_facts();
        Ok(())
    }

    /// Sends the state of the terminal to a client that asks for it.
    pub(super) fn answer_facts(&mut self, key: u64) -> Result<(), Problem> {
        if !self.has_terminal() {
            return Err(no_terminal());
        }
        self.observe_terminal();
        self.send_facts(key, self.facts_with_input(), None);
        Ok(())
    }

    /// Sets the size of the terminal for a client. That of a viewer counts while it decides.
    pub(super) fn resize_for(&mut self, key: u64, size: Size) -> Result<(), Problem> {
        if self.viewers.resize(key, size) {
            self.apply_viewer_size();
            return Ok(());
        }
        self.resize(size)
    }

    /// Notes keys that a client sends.
    pub(super) fn note_keys(&mut self, key: u64, keys: &[u8]) {
        if let Some(terminal) = self.streams.as_ref().and_then(ChildStreams::terminal) {
            self.terminal_watch.note_keys(terminal, keys, Instant::now());
        }
        if self.viewers.note_typed(key) {
            self.apply_viewer_size();
            self.announce_facts();
        }
    }

    /// Forgets the viewers that have disconnected. The size of another one counts then.
    pub(super) fn remove_viewers(&mut self) {
        let clients = &self.clients;
        if self.viewers.remove_others(|key| clients.is_connected(key)) {
            self.apply_viewer_size();
            self.announce_facts();
        }
    }

    /// Follows up on output of the terminal with these questions. Without a viewer no terminal would
    /// answer them.
    pub(super) fn handle_terminal_output(&mut self, questions: &[TerminalQuestion]) {
        if self.viewers.is_empty() {
            let answers = questions.iter().filter_map(|question| question.minimal_answer());
            for answer in answers {
                // Fails if the child does not read at all.
                let input = self.keys.as_mut().unwrap_or(&mut self.stdin);
                input.push(answer, (NO_CLIENT, 0)).ok();
            }
            if !questions.is_empty() {
                self.write_stdin();
            }
        }
        self.watch_terminal();
    }

    /// Whether there is output that is not logged and waits for the first viewer.
    pub(super) fn holds_unlogged_output(&self) -> bool {
        let terminal = self.streams.as_ref().and_then(ChildStreams::unlogged_terminal);
        let has_output = |terminal| {
            let mut fds = [PollFd::from_borrowed_fd(terminal, PollFlags::IN)];
            let now = Timespec { tv_sec: 0, tv_nsec: 0 };
            matches!(poll(&mut fds, Some(&now)), Ok(1))
        };
        self.first_viewer_deadline.is_some() && terminal.is_some_and(has_output)
    }

    /// Tells the viewers if keys are read in another way than before.
    pub(super) fn watch_terminal(&mut self) {
        if self.observe_terminal() {
            self.announce_facts();
        }
    }

    /// Continues a program that has stopped itself because of Ctrl+Z. There is no shell that could
    /// continue it.
    pub(super) fn continue_suspended(&mut self) {
        if !self.terminal_watch.was_suspended_by_key(Instant::now()) {
            return;
        }
        let Some(child) = self.child.filter(|child| tree::is_stopped(child.pid)) else { return };
        let terminal = self.streams.as_ref().and_then(ChildStreams::terminal);
        let foreground = terminal.and_then(|terminal| tcgetpgrp(terminal).ok());
        let groups = [foreground, rustix::process::Pid::from_raw(child.pid as i32)];
        for group in groups.into_iter().flatten() {
            // Fails if the group has exited since.
            rustix::process::kill_process_group(group, Signal::CONT).ok();
        }
    }

    fn has_terminal(&self) -> bool {
        self.streams.as_ref().is_some_and(|streams| streams.terminal().is_some())
    }

    fn observe_terminal(&mut self) -> bool {
        let leader = self.child_group();
        let terminal = self.streams.as_ref().and_then(ChildStreams::terminal);
        terminal.is_some_and(|terminal| self.terminal_watch.observe(terminal, leader))
    }

    /// The facts, with those about processes that wait for input.
    #[cfg(not(target_os = "linux"))]
    fn facts_with_input(&self) -> TerminalFacts {
        self.terminal_watch.facts()
    }

    /// The facts, with those about processes that wait for input.
    #[cfg(target_os = "linux")]
    fn facts_with_input(&self) -> TerminalFacts {
        let facts = self.terminal_watch.facts();
        let terminal = self.streams.as_ref().and_then(ChildStreams::terminal);
        let Some(terminal) = terminal else { return facts };
        let Ok(group) = tcgetpgrp(terminal) else { return facts };
        let wait = input_wait::of_group(group.as_raw_nonzero().get() as u32, terminal);
        TerminalFacts {
            awaits_input: wait.is_some(),
            reads_input: wait == Some(InputWait::Reads),
            ..facts
        }
    }

    /// Gives the terminal the size of the viewer that decides.
    fn apply_viewer_size(&self) {
        if let Some(size) = self.viewers.size() {
            // Fails after the terminal was closed.
            self.resize(size).ok();
        }
    }

    fn announce_facts(&mut self) {
        for key in self.viewers.keys() {
            self.send_facts(key, self.terminal_watch.facts(), None);
        }
    }

    fn send_facts(&mut self, key: u64, mut facts: TerminalFacts, screen: Option<ScreenState>) {
        facts.answers_questions = self.viewers.active() == Some(key);
        self.clients.send(key, &ShimMessage::Terminal { facts, screen });
    }
}

fn no_terminal() -> Problem {
    Problem::invalid("The process has no terminal.")
        .hint("Start it with a terminal: run `pp <command>` in a terminal, or set `tty`.")
}
