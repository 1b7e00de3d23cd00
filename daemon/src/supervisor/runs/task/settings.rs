//! Changes of the recorded settings of a process: by a start, a restart with another environment, or a
//! new label.

use std::mem;

use persistproc_api::Process;
use persistproc_api::environment::{Environment, EnvironmentDifference};
use persistproc_api::process::StdinSource;

use super::Task;
use super::replies::send_reply;
use crate::supervisor::requests::requester::Requester;
use crate::supervisor::requests::spec::ProcessSpec;
use crate::supervisor::runs::task_request::Reply;

impl Task {
    /// Updates the record of the process to what a start request asks for.
    pub(super) fn apply_spec(&mut self, spec: ProcessSpec) {
        let process = &mut self.process;
        process.log_limit = self.context.limits.log_limit;
        if !spec.inherit_environment {
            process.launch.environment.clear();
        }
        process.launch.update(spec.launch);
        let given = mem::take(&mut process.launch.environment);
        self.record_environment(given);
        self.handover = spec.handover;
        self.next_stdin = StdinSource::Own;
    }

    /// Records the environment of this run and later ones, without the variables of agents.
    fn record_environment(&mut self, given: Environment) {
        let launch = &mut self.process.launch;
        launch.environment = given.without_agent_variables();
        // A service is shared with people: what it does must not depend on who started it.
        let keeps = !launch.service && given != launch.environment;
        self.run_environment = keeps.then_some(given);
    }

    /// Replaces the environment for the next run. The answer names the variables that differ.
    pub(super) fn replace_environment(&mut self, environment: Environment, requester: &Requester) {
        let old = mem::take(&mut self.process.launch.environment);
        let difference = EnvironmentDifference::between(&environment, &old);
        self.environment_note = if difference.is_empty() {
            "Its environment is the same as before.".to_owned()
        } else {
            format!("Its environment is another one (different: {}).", difference.names_text())
        };
        self.process.environment_of = requester.name();
        self.record_environment(environment);
    }

    /// Records another label and publishes it.
    pub(super) fn set_label(&mut self, label: String, reply: Reply<Process>) {
        if let Some(damage) = &self.damage {
            return send_reply(reply, Err(damage.clone()));
        }
        let had_own_label = self.view.borrow().process.has_own_label();
        let old = self.process.clone();
        self.process.relabelled |= !had_own_label;
        self.process.label = label;
        match self.folder.write(&self.process) {
            Ok(()) => {
                self.publish();
                send_reply(reply, Ok(self.published_process()));
            }
            Err(problem) => {
                self.process = old;
                send_reply(reply, Err(problem));
            }
        }
    }
}
