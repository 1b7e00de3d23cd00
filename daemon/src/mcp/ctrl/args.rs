//! `CtrlArgs`: the arguments of the tool `ctrl`, and the check that an action uses all of them.

use std::collections::BTreeMap;

use persistproc_api::environment::Environment;
use persistproc_api::start::IfRunning;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::wait_for::parse_goal;
use crate::mcp::failure::Failure;
use crate::mcp::tool_io::non_blank;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::mcp) struct CtrlArgs {
    /// What to do
    pub(super) action: CtrlAction,
    /// Process ID
    pub(super) pid: Option<u32>,
    /// start: the command line; else label, command or id of the process
    #[serde(alias = "command")]
    pub(super) command_or_label: Option<String>,
    /// Absolute path of the directory of the process
    pub(super) working_directory: Option<String>,
    /// start: added variables
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub(super) environment: Option<BTreeMap<String, Value>>,
    /// stop, restart: kill at once
    pub(super) force: Option<bool>,
    /// start: label for the process
    pub(super) label: Option<String>,
    /// start: if it already runs; default return
    pub(super) if_running: Option<IfRunning>,
    /// start: assign a free PORT
    pub(super) assign_port: Option<bool>,
    /// Answer on: ready, exit, quiet, port number, or regex of a line
    #[schemars(with = "Option<String>")]
    pub(super) wait_for: Option<Value>,
    /// Seconds for wait_for; default 30
    pub(super) timeout_seconds: Option<f64>,
    /// send: line to type
    pub(super) input: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum CtrlAction {
    Start,
    Stop,
    Restart,
    Send,
}

const CALL_WITHOUT_IT: &str = "Nothing was done; call again without it.";

impl CtrlArgs {
    /// Rejects arguments that the action does not use: the caller expects an effect that would not
    /// happen. Empty and default values pass, because some models fill in every parameter.
    pub(super) fn reject_unused(&self) -> Result<(), Failure> {
        let is_start = self.action == CtrlAction::Start;
        let is_restart = self.action == CtrlAction::Restart;
        let is_send = self.action == CtrlAction::Send;
        if self.has_environment() && !is_start {
            let next = if is_restart {
                "restart keeps the environment. To change it, start the command with \
                 if_running: \"restart\"."
            } else {
                CALL_WITHOUT_IT
            };
            return Err(only_for("environment", "start", next));
        }
        if self.has_if_running() && !is_start {
            return Err(only_for("if_running", "start", CALL_WITHOUT_IT));
        }
        if self.assign_port == Some(true) && !is_start {
            return Err(only_for("assign_port", "start", CALL_WITHOUT_IT));
        }
        if self.has_wait_for() && !is_start && !is_restart {
            let next = "To wait for a running process, call wait.";
            return Err(only_for("wait_for", "start and restart", next));
        }
        if non_blank(self.input.as_deref()).is_some() && !is_send {
            return Err(only_for("input", "send", CALL_WITHOUT_IT));
        }
        Ok(())
    }

    fn has_environment(&self) -> bool {
        self.environment.as_ref().is_some_and(|variables| !variables.is_empty())
    }

    fn has_if_running(&self) -> bool {
        self.if_running.is_some_and(|if_running| if_running != IfRunning::default())
    }

    fn has_wait_for(&self) -> bool {
        self.wait_for.as_ref().is_some_and(|wait_for| parse_goal(wait_for).is_some())
    }
}

fn only_for(parameter: &str, actions: &str, next: &str) -> Failure {
    Failure::new(&format!("{parameter} is only for {actions}."), next)
}

/// The environment of a start. Numbers and booleans are accepted as their JSON text.
pub(super) fn parse_environment(
    variables: Option<BTreeMap<String, Value>>,
) -> Result<Environment, Failure> {
    Environment::from_json(variables.unwrap_or_default()).map_err(|(name, _)| {
        let cause = format!("The environment variable {name:?} is not a string.");
        Failure::new(&cause, "Pass strings. Example: {\"PORT\": \"3000\"}.")
    })
}
