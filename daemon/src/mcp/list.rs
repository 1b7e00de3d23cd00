//! The tool `list`: running and ended processes in few tokens, with all details on request. `pid:
//! 0` describes the daemon, because clients of persistproc's predecessor expect that.

use std::path::PathBuf;
use std::sync::Arc;

use persistproc_api::ports::{PortListener, Stray};
use persistproc_api::process::{ListQuery, StatusKind, StatusList};
use persistproc_api::process_client::ProcessClient;
use persistproc_api::streams::Streams;
use persistproc_api::{Exit, Process, Status, Target, Time};
use rmcp::model::{CallToolResult, JsonObject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::failure::Failure;
use super::lines;
use super::target::parse_directory;
use super::tool_io::{non_blank, parse_arguments, to_result};
use crate::supervisor::requests::requester::Requester;

/// The size of all processes in an answer, in bytes of JSON.
const MAX_ANSWER_BYTES: usize = 7500;

/// The length of a command in an answer.
const MAX_COMMAND_BYTES: usize = 600;

/// Ended processes in an answer to a call without filters.
const MAX_ENDED: usize = 10;

/// Who started a process, for the session that did.
const YOU: &str = "you";

const SHUTTING_DOWN: &str =
    "The daemon is shutting down: it stops all processes and starts no others.";

/// Other clients of a process in a concise answer.
const MAX_CLIENTS: usize = 3;

/// Processes in an answer.
const MAX_PROCESSES: usize = 50;

/// Servers that persistproc did not start, in an answer.
const MAX_STRAYS: usize = 10;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ListArgs {
    /// 0: the daemon
    pid: Option<u32>,
    /// Label, command or id, or a part of it
    #[serde(alias = "command")]
    command_or_label: Option<String>,
    /// Only processes in this directory
    working_directory: Option<String>,
    /// Statuses, with commas: running, stopping, exited, terminated, failed, lost
    status: Option<StatusList>,
    /// full adds times, memory, log files
    detail: Option<Detail>,
    /// Who listens on this port
    port: Option<u16>,
    /// Servers started without persistproc
    strays: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Detail {
    Concise,
    Full,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ListAnswer {
    #[schemars(with = "Vec<JsonObject>")]
    processes: Vec<ListedProcess>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(skip)]
    listeners: Vec<PortListener>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(skip)]
    strays: Vec<Stray>,
    #[serde(skip_serializing_if = "String::is_empty")]
    note: String,
}

impl ListAnswer {
    fn of_processes(processes: Vec<ListedProcess>, note: String) -> Self {
        Self { processes, listeners: Vec::new(), strays: Vec::new(), note }
    }
}

/// One process. Empty fields are omitted.
#[derive(Debug, Default, Serialize)]
struct ListedProcess {
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
    assigned_port: Option<u16>,
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    used_by: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_line: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    working_directory: Option<PathBuf>,
    #[serde(flatten)]
    details: Option<ProcessDetails>,
}

/// The fields that `detail: "full"` adds.
#[derive(Debug, Serialize)]
struct ProcessDetails {
    id: String,
    command: Vec<String>,
    run: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<Time>,
    tty: bool,
    #[serde(skip_serializing_if = "Streams::is_split")]
    streams: Streams,
    memory: u64,
    cpu_seconds: f64,
    log_size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    name_url: Option<String>,
    log_stdout: PathBuf,
    log_stderr: PathBuf,
    log_combined: PathBuf,
}

pub(super) async fn call(
    caller: &Caller,
    arguments: JsonObject,
) -> Result<CallToolResult, Failure> {
    let args: ListArgs = parse_arguments("list", arguments)?;
    if args.pid == Some(0) {
        let processes = vec![describe_daemon(caller)];
        return Ok(to_result(&ListAnswer::of_processes(processes, String::new())));
    }
    if let Some(port) = args.port {
        return Ok(to_result(&listeners_of(caller, port).await));
    }
    if args.strays == Some(true) {
        return Ok(to_result(&all_strays(caller).await));
    }
    let query = ListQuery {
        status: args.status,
        label: None,
        working_directory: parse_directory(args.working_directory.as_deref(), caller)?,
        facts: false,
        pid: args.pid,
        target: non_blank(args.command_or_label.as_deref()).map(str::to_owned),
        strays: false,
        texts: false,
    };
    let processes = caller.supervisor.list(&query);
    if processes.is_empty()
        && let Some(name) = &query.target
        && let Err(problem) = caller.supervisor.resolve(&Target::new(name, None))
    {
        return Err(Failure::from_problem(problem, None, &caller.supervisor).await);
    }
    let (listed, note) = limit_processes(processes, &query);
    let listed = caller.supervisor.with_facts(listed).await;
    let is_full = args.detail == Some(Detail::Full);
    let own_session = caller.requester.session();
    let now = Time::now();
    let processes = listed.into_iter().map(|mut process| {
        let clients = process.facts.as_mut().map(|facts| std::mem::take(&mut facts.clients));
        let used_by = used_by(&clients.unwrap_or_default(), &caller.requester, is_full, now);
        let is_own = own_session.is_some() && process.started_by_session == own_session;
        let listed = ListedProcess { used_by, ..ListedProcess::new(process, is_full) };
        if is_own { ListedProcess { started_by: Some(YOU.to_owned()), ..listed } } else { listed }
    });
    let (processes, cut) = fitting(processes.collect());
    let mut note = cut.unwrap_or(note);
    if caller.supervisor.is_shutting_down() {
        note = format!("{SHUTTING_DOWN} {note}").trim_end().to_owned();
    }
    Ok(to_result(&ListAnswer::of_processes(processes, note)))
}

/// What the clients of a process do, or did: in a concise answer other clients, which a stop would
/// disturb, and in a full one all.
fn used_by(
    clients: &[ProcessClient],
    requester: &Requester,
    is_full: bool,
    now: Time,
) -> Vec<String> {
    let own_name = requester.name().unwrap_or_default();
    let listed = clients.iter().filter_map(|client| {
        let is_own = requester.may_be_shown(client);
        let what = client.short_phrase(now);
        match is_own {
            true => is_full.then(|| format!("{YOU}: {what}")),
            false if !is_full && !client.is_recent(now) => None,
            false if client.name == own_name => {
                Some(format!("{}, another session: {what}", client.name))
            }
            false => Some(format!("{}: {what}", client.subject_for(&own_name))),
        }
    });
    listed.take(if is_full { usize::MAX } else { MAX_CLIENTS }).collect()
}

async fn listeners_of(caller: &Caller, port: u16) -> ListAnswer {
    let listeners = caller.supervisor.port_listeners(port).await.listeners;
    let is_free = listeners.is_empty();
    let note = if is_free { format!("Nothing listens on port {port}.") } else { String::new() };
    ListAnswer { listeners, ..ListAnswer::of_processes(Vec::new(), note) }
}

async fn all_strays(caller: &Caller) -> ListAnswer {
    let mut strays = caller.supervisor.strays().await;
    let omitted = strays.len().saturating_sub(MAX_STRAYS);
    strays.truncate(MAX_STRAYS);
    for stray in &mut strays {
        stray.command = shortened(std::mem::take(&mut stray.command));
    }
    let note = match omitted {
        0 if strays.is_empty() => {
            "No servers in project directories were started elsewhere.".into()
        }
        0 => String::new(),
        omitted => format!("{omitted} more servers with higher ports."),
    };
    ListAnswer { strays, ..ListAnswer::of_processes(Vec::new(), note) }
}

/// The first processes, as many as fit into an answer, and a note if others don't.
fn fitting(mut processes: Vec<ListedProcess>) -> (Vec<ListedProcess>, Option<String>) {
    let total = processes.len();
    let mut left = MAX_ANSWER_BYTES;
    processes.retain(|process| {
        let size = serde_json::to_vec(process).map_or(0, |json| json.len());
        let fits = size <= left;
        left = if fits { left - size } else { 0 };
        fits
    });
    let omitted = total - processes.len();
    let note = format!("{omitted} more processes did not fit: filter with status or a name.");
    (processes, (omitted > 0).then_some(note))
}

/// The processes to list, and a note about omitted ones. Running processes come first.
fn limit_processes(
    mut processes: Vec<Arc<Process>>,
    query: &ListQuery,
) -> (Vec<Arc<Process>>, String) {
    let total = processes.len();
    let alive = processes.iter().filter(|process| process.status.is_alive()).count();
    let is_filtered = query.status.is_some() || query.target.is_some() || query.pid.is_some();
    let max = if is_filtered { MAX_PROCESSES } else { MAX_PROCESSES.min(alive + MAX_ENDED) };
    processes.truncate(max);
    let omitted = total - processes.len();
    let note = if omitted == 0 {
        String::new()
    } else {
        format!("{omitted} more processes: filter with status or working_directory.")
    };
    (processes, note)
}

impl ListedProcess {
    fn new(process: Process, is_full: bool) -> Self {
        let mut facts = process.facts.clone().unwrap_or_default();
        let name_url = facts.name_url.take();
        let status = &process.status;
        let working_directory = &process.working_directory;
        // A default label contains command and directory.
        let label_has_directory = process.label.ends_with(&*working_directory.to_string_lossy());
        let error = match status {
            Status::Failed { error, .. } => Some(error.message.clone()),
            _ => None,
        };
        Self {
            pid: status.pid().filter(|_| is_full || status.is_alive()),
            status: status.word(),
            uptime: status.start_time().map(|_| f64::from(facts.uptime) as u64),
            // A process that listens on it has it among its ports.
            assigned_port: process.assigned_port.filter(|port| !facts.ports.contains(port)),
            ports: facts.ports,
            url: facts.url.filter(|_| status.is_alive()),
            exit_code: status.exit().map(Exit::shell_code),
            error,
            started_by: process.started_by.clone(),
            stopped_by: process.stopped_by.clone(),
            used_by: Vec::new(),
            last_line: facts.last_line.as_deref().map(lines::shorten),
            working_directory: (is_full || !label_has_directory).then(|| working_directory.clone()),
            details: is_full.then(|| ProcessDetails {
                id: process.id,
                command: shortened(process.command),
                run: process.run,
                start_time: process.status.start_time(),
                end_time: process.status.end_time(),
                tty: process.tty,
                streams: process.streams,
                memory: facts.memory,
                cpu_seconds: facts.cpu_seconds.into(),
                log_size: facts.log_size,
                name_url,
                log_stdout: process.log_stdout,
                log_stderr: process.log_stderr,
                log_combined: process.log_combined,
            }),
            label: lines::shorten(&process.label),
        }
    }
}

/// The words of a command, as many as fit into [`MAX_COMMAND_BYTES`].
fn shortened(command: Vec<String>) -> Vec<String> {
    let mut left = MAX_COMMAND_BYTES;
    let mut words = Vec::new();
    for word in command {
        if word.len() > left {
            words.push(lines::shorten(&word));
            break;
        }
        left -= word.len();
        words.push(word);
    }
    words
}

/// The daemon in the shape of a process.
fn describe_daemon(caller: &Caller) -> ListedProcess {
    let dirs = caller.supervisor.data_dirs();
    ListedProcess {
        label: "persistproc-server".into(),
        pid: Some(std::process::id()),
        status: StatusKind::Running.word(),
        last_line: Some(format!("log: {}", dirs.daemon_log().display())),
        working_directory: Some(dirs.data().to_owned()),
        ..ListedProcess::default()
    }
}
