//! `ctrl`: start, stop, restart, send. Each answers when it is done; start and restart also when
//! the program is ready, if that is asked for, and with its last lines when it never will be.

mod answer;
mod asked;

use persistproc_api::Problem;
use persistproc_api::control::{RestartRequest, StdinRequest, StopRequest};
use persistproc_api::limits::SoftLimits;
use persistproc_api::output::{Lines, OutputQuery};
use persistproc_api::seconds::Seconds;
use persistproc_api::start::{Command, StartRequest, Started};
use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};

pub(super) use answer::Answer;
use answer::outcome;
pub(super) use asked::Args;
use asked::{Action, Longest, environment};

use super::caller::Caller;
use super::failure::Failure;
use super::output::nobody;
use super::patience::{Patience, manner};
use super::target::{self, Target, given};
use super::tools::{answer as answered, arguments};

pub(super) async fn call(
    caller: Caller,
    arguments_given: JsonObject,
    patience: &Patience,
) -> Result<CallToolResponse, Failure> {
    let args: Args = arguments("ctrl", arguments_given)?;
    args.check()?;
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
        limits: SoftLimits::new(),
        stop_timeout: None,
    };
    let target = Target { name: command, directory: Some(directory) };
    let supervisor = caller.supervisor.clone();
    let asked = async move { supervisor.start(request).await };
    Ok(attended(Action::Start, caller, target, longest, patience, asked).await)
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
    let asked = async move { supervisor.restart(&at.name, at.directory(), request).await };
    Ok(attended(Action::Restart, caller, target, longest, patience, asked).await)
}

/// Without a wait a start is over at once; with one the caller is kept waiting properly.
async fn attended(
    action: Action,
    caller: Caller,
    target: Target,
    longest: Option<Longest>,
    patience: &Patience,
    asked: impl Future<Output = Result<Started, Problem>> + Send + 'static,
) -> CallToolResponse {
    let (supervisor, at) = (caller.supervisor.clone(), target.clone());
    let cut_short = longest.as_ref().is_some_and(|longest| longest.cut_short);
    let work = async move {
        match asked.await {
            Ok(started) => outcome(action, started, cut_short),
            Err(problem) => Failure::of(problem, Some(&at), &supervisor).await.into_result(),
        }
    };
    let Some(longest) = longest else { return work.await.into() };
    let (takes_tasks, takes_progress) = (caller.takes_tasks, caller.progress.is_some());
    let (manner, limit) = manner(takes_tasks, takes_progress, longest.asked);
    patience.with(manner, limit, caller, target, work).await
}

async fn stop(caller: &Caller, args: &Args) -> Result<CallToolResult, Failure> {
    let target = target(caller, args).await?;
    let request = StopRequest { force: args.force.unwrap_or(false), timeout: None };
    match caller.supervisor.stop(&target.name, target.directory(), request).await {
        Ok(process) => Ok(answered(&Answer::new(Action::Stop, &process))),
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
    let request = StdinRequest {
        text: Some(format!("{input}{enter}")),
        timeout: Some(Seconds::READ_TIMEOUT),
        ..StdinRequest::default()
    };
    let supervisor = &caller.supervisor;
    let sent = async {
        let query = OutputQuery {
            lines: Lines::AtMost(0),
            working_directory: target.directory.clone(),
            ..OutputQuery::default()
        };
        let before = supervisor.output(&target.name, &query).await?;
        let process = supervisor.stdin(&target.name, target.directory(), request).await?;
        Ok::<_, Problem>((process, before.cursor))
    };
    match sent.await {
        Ok((process, cursor)) => {
            let told = Answer::new(Action::Send, &process).since(cursor);
            Ok(answered(&told))
        }
        Err(problem) => Err(Failure::of(problem, Some(&target), supervisor).await),
    }
}

async fn target(caller: &Caller, args: &Args) -> Result<Target, Failure> {
    if let (Some(label), Some(name)) = (given(&args.label), given(&args.command_or_label))
        && label != name
    {
        return Err(Failure::new(
            &format!("Two names were given: {name:?} and {label:?}."),
            "Name the process by command_or_label alone; label is for start, which gives it.",
        ));
    }
    let names = [&args.label, &args.command_or_label];
    match Target::of(args.pid, &names, &args.working_directory, caller)? {
        Some(target) => Ok(target),
        None => Err(Failure::of(nobody(), None, &caller.supervisor).await),
    }
}
