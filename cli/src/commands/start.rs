//! `start`: start a process in the background. On a terminal the answer is one line; elsewhere, and
//! with `--verbose`, the lines of version 0.2 say where the output goes.

use std::io::{IsTerminal, stdout};

use persistproc_api::client::Client;
use persistproc_api::start::{StartRequest, Started};
use persistproc_api::streams::Streams;
use persistproc_api::words::join_words;
use persistproc_api::{Problem, Time};

use super::wait::WaitAfterStart;
use super::{confinement, env, environment, older_daemon, shell_words};
use crate::args::StartArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::paths;
use crate::render::attach_note;
use crate::terminal;

pub(crate) fn run(args: &StartArgs, context: &Context) -> Outcome {
    let wait = WaitAfterStart::new(&args.wait)?;
    let request = StartRequest { wait: wait.request.clone(), ..start_request(args)? };
    let words = shell_words::text(&args.words);
    confinement::prepare(context)?;
    let (_, started) = older_daemon::start(&request, context, Client::start_across_daemons)?;
    let started = started.map_err(|problem| shell_words::explain(problem, &words))?;
    if started.already_running && !context.json() {
        let folder = context.data_dirs().process(&started.process.id);
        let environment = &request.launch.environment;
        let differs = env::note_of_joined(&folder, environment, "--if-running restart");
        differs.iter().for_each(|note| context.note(note));
    }
    let is_short = stdout().is_terminal() && !context.verbose();
    let summary = if is_short { short_summary } else { summary };
    wait.report(started, summary).print(context)
}

fn start_request(args: &StartArgs) -> Result<StartRequest, Problem> {
    let variables = environment::parse_variables(args.environment.as_deref())?;
    let directory = paths::absolute_directory(args.working_directory.as_deref())?;
    let mut request = environment::start_request(&args.words, directory);
    request.launch.environment.extend(variables);
    environment::assign(&mut request.launch.environment, &args.env);
    request.launch.inherited = request.launch.inherited.for_service();
    request.launch.tty = args.tty.then(terminal::size);
    request.launch.streams = Streams::default_for(args.tty && !args.split);
    request.launch.assign_port = args.assign_port.then_some(true);
    request.label.clone_from(&args.label);
    request.if_running = args.if_running.into();
    environment::spare_other_clients(&mut request);
    Ok(request)
}

/// One line for a person: the name and what to type next. After a wait, its result is that line.
fn short_summary(started: &Started) -> Vec<String> {
    if started.waited.is_some() {
        return Vec::new();
    }
    let process = &started.process;
    let beginning = if started.already_running {
        attach_note::beginning(process, Time::now())
    } else {
        let pid = process.status.pid().map(|pid| format!("PID {pid}"));
        let port = process.assigned_port.map(|port| format!("port {port}"));
        let facts: Vec<String> = pid.into_iter().chain(port).collect();
        format!("Started {} ({})", process.name(), facts.join(", "))
    };
    vec![format!("{beginning} · pp logs -f {}", join_words(&[process.name()]))]
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
