//! `list`: what runs and what ran, in as few words as possible; everything on request. `pid: 0`
//! is the daemon, as clients of old expect.

use std::path::PathBuf;

use persistproc_api::process::{ListQuery, StatusKind};
use persistproc_api::{Process, Status, Time};
use rmcp::model::{CallToolResult, JsonObject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::failure::Failure;
use super::lines;
use super::target::{self, given};
use super::tools::{answer, arguments};

/// Ended processes that are listed unless someone asks for them.
const ENDED: usize = 10;

/// Processes in an answer.
const MOST: usize = 50;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Args {
    /// 0 is the daemon
    pid: Option<u32>,
    /// Or part of it, or id
    command_or_label: Option<String>,
    /// Only those there
    working_directory: Option<String>,
    /// Only those
    status: Option<StatusKind>,
    /// Default concise; full adds times, memory, log files
    detail: Option<Detail>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Detail {
    Concise,
    Full,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Answer {
    #[schemars(with = "Vec<JsonObject>")]
    processes: Vec<Entry>,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

/// One process. What it has nothing of is not there.
#[derive(Debug, Default, Serialize)]
struct Entry {
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pid: Option<u32>,
    status: &'static str,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    uptime: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ports: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_line: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_directory: Option<PathBuf>,
    #[serde(flatten)]
    full: Option<Full>,
}

/// What only those read who asked for it.
#[derive(Debug, Serialize)]
struct Full {
    id: String,
    command: Vec<String>,
    run: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<Time>,
    tty: bool,
    memory: u64,
    cpu_seconds: f64,
    log_size: u64,
    log_stdout: PathBuf,
    log_stderr: PathBuf,
    log_combined: PathBuf,
}

pub(super) async fn call(
    caller: &Caller,
    arguments_given: JsonObject,
) -> Result<CallToolResult, Failure> {
    let args: Args = arguments("list", arguments_given)?;
    if args.pid == Some(0) {
        return Ok(answer(&Answer { processes: vec![daemon(caller)], note: String::new() }));
    }
    let query = ListQuery {
        status: args.status,
        label: None,
        working_directory: target::directory(&args.working_directory, caller)?,
        facts: false,
        pid: args.pid,
        target: given(&args.command_or_label).map(str::to_owned),
    };
    let processes = caller.supervisor.list(&query);
    if processes.is_empty()
        && let Some(target) = &query.target
        && let Err(problem) = caller.supervisor.resolve(target, None)
    {
        return Err(Failure::of(problem, None, &caller.supervisor).await);
    }
    let (shown, note) = chosen(processes, &query);
    let full = args.detail == Some(Detail::Full);
    let shown = caller.supervisor.with_facts(shown).await;
    let processes = shown.into_iter().map(|process| Entry::new(process, full)).collect();
    Ok(answer(&Answer { processes, note }))
}

/// Those to show, and what to say of the others.
fn chosen(mut processes: Vec<Process>, query: &ListQuery) -> (Vec<Process>, String) {
    let total = processes.len();
    let living = processes.iter().filter(|process| process.status.is_alive()).count();
    let asked = query.status.is_some() || query.target.is_some() || query.pid.is_some();
    processes.truncate(if asked { MOST } else { MOST.min(living + ENDED) });
    let left = total - processes.len();
    let note = match left {
        0 => String::new(),
        left => format!("{left} more ended ones: narrow with status or working_directory."),
    };
    (processes, note)
}

impl Entry {
    fn new(process: Process, full: bool) -> Self {
        let facts = process.facts.clone().unwrap_or_default();
        let Process { status, working_directory, .. } = &process;
        let by_default = process.label.ends_with(&*working_directory.to_string_lossy());
        let error = match status {
            Status::Failed { error, .. } => Some(error.message.clone()),
            _ => None,
        };
        Self {
            pid: status.pid().filter(|_| full || status.is_alive()),
            status: status.word(),
            uptime: status.start_time().map(|_| f64::from(facts.uptime) as u64),
            ports: facts.ports,
            url: facts.url.filter(|_| status.is_alive()),
            exit_code: status.exit().map(persistproc_api::Exit::shell_code),
            error,
            started_by: process.started_by.clone(),
            stopped_by: process.stopped_by.clone(),
            last_line: facts.last_line.as_deref().map(lines::short),
            // A label that was not given holds command and directory.
            working_directory: (full || !by_default).then(|| working_directory.clone()),
            full: full.then(|| Full {
                id: process.id,
                command: process.command,
                run: process.run,
                start_time: process.status.start_time(),
                end_time: process.status.end_time(),
                tty: process.tty,
                memory: facts.memory,
                cpu_seconds: facts.cpu_seconds.into(),
                log_size: facts.log_size,
                log_stdout: process.log_stdout,
                log_stderr: process.log_stderr,
                log_combined: process.log_combined,
            }),
            label: process.label,
        }
    }
}

/// The daemon in the shape of a process.
fn daemon(caller: &Caller) -> Entry {
    let dirs = caller.supervisor.data_dirs();
    Entry {
        label: "persistproc-server".into(),
        pid: Some(std::process::id()),
        status: StatusKind::Running.word(),
        last_line: Some(format!("log: {}", dirs.daemon_log().display())),
        working_directory: Some(dirs.data().to_owned()),
        ..Entry::default()
    }
}
