//! What a session does about output: notes about runs and gaps, the end of the process, and output that
//! cannot be written.

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;

use persistproc_api::follow::{output_dropped, output_lost, runs_dropped};
use persistproc_api::process::let_go_sentence;
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Status, Target};

use super::{AttachSession, Completeness};
use crate::error::{Failure, Outcome};
use crate::render::words;
use crate::session::exit_message::EndContext;
use crate::session::shim_link::ShimLink;
use crate::session::{OutputEvent, exit_message, requests};
use crate::terminal;

impl AttachSession {
    pub(super) fn handle_output(&mut self, event: OutputEvent) -> Option<Outcome> {
        match event {
            OutputEvent::Run(process) => {
                if let Some(ended) = self.replaced_run.take() {
                    let client = process.started_by.as_deref();
                    self.console.note(&words::new_run_note(&ended, client, self.reader));
                }
                self.process = *process;
            }
            OutputEvent::Restarting(status) => {
                self.console.screen.reset_modes();
                self.replaced_run = Some(status);
                self.link.iter().for_each(ShimLink::expect_new_run);
            }
            OutputEvent::Dropped { bytes, is_damage } => {
                self.output_missing(&output_dropped(bytes, is_damage));
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
        self.end_obsolete_question();
        if !terminal::shows_all_output() {
            // It may bring output of the terminal that is neither stdout nor stderr.
            self.link.iter().for_each(ShimLink::wait_for_end);
        }
        self.console.restore();
        self.note_end(status);
        if let Some(sentence) = let_go_sentence(&self.let_go) {
            self.console.note(&words::shown(&sentence));
        }
        let is_success = status.exit().is_some_and(|exit| exit.shell_code() == 0);
        if self.completeness == Completeness::Failed && is_success {
            return Ok(ExitCode::FAILURE);
        }
        exit_message::outcome(&self.process, status)
    }

    /// Says what the output does not: who stopped the process, or that it has failed.
    fn note_end(&self, status: &Status) {
        let stopped_by_us = self.is_stopping();
        let stopped_by = match status {
            Status::Terminated { .. } if !stopped_by_us && !self.console.silent => {
                // A daemon that was shut down is not started for a note.
                let client = self.client.of_running_daemon();
                let process = client.process(&Target::from(&self.process));
                // Without an answer, the note names no client.
                process.ok().and_then(|process| process.stopped_by)
            }
            _ => None,
        };
        let end = EndContext {
            stopped_by_us,
            stopped_by: stopped_by.as_deref(),
            reader: self.reader,
            is_terminal: stderr().is_terminal(),
        };
        if let Some(message) = exit_message::message(&self.process, status, end) {
            self.console.note(&message);
        }
        if let Some(text) = exit_message::notice(&self.process, status, end)
            && !self.console.silent
            && self.are_notices_on()
        {
            terminal::notify(&words::shown(&text));
        }
    }

    /// Whether notices are on for the process. While this terminal watches, the daemon shows none.
    fn are_notices_on(&self) -> bool {
        let settings = self.client.of_running_daemon().notify_settings();
        settings.is_ok_and(|settings| settings.is_on(&self.process.id))
    }

    /// Ends the session after a stop, if the output would still take long.
    pub(super) fn skip_output(&mut self) -> Option<Outcome> {
        let status = self.stopped.take()?;
        self.console.leave();
        let name = join_words(&[self.process.name()]);
        self.console.note(&format!("The end of the output was skipped: pp output {name}"));
        Some(exit_message::outcome(&self.process, &status))
    }

    /// Ends the session, unless a stop is under way: then its reply ends the session.
    pub(super) fn output_failed(&mut self, failure: Failure) -> Option<Outcome> {
        if self.is_stopping() {
            self.output_failure = Some(failure);
            return None;
        }
        if self.is_interrupted {
            // Ctrl+C has ended the reader of our output, and probably the process.
            self.output_failure = Some(failure);
            let socket = self.shim_socket.clone();
            let target = Target::from(&self.process);
            requests::await_end(socket, self.client.clone(), target, self.events.clone());
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
}
