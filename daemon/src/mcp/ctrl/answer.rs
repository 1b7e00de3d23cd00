//! What `ctrl` answers: how the process stands, where it can be reached, and its last words where
//! it is not ready and never will be.

use std::path::PathBuf;

use persistproc_api::start::Started;
use persistproc_api::wait::{Reason, Waited};
use persistproc_api::{Exit, Process, Status};
use rmcp::model::CallToolResult;
use schemars::JsonSchema;
use serde::Serialize;

use super::asked::{Action, LINES};
use crate::mcp::failure::Failure;
use crate::mcp::tools::{answer, is_false};
use crate::mcp::{lines, wait};

/// Bytes of the output of a start.
const BYTES: usize = 2000;

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::mcp) struct Answer {
    #[schemars(skip)]
    action: Action,
    #[schemars(skip)]
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pid: Option<u32>,
    status: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    #[schemars(skip)]
    already_running: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ready: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(skip)]
    ports: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recent_output: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(skip)]
    note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    log_stdout: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    log_stderr: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    log_combined: Option<PathBuf>,
}

/// What came of a start or restart. A program that ended before it was ready is a failure, with
/// its last words.
pub(super) fn outcome(action: Action, started: Started, cut_short: bool) -> CallToolResult {
    let Started { process, already_running, cursor, waited } = started;
    let mut told = Answer {
        already_running,
        cursor: Some(cursor),
        log_stdout: Some(process.log_stdout.clone()),
        log_stderr: Some(process.log_stderr.clone()),
        ..Answer::new(action, &process)
    };
    let Some(waited) = waited else { return answer(&told) };
    // One that did its work and ended well is none, ready or not.
    let well = waited.process.status.exit() == Some(Exit::Code(0));
    if waited.reason == Reason::Exit && !waited.reached && !well {
        return died(&waited).into_result();
    }
    told.ready = Some(waited.reached);
    told.note = wait::note(&waited, cut_short);
    if !waited.reached || waited.reason == Reason::Exit {
        told.recent_output = lines::newest(&waited.output, LINES as usize, BYTES);
    }
    told.url = waited.url;
    told.ports = waited.ports;
    told.cursor = Some(waited.cursor);
    answer(&told)
}

fn died(waited: &Waited) -> Failure {
    let name = waited.process.name();
    let after = match f64::from(waited.waited_seconds) {
        soon if soon < 1.0 => "at once".to_owned(),
        seconds => format!("after {seconds:.0} s"),
    };
    let how = match &waited.process.status {
        Status::Exited { exit: Exit::Code(code), .. } => format!("exited with code {code}"),
        Status::Exited { exit: Exit::Signal(signal), .. } => {
            format!("was ended by signal {signal}")
        }
        Status::Terminated { .. } => match &waited.process.stopped_by {
            Some(who) => format!("was stopped by {who}"),
            None => "was stopped".to_owned(),
        },
        Status::Failed { error, .. } => format!("could not be started: {error}"),
        Status::Running { .. } | Status::Stopping { .. } | Status::Lost { .. } => {
            "ended".to_owned()
        }
    };
    let cause = format!("{name:?} {how} {after}, before it was ready.");
    let next = match waited.note.as_str() {
        "" => format!(
            "Mend the cause, then ctrl(action: \"restart\", command_or_label: {name:?}, wait_for: \"ready\")."
        ),
        note => note.to_owned(),
    };
    Failure::with_lines(&cause, &waited.output, &next)
}

impl Answer {
    /// With the place in the output that was the end until now.
    pub(super) fn since(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), ..self }
    }

    pub(super) fn new(action: Action, process: &Process) -> Self {
        Self {
            action,
            label: process.label.clone(),
            pid: process.status.pid(),
            status: process.status.word(),
            already_running: false,
            ready: None,
            url: None,
            ports: Vec::new(),
            exit_code: process.status.exit().map(Exit::shell_code),
            recent_output: Vec::new(),
            cursor: None,
            note: String::new(),
            log_stdout: None,
            log_stderr: None,
            log_combined: (action != Action::Send).then(|| process.log_combined.clone()),
        }
    }
}
