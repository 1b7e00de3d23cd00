//! `ctrl`: start, stop, restart, send. Each answers when it is done; start and restart also when
//! the program is ready, if that is asked for, and with its last lines when it never will be.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use persistproc_api::control::{RestartRequest, StopRequest};
use persistproc_api::output::{Lines, OutputQuery};
use persistproc_api::seconds::Seconds;
use persistproc_api::start::{Command, IfRunning, StartRequest, Started};
use persistproc_api::wait::{Goal, Reason, WaitRequest, Waited};
use persistproc_api::{Exit, Problem, Process, Status};
use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::caller::Caller;
use super::failure::Failure;
use super::output::nobody;
use super::patience::{Patience, manner};
use super::target::{self, Target, given};
use super::tools::{answer, arguments, is_false};
use super::{lines, wait};
use crate::supervisor::task::ToShim;

/// Lines and bytes of the output of a start.
const LINES: usize = 15;
const BYTES: usize = 2000;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Args {
    /// What to do
    action: Action,
    /// Of the process
    pid: Option<u32>,
    /// start: command line; else any name of the process
    command_or_label: Option<String>,
    /// Absolute
    working_directory: Option<String>,
    /// Added to what it inherits
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    environment: Option<BTreeMap<String, Value>>,
    /// Kill at once
    force: Option<bool>,
    /// New name
    label: Option<String>,
    /// Default return
    if_running: Option<IfRunning>,
    /// Answer at: ready, exit, quiet, port number, or regex of a line
    #[schemars(with = "Option<String>")]
    wait_for: Option<Value>,
    /// Of wait_for, default 30
    timeout_seconds: Option<f64>,
    /// send: line to type
    input: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    Start,
    Stop,
    Restart,
    Send,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Answer {
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

pub(super) async fn call(
    caller: Caller,
    arguments_given: JsonObject,
    patience: &Patience,
) -> Result<CallToolResponse, Failure> {
    let args: Args = arguments("ctrl", arguments_given)?;
    match args.action {
        Action::Start => start(caller, args, patience).await,
        Action::Restart => restart(caller, args, patience).await,
        Action::Stop => stop(&caller, &args).await.map(CallToolResponse::from),
        Action::Send => send(&caller, &args).await.map(CallToolResponse::from),
    }
}

async fn start(
    caller: Caller,
    args: Args,
    patience: &Patience,
) -> Result<CallToolResponse, Failure> {
    let Some(command) = given(&args.command_or_label).map(str::to_owned) else {
        return Err(Failure::new(
            "start needs a command.",
            "Give it as command_or_label, such as \"npm run dev\".",
        ));
    };
    let directory = target::directory(&args.working_directory, &caller)?;
    let Some(directory) = directory.or_else(|| caller.directory.clone()) else {
        return Err(Failure::new(
            "start needs a directory to run in.",
            "Give the absolute path of the project as working_directory.",
        ));
    };
    let longest = Longest::of(&caller, &args)?;
    let request = StartRequest {
        command: Command::Line(command.clone()),
        working_directory: directory.clone(),
        label: given(&args.label).map(str::to_owned),
        environment: environment(args.environment)?,
        inherit_environment: true,
        tty: None,
        if_running: args.if_running.unwrap_or_default(),
        wait: longest.as_ref().map(|longest| longest.request.clone()),
        umask: None,
        stop_timeout: None,
    };
    let target = Target { name: command, directory: Some(directory) };
    let (supervisor, at) = (caller.supervisor.clone(), target.clone());
    let cut_short = longest.as_ref().is_some_and(|longest| longest.cut_short);
    let work = async move {
        match supervisor.start(request).await {
            Ok(started) => outcome(Action::Start, started, cut_short),
            Err(problem) => Failure::of(problem, Some(&at), &supervisor).await.into_result(),
        }
    };
    Ok(attended(caller, target, longest, patience, work).await)
}

async fn restart(
    caller: Caller,
    args: Args,
    patience: &Patience,
) -> Result<CallToolResponse, Failure> {
    let target = target(&caller, &args).await?;
    let longest = Longest::of(&caller, &args)?;
    let wait = longest.as_ref().map(|longest| longest.request.clone());
    let request = RestartRequest { force: args.force.unwrap_or(false), timeout: None, wait };
    let (supervisor, at) = (caller.supervisor.clone(), target.clone());
    let cut_short = longest.as_ref().is_some_and(|longest| longest.cut_short);
    let work = async move {
        match supervisor.restart(&at.name, at.directory(), request).await {
            Ok(started) => outcome(Action::Restart, started, cut_short),
            Err(problem) => Failure::of(problem, Some(&at), &supervisor).await.into_result(),
        }
    };
    Ok(attended(caller, target, longest, patience, work).await)
}

/// Without a wait a start is over at once; with one the caller is kept waiting properly.
async fn attended(
    caller: Caller,
    target: Target,
    longest: Option<Longest>,
    patience: &Patience,
    work: impl Future<Output = CallToolResult> + Send + 'static,
) -> CallToolResponse {
    match longest {
        None => work.await.into(),
        Some(Longest { asked, .. }) => {
            let (manner, limit) = manner(caller.takes_tasks, caller.progress.is_some(), asked);
            patience.with(manner, limit, caller, target, work).await
        }
    }
}

async fn stop(caller: &Caller, args: &Args) -> Result<CallToolResult, Failure> {
    let target = target(caller, args).await?;
    let request = StopRequest { force: args.force.unwrap_or(false), timeout: None };
    match caller.supervisor.stop(&target.name, target.directory(), request).await {
        Ok(process) => Ok(answer(&Answer::new(Action::Stop, &process))),
        Err(problem) => Err(Failure::of(problem, Some(&target), &caller.supervisor).await),
    }
}

/// Types a line. The cursor is where the process was before: what comes after it is the reply.
async fn send(caller: &Caller, args: &Args) -> Result<CallToolResult, Failure> {
    let target = target(caller, args).await?;
    let Some(input) = &args.input else {
        return Err(Failure::new("send needs something to send.", "Give a line as input."));
    };
    // A control character, such as Ctrl+C, is pressed alone.
    let enter = if input.ends_with(char::is_control) { "" } else { "\n" };
    let message = ToShim::Stdin(format!("{input}{enter}").into_bytes());
    let supervisor = &caller.supervisor;
    let sent = async {
        let query = OutputQuery {
            lines: Lines::AtMost(0),
            working_directory: target.directory.clone(),
            ..OutputQuery::default()
        };
        let before = supervisor.output(&target.name, &query).await?;
        let process = supervisor.send(&target.name, target.directory(), message).await?;
        Ok::<_, Problem>((process, before.cursor))
    };
    match sent.await {
        Ok((process, cursor)) => {
            let told = Answer { cursor: Some(cursor), ..Answer::new(Action::Send, &process) };
            Ok(answer(&told))
        }
        Err(problem) => Err(Failure::of(problem, Some(&target), supervisor).await),
    }
}

async fn target(caller: &Caller, args: &Args) -> Result<Target, Failure> {
    let names = [&args.label, &args.command_or_label];
    match Target::of(args.pid, &names, &args.working_directory, caller)? {
        Some(target) => Ok(target),
        None => Err(Failure::of(nobody(), None, &caller.supervisor).await),
    }
}

/// What to wait for after a start, and for how long this caller can.
struct Longest {
    request: WaitRequest,
    asked: Duration,
    cut_short: bool,
}

impl Longest {
    fn of(caller: &Caller, args: &Args) -> Result<Option<Self>, Failure> {
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
        lines: Some(LINES as u64),
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
fn environment(
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

/// What came of a start or restart. A program that ended before it was ready is a failure, with
/// its last words.
fn outcome(action: Action, started: Started, cut_short: bool) -> CallToolResult {
    let Started { process, already_running, cursor, waited } = started;
    let mut told = Answer {
        already_running,
        cursor: Some(cursor),
        log_stdout: Some(process.log_stdout.clone()),
        log_stderr: Some(process.log_stderr.clone()),
        ..Answer::new(action, &process)
    };
    let Some(waited) = waited else { return answer(&told) };
    if waited.reason == Reason::Exit && !waited.reached {
        return died(&waited).into_result();
    }
    told.ready = Some(waited.reached);
    told.note = wait::note(&waited, cut_short);
    if !waited.reached || waited.reason == Reason::Exit {
        told.recent_output = lines::newest(&waited.output, LINES, BYTES);
    }
    told.url = waited.url;
    told.ports = waited.ports;
    told.cursor = Some(waited.cursor);
    answer(&told)
}

fn died(waited: &Waited) -> Failure {
    let name = waited.process.name();
    let after = f64::from(waited.waited_seconds);
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
    let cause = format!("{name:?} {how} after {after:.1} s, before it was ready.");
    let next = match waited.note.as_str() {
        "" => format!(
            "Mend the cause, then ctrl(action: \"restart\", command_or_label: {name:?}, wait_for: \"ready\")."
        ),
        note => note.to_owned(),
    };
    Failure::with_lines(&cause, &waited.output, &next)
}

impl Answer {
    fn new(action: Action, process: &Process) -> Self {
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
