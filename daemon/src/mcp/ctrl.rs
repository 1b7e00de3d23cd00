//! The tool `ctrl`: start, stop, restart, send. Each action answers when it is done; start and
//! restart can also wait until the program is ready, and answer with its last lines if it fails.

mod answer;
mod args;
mod wait_for;

use std::path::PathBuf;

use persistproc_api::control::{RestartRequest, StdinRequest, StopRequest};
use persistproc_api::seconds::Seconds;
use persistproc_api::start::{Command, StartRequest, Started};
use persistproc_api::{Problem, Target};
use rmcp::model::{CallToolResponse, CallToolResult, JsonObject};

pub(super) use answer::CtrlAnswer;
pub(super) use args::CtrlArgs;

use answer::started_result;
use args::{CtrlAction, parse_environment};
use wait_for::WaitFor;

use super::caller::Caller;
use super::failure::Failure;
use super::recent_output::recent_output;
use super::target::{parse_directory, require_target};
use super::tool_io::{non_blank, parse_arguments, to_result};
use super::waiter::Waiter;

pub(super) async fn call(
    caller: Caller,
    arguments: JsonObject,
    waiter: &Waiter,
) -> Result<CallToolResponse, Failure> {
    let args: CtrlArgs = parse_arguments("ctrl", arguments)?;
    args.reject_unused()?;
    match args.action {
        CtrlAction::Start => start(caller, args, waiter).await,
        CtrlAction::Restart => restart(caller, args, waiter).await,
        CtrlAction::Stop => stop(&caller, &args).await.map(CallToolResponse::from),
        CtrlAction::Send => send(&caller, &args).await.map(CallToolResponse::from),
    }
}

async fn start(
    caller: Caller,
    args: CtrlArgs,
    waiter: &Waiter,
) -> Result<CallToolResponse, Failure> {
    let Some(command) = non_blank(args.command_or_label.as_deref()) else {
        return Err(Failure::new(
            "start needs a command.",
            "Pass it as command_or_label. Example: \"npm run dev\".",
        ));
    };
    let directory = require_directory(&args, &caller)?;
    let wait_for = WaitFor::parse(args.wait_for.as_ref(), args.timeout_seconds, &caller)?;
    let target = Target::new(command, Some(directory.clone()));
    let mut request = StartRequest::new(Command::Line(command.to_owned()), directory);
    request.label = non_blank(args.label.as_deref()).map(str::to_owned);
    request.client_environment.clone_from(&caller.environment);
    request.launch.environment = parse_environment(args.environment)?;
    request.launch.assign_port = args.assign_port.filter(|assign| *assign);
    request.if_running = args.if_running.unwrap_or_default();
    request.unless_used = true;
    request.wait = wait_for.as_ref().map(|wait_for| wait_for.request.clone());
    let supervisor = caller.supervisor.clone();
    let starting = async move { supervisor.start(request).await };
    Ok(answer_started(CtrlAction::Start, caller, target, wait_for, waiter, starting).await)
}

fn require_directory(args: &CtrlArgs, caller: &Caller) -> Result<PathBuf, Failure> {
    let directory = parse_directory(args.working_directory.as_deref(), caller)?;
    directory.or_else(|| caller.directory.clone()).ok_or_else(|| {
        Failure::new(
            "start needs a directory to run in.",
            "Pass the absolute path of the project as working_directory.",
        )
    })
}

async fn restart(
    caller: Caller,
    args: CtrlArgs,
    waiter: &Waiter,
) -> Result<CallToolResponse, Failure> {
    let target = existing_target(&caller, &args).await?;
    let wait_for = WaitFor::parse(args.wait_for.as_ref(), args.timeout_seconds, &caller)?;
    let request = RestartRequest {
        force: args.force.unwrap_or(false),
        timeout: None,
        wait: wait_for.as_ref().map(|wait_for| wait_for.request.clone()),
        environment: None,
        unless_used: true,
    };
    let supervisor = caller.supervisor.clone();
    let restarted = target.clone();
    let starting = async move { supervisor.restart(&restarted, request).await };
    Ok(answer_started(CtrlAction::Restart, caller, target, wait_for, waiter, starting).await)
}

/// Answers a start or restart: at once if there is no wait, through the waiter if there is one.
async fn answer_started(
    action: CtrlAction,
    caller: Caller,
    target: Target,
    wait_for: Option<WaitFor>,
    waiter: &Waiter,
    starting: impl Future<Output = Result<Started, Problem>> + Send + 'static,
) -> CallToolResponse {
    let supervisor = caller.supervisor.clone();
    let failed_target = target.clone();
    let plan = wait_for.map(|wait_for| wait_for.plan);
    let is_cut_short = plan.is_some_and(|plan| plan.is_cut_short);
    let work = async move {
        match starting.await {
            Ok(started) => started_result(action, started, is_cut_short),
            Err(problem) => {
                let target = Some(&failed_target);
                Failure::from_problem(problem, target, &supervisor).await.into_result()
            }
        }
    };
    match plan {
        Some(plan) => waiter.run(plan, caller, target, work).await,
        None => work.await.into(),
    }
}

async fn stop(caller: &Caller, args: &CtrlArgs) -> Result<CallToolResult, Failure> {
    let target = existing_target(caller, args).await?;
    let force = args.force.unwrap_or(false);
    let request = StopRequest { force, unless_used: true, ..StopRequest::default() };
    match caller.supervisor.stop(&target, request).await {
        Ok(process) => Ok(to_result(&CtrlAnswer::new(CtrlAction::Stop, &process))),
        Err(problem) => {
            Err(Failure::from_problem(problem, Some(&target), &caller.supervisor).await)
        }
    }
}

/// Sends a line to stdin. The cursor in the answer is the end of the output before the line was
/// sent, so output after the cursor is the reply.
async fn send(caller: &Caller, args: &CtrlArgs) -> Result<CallToolResult, Failure> {
    let target = existing_target(caller, args).await?;
    let Some(input) = &args.input else {
        return Err(Failure::new("send needs a line to send.", "Pass it as input."));
    };
    match send_line(caller, &target, input).await {
        Ok(answer) => Ok(to_result(&answer)),
        Err(problem) => {
            Err(Failure::from_problem(problem, Some(&target), &caller.supervisor).await)
        }
    }
}

async fn send_line(caller: &Caller, target: &Target, input: &str) -> Result<CtrlAnswer, Problem> {
    // A control character such as Ctrl+C is a key press of its own, without Enter.
    let enter = if input.ends_with(char::is_control) { "" } else { "\n" };
    let request = StdinRequest {
        text: Some(format!("{input}{enter}")),
        timeout: Some(Seconds::READ_TIMEOUT),
        ..StdinRequest::default()
    };
    let supervisor = &caller.supervisor;
    let before = recent_output(supervisor, target, 0).await?;
    let process = supervisor.stdin(target, request).await?;
    Ok(CtrlAnswer::new(CtrlAction::Send, &process).with_cursor(before.cursor))
}

/// The target of every action except start. `label` may name it too, as long as the two names
/// agree.
async fn existing_target(caller: &Caller, args: &CtrlArgs) -> Result<Target, Failure> {
    let label = non_blank(args.label.as_deref());
    let name = non_blank(args.command_or_label.as_deref());
    if let (Some(label), Some(name)) = (label, name)
        && label != name
    {
        return Err(Failure::new(
            &format!("command_or_label {name:?} and label {label:?} differ."),
            "Name the process with command_or_label only; label is for start, which sets it.",
        ));
    }
    let names = [label, name];
    let directory = args.working_directory.as_deref();
    let target = require_target(args.pid, &names, directory, caller).await?;
    match caller.supervisor.resolve_to_change(&target) {
        // Everything that the answer reads is of the process that is changed.
        Ok(process) => Ok(Target::from_id(process.name())),
        Err(problem) => {
            Err(Failure::from_problem(problem, Some(&target), &caller.supervisor).await)
        }
    }
}
