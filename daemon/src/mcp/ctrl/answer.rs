//! `CtrlAnswer`: the answer of the tool `ctrl`: the status of the process, how to reach it, and its
//! last lines if it is not ready.

use std::path::PathBuf;

use persistproc_api::start::Started;
use persistproc_api::wait::{Reason, Waited};
use persistproc_api::{Exit, Process};
use rmcp::model::CallToolResult;
use schemars::JsonSchema;
use serde::Serialize;

use super::args::CtrlAction;
use super::wait_for::MAX_OUTPUT_LINES;
use crate::mcp::failure::Failure;
use crate::mcp::lines;
use crate::mcp::tool_io::to_result;
use crate::mcp::wait::wait_note;

const MAX_OUTPUT_BYTES: usize = 2000;

/// Lines of output in the answer of a process that is ready.
const MAX_LINES_WHEN_READY: usize = 5;

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::mcp) struct CtrlAnswer {
    #[schemars(skip)]
    action: CtrlAction,
    #[schemars(skip)]
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    pid: Option<u32>,
    status: &'static str,
    /// The number of the run, if it is not the first.
    #[serde(skip_serializing_if = "is_first")]
    #[schemars(skip)]
    run: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
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
    assigned_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recent_output: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
    /// The environment that the run inherits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    environment: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(skip)]
    note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(skip)]
    log_combined: Option<PathBuf>,
}

impl CtrlAnswer {
    pub(super) fn new(action: CtrlAction, process: &Process) -> Self {
        Self {
            action,
            label: process.label.clone(),
            pid: process.status.pid(),
            status: process.status.word(),
            run: process.run,
            already_running: false,
            ready: None,
            url: None,
            ports: Vec::new(),
            assigned_port: process.assigned_port,
            exit_code: process.status.exit().map(Exit::shell_code),
            recent_output: Vec::new(),
            cursor: None,
            environment: None,
            note: String::new(),
            log_combined: (action != CtrlAction::Send).then(|| process.log_combined.clone()),
        }
    }

    /// The same answer with a cursor.
    pub(super) fn with_cursor(self, cursor: String) -> Self {
        Self { cursor: Some(cursor), ..self }
    }
}

/// The result of a start or restart. A process that failed before it was ready is an error.
pub(super) fn started_result(
    action: CtrlAction,
    started: Started,
    is_cut_short: bool,
) -> CallToolResult {
    let Started { process, already_running, cursor, inherited_environment, note, waited } = started;
    let environment = inherited_environment.map(|inherited| inherited.to_string());
    let answer = CtrlAnswer::new(action, &process).with_cursor(cursor);
    let mut answer = CtrlAnswer { already_running, environment, note, ..answer };
    let Some(waited) = waited else { return to_result(&answer) };
    if has_failed(&waited) {
        return early_end(&waited).into_result();
    }
    let wait_note = wait_note(&waited, is_cut_short);
    let notes = [answer.note, wait_note].into_iter().filter(|note| !note.is_empty());
    answer.note = notes.collect::<Vec<_>>().join(" ");
    answer.ready = Some(waited.reached);
    let is_explained = waited.reached && waited.reason != Reason::Exit;
    let max_lines = if is_explained { MAX_LINES_WHEN_READY } else { MAX_OUTPUT_LINES as usize };
    answer.recent_output = lines::newest_lines(&waited.output, max_lines, MAX_OUTPUT_BYTES);
    answer.url = waited.url;
    answer.ports = waited.ports;
    answer.cursor = Some(waited.cursor);
    to_result(&answer)
}

/// For `skip_serializing_if`.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_first(run: &u32) -> bool {
    *run <= 1
}

/// Whether the process ended before the goal was reached. Exit code 0 is a success: the program has
/// done its work.
fn has_failed(waited: &Waited) -> bool {
    let is_success = waited.process.status.exit() == Some(Exit::Code(0));
    waited.reason == Reason::Exit && !waited.reached && !is_success
}

/// The error for a process that ended before it was ready.
fn early_end(waited: &Waited) -> Failure {
    let name = waited.process.name();
    let seconds = f64::from(waited.waited_seconds);
    let after = if seconds < 1.0 { "at once".to_owned() } else { format!("after {seconds:.0} s") };
    let how = waited.process.end_phrase();
    let cause = format!("{name:?} {how} {after}, before it was ready.");
    let next = if waited.note.is_empty() {
        format!(
            "Fix the cause, then call \
             ctrl(action: \"restart\", command_or_label: {name:?}, wait_for: \"ready\")."
        )
    } else {
        waited.note.clone()
    };
    Failure::with_lines(&cause, &waited.output, &next)
}
