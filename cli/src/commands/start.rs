//! `start`: start a process in the background and print where its output goes.

use persistproc_api::Problem;
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::streams::Streams;

use super::{confinement, environment, shell_words, wait};
use crate::args::StartArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::paths;
use crate::terminal;

pub(crate) fn run(args: &StartArgs, context: &Context) -> Outcome {
    let request = start_request(args)?;
    let words = shell_words::text(&args.words);
    confinement::prepare(context)?;
    let started = context.client()?.start_across_daemons(&request);
    let started = started.map_err(|problem| shell_words::explain(problem, &words))?;
    wait::report_start(&started, request.wait.as_ref(), context, summary)
}

fn start_request(args: &StartArgs) -> Result<StartRequest, Problem> {
    let variables = environment::parse_variables(args.environment.as_deref())?;
    let directory = paths::absolute_directory(args.working_directory.as_deref())?;
    let mut request = environment::start_request(&args.words, directory);
    request.launch.environment.extend(variables);
    request.launch.inherited = request.launch.inherited.for_service();
    request.launch.tty = args.tty.then(terminal::size);
    request.launch.streams = Streams::default_for(args.tty && !args.split);
    request.launch.assign_port = args.assign_port.then_some(true);
    request.label.clone_from(&args.label);
    request.if_running = args.if_running.into();
    request.wait = wait::after_start(&args.wait);
    Ok(request)
}

fn summary(started: &Started) -> Vec<String> {
    let process = &started.process;
    let done = if started.already_running { "Already running" } else { "Started process" };
    let pid = process.status.pid().map_or_else(|| "unknown".to_owned(), |pid| pid.to_string());
    let mut lines = vec![format!("{done} with PID {pid}"), format!("Label: {}", process.label)];
    lines.extend(process.assigned_port.map(|port| format!("Assigned port: {port}")));
    lines.extend([
        format!("Stdout log: {}", process.log_stdout.display()),
        format!("Stderr log: {}", process.log_stderr.display()),
        format!("Combined log: {}", process.log_combined.display()),
    ]);
    lines
}
