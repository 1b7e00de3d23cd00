//! What a caller of `ctrl` may say, and what it means to wait for after a start.

use std::collections::BTreeMap;
use std::time::Duration;

use persistproc_api::seconds::Seconds;
use persistproc_api::start::IfRunning;
use persistproc_api::wait::{Goal, WaitRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mcp::caller::Caller;
use crate::mcp::failure::Failure;
use crate::mcp::patience::manner;
use crate::mcp::target::given;
use crate::mcp::wait;

/// Lines of the output of a start.
pub(super) const LINES: u64 = 15;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::mcp) struct Args {
    /// What to do
    pub(super) action: Action,
    /// Of the process
    pub(super) pid: Option<u32>,
    /// start: command line; else any name of the process
    pub(super) command_or_label: Option<String>,
    /// Absolute
    pub(super) working_directory: Option<String>,
    /// Added to what it inherits
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub(super) environment: Option<BTreeMap<String, Value>>,
    /// Kill at once
    pub(super) force: Option<bool>,
    /// New name
    pub(super) label: Option<String>,
    /// Default return
    pub(super) if_running: Option<IfRunning>,
    /// Answer at: ready, exit, quiet, port number, or regex of a line
    #[schemars(with = "Option<String>")]
    pub(super) wait_for: Option<Value>,
    /// Of wait_for, default 30
    pub(super) timeout_seconds: Option<f64>,
    /// send: line to type
    pub(super) input: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    Start,
    Stop,
    Restart,
    Send,
}

impl Args {
    /// What was given and means nothing here: whoever gave it expects something that would not
    /// happen. What models fill in for nothing is nothing.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let (action, text) = (self.action, |text: &Option<String>| given(text).is_some());
        let starts = matches!(action, Action::Start | Action::Restart);
        let environment = self.environment.as_ref().is_some_and(|it| !it.is_empty());
        let other = self.if_running.is_some_and(|it| it != IfRunning::default());
        let awaited = self.wait_for.as_ref().is_some_and(|it| goal(it).is_some());
        let unused = [
            ("environment", environment && action != Action::Start, "start"),
            ("if_running", other && action != Action::Start, "start"),
            ("wait_for", awaited && !starts, "start and restart"),
            ("input", text(&self.input) && action != Action::Send, "send"),
        ];
        let Some((name, _, actions)) = unused.into_iter().find(|(_, unused, _)| *unused) else {
            return Ok(());
        };
        let next = match (name, action) {
            ("environment", Action::Restart) => {
                "A restart keeps what it was started with. For another, start its command with \
                 if_running: \"restart\"."
            }
            ("wait_for", _) => "The tool wait waits for a process that runs.",
            _ => "Nothing was done; call again without it.",
        };
        Err(Failure::new(&format!("{name} is for {actions}."), next))
    }
}

/// What to wait for after a start, and for how long this caller can.
pub(super) struct Longest {
    pub(super) request: WaitRequest,
    pub(super) asked: Duration,
    pub(super) cut_short: bool,
}

impl Longest {
    pub(super) fn of(caller: &Caller, args: &Args) -> Result<Option<Self>, Failure> {
        let asked = wait::seconds(args.timeout_seconds)?;
        let (_, limit) = manner(caller.takes_tasks, caller.progress.is_some(), asked);
        let Some(mut request) = args.wait_for.as_ref().and_then(goal) else { return Ok(None) };
        request.timeout = Some(Seconds::measured(limit));
        Ok(Some(Self { request, asked, cut_short: limit < asked }))
    }
}

/// `ready`, `exit`, `quiet`, a port, or a pattern.
fn goal(wait_for: &Value) -> Option<WaitRequest> {
    let text = match wait_for {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "ready".to_owned(),
        _ => return None,
    };
    let request = |goal| WaitRequest {
        goal,
        pattern: None,
        port: None,
        quiet: None,
        after: None,
        timeout: None,
        lines: Some(LINES),
    };
    Some(match (&*text, text.parse::<u16>()) {
        ("", _) => return None,
        ("ready", _) => request(Goal::Ready),
        ("exit", _) => request(Goal::Exit),
        ("quiet", _) => request(Goal::Quiet),
        ("port", _) => request(Goal::Port),
        (_, Ok(port)) => WaitRequest { port: Some(port), ..request(Goal::Port) },
        _ => WaitRequest { pattern: Some(text), ..request(Goal::Pattern) },
    })
}

/// Numbers and booleans are taken as they look.
pub(super) fn environment(
    given: Option<BTreeMap<String, Value>>,
) -> Result<BTreeMap<String, String>, Failure> {
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => Err(Failure::new(
            &format!("The variable {name:?} is not text."),
            "Give strings, such as {\"PORT\": \"3000\"}.",
        )),
    };
    given.unwrap_or_default().into_iter().map(text).collect()
}
