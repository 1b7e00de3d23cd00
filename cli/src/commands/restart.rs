//! `restart`: end the current runs of processes, if any, and start new ones.

use persistproc_api::client::Client;
use persistproc_api::control::RestartRequest;
use persistproc_api::environment::Environment;
use persistproc_api::process::StdinSource;
use persistproc_api::selection::SelectedState;
use persistproc_api::start::Started;
use persistproc_api::{Problem, Target};

use super::each::{self, ProcessReport};
use super::selected::{Purpose, SelectionRequest, WithoutTarget, select};
use super::target;
use super::wait::WaitAfterStart;
use crate::args::RestartArgs;
use crate::context::Context;
use crate::error::Outcome;

const PURPOSE: Purpose<'static> = Purpose {
    command: "restart",
    question: "Restart",
    changes: true,
    state: SelectedState::Alive,
    without_target: WithoutTarget::Any,
};

pub(crate) fn run(args: &RestartArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let wait = WaitAfterStart::new(&args.wait)?;
    let change = RestartRequest {
        force: args.stop.force,
        timeout: args.stop.timeout,
        wait: wait.request.clone(),
        environment: args.env.then(Environment::own),
        unless_used: client.is_of_agent(),
    };
    if let Some(label) = &args.label {
        let target = target::of_label(&client, label)?;
        return restart(&client, &target, &change, &wait)?.print(context);
    }
    let request = SelectionRequest {
        ended: args.ended,
        ..SelectionRequest::optional(&args.target, args.scope, PURPOSE)
    };
    let selected = select(&client, &request, context)?;
    each::run(&selected, &client, context, "No process matches these flags.", |client, target| {
        restart(client, target, &change, &wait)
    })
}

/// Restarts a process and reports its new PID and the result of the wait, if one was asked for.
pub(super) fn restart(
    client: &Client,
    target: &Target,
    request: &RestartRequest,
    wait: &WaitAfterStart,
) -> Result<ProcessReport<Started>, Problem> {
    let started = client.restart_across_daemons(target, request)?;
    Ok(wait.report(started, |started| summary("Restarted", started)))
}

/// What was done, with its verb: the name, the PID, and an input that is empty.
pub(super) fn summary(verb: &str, started: &Started) -> Vec<String> {
    let pid = started.process.status.pid().map(|pid| format!(" with PID {pid}"));
    let mut lines = vec![format!("{verb} {}{}", started.process.name(), pid.unwrap_or_default())];
    if started.process.stdin == StdinSource::DevNull {
        lines.push("Its standard input is /dev/null".to_owned());
    }
    lines
}
