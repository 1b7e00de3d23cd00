//! The requests of a [`Client`] that start, stop and change processes.

use std::time::Duration;

use super::answer_wait::AnswerKind;
use super::exchange::{decode, target_query, verb_path, with_query};
use super::{Client, stop_time, wait_time};
use crate::control::{
    Forgotten, LabelRequest, ResizeRequest, RestartRequest, SignalRequest, StdinRequest,
    StopRequest,
};
use crate::problem::Problem;
use crate::process::Process;
use crate::routes::{self, Verb};
use crate::seconds::Seconds;
use crate::start::{StartRequest, Started};
use crate::target::Target;

impl Client {
    /// Starts a process, or finds it running.
    pub fn start(&self, request: &StartRequest) -> Result<Started, Problem> {
        let wait = request.wait.as_ref().map_or(Duration::ZERO, wait_time);
        self.post_for(routes::PROCESSES, request, AnswerKind::after(wait))
    }

    /// Stops a process. Returns when its process tree has ended.
    pub fn stop(&self, target: &Target, request: &StopRequest) -> Result<Process, Problem> {
        let path = verb_path(target, Verb::Stop)?;
        let kind = AnswerKind::after(stop_time(request.timeout));
        match self.post_for(&path, request, kind) {
            Err(problem) if is_too_new(&problem) => {
                self.post_for(&path, &StopRequest { unless_used: false, ..*request }, kind)
            }
            stopped => stopped,
        }
    }

    /// Starts a new run of a process, after the current run has ended.
    pub fn restart(&self, target: &Target, request: &RestartRequest) -> Result<Started, Problem> {
        let wait = request.wait.as_ref().map_or(Duration::ZERO, wait_time);
        let expected = stop_time(request.timeout) + wait;
        let path = verb_path(target, Verb::Restart)?;
        let kind = AnswerKind::after(expected);
        match self.post_for(&path, request, kind) {
            Err(problem) if is_too_new(&problem) => {
                let known = RestartRequest { unless_used: false, ..request.clone() };
                self.post_for(&path, &known, kind)
            }
            restarted => restarted,
        }
    }

    /// Gives a process another label.
    pub fn label(&self, target: &Target, request: &LabelRequest) -> Result<Process, Problem> {
        self.post(&verb_path(target, Verb::Label)?, request)
    }

    /// Sends a signal to the process group of the child.
    pub fn signal(&self, target: &Target, request: &SignalRequest) -> Result<Process, Problem> {
        self.post(&verb_path(target, Verb::Signal)?, request)
    }

    /// Writes to the standard input of the child.
    pub fn stdin(&self, target: &Target, request: &StdinRequest) -> Result<Process, Problem> {
        let expected = request.timeout.map_or(Duration::ZERO, Seconds::duration);
        self.post_for(&verb_path(target, Verb::Stdin)?, request, AnswerKind::after(expected))
    }

    /// Sets the size of the terminal of the child.
    pub fn resize(&self, target: &Target, request: &ResizeRequest) -> Result<Process, Problem> {
        self.post(&verb_path(target, Verb::Resize)?, request)
    }

    /// Deletes the record and the logs of an ended process.
    pub fn forget(&self, target: &Target) -> Result<Forgotten, Problem> {
        let path = with_query(&routes::process(&target.name), &target_query(target))?;
        decode(self.send("DELETE", &path, AnswerKind::PROMPT)?)
    }
}

/// Whether a daemon of an older version refuses a field of a stop or restart. It stops without a question.
fn is_too_new(problem: &Problem) -> bool {
    problem.parameter.as_deref() == Some("unless_used")
}
