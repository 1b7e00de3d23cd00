//! `restart`: end the current runs of processes, if any, and start new ones.

use persistproc_api::client::Client;
use persistproc_api::control::RestartRequest;
use persistproc_api::process::StdinSource;
use persistproc_api::selection::SelectedState;
use persistproc_api::start::Started;
use persistproc_api::wait::WaitRequest;
use persistproc_api::{Problem, Target};

use super::each::{self, ProcessReport};
use super::selected::{Purpose, SelectionRequest, WithoutTarget, select};
use super::{target, wait};
use crate::args::{RestartArgs, StopFlags};
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
    let wait = wait::after_start(&args.wait);
    if let Some(label) = &args.label {
        let target = target::of_label(&client, label)?;
        return restart(&client, &target, args.stop, wait.as_ref())?.print(context);
    }
    let request = SelectionRequest {
        ended: args.ended,
        ..SelectionRequest::optional(&args.target, args.scope, PURPOSE)
    };
    let selected = select(&client, &request, context)?;
    let flags = args.stop;
    each::run(&selected, &client, context, "No process matches these flags.", |client, target| {
        restart(client, target, flags, wait.as_ref())
    })
}

/// Restarts a process and reports its new PID and the result of the wait, if one was asked for.
pub(super) fn restart(
    client: &Client,
    target: &Target,
    flags: StopFlags,
    wait: Option<&WaitRequest>,
) -> Result<ProcessReport<Started>, Problem> {
    let request =
        RestartRequest { force: flags.force, timeout: flags.timeout, wait: wait.cloned() };
    let started = client.restart_across_daemons(target, &request)?;
    Ok(wait::start_report(started, wait, summary))
}

fn summary(started: &Started) -> Vec<String> {
    let pid = started.process.status.pid().map(|pid| format!(" with PID {pid}"));
    let mut lines =
        vec![format!("Restarted {}{}", started.process.name(), pid.unwrap_or_default())];
    if started.process.stdin == StdinSource::DevNull {
        lines.push("Its standard input is /dev/null".to_owned());
    }
    lines
}
