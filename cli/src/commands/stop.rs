//! `stop`: end processes and return when their whole trees are gone.

use persistproc_api::client::Client;
use persistproc_api::control::StopRequest;
use persistproc_api::selection::SelectedState;
use persistproc_api::{ErrorCode, Problem, Process, Target};

use super::each::{self, ProcessReport};
use super::selected::{Purpose, SelectionRequest, WithoutTarget, select};
use crate::args::{StopArgs, StopFlags};
use crate::context::Context;
use crate::error::Outcome;

const PURPOSE: Purpose<'static> = Purpose {
    command: "stop",
    question: "Stop",
    changes: true,
    state: SelectedState::Alive,
    without_target: WithoutTarget::Running,
};

pub(crate) fn run(args: &StopArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let request = SelectionRequest::optional(&args.target, args.scope, PURPOSE);
    let selected = select(&client, &request, context)?;
    let flags = args.stop;
    each::run(&selected, &client, context, "No process runs.", |client, target| {
        match stop(client, target, flags) {
            Err(problem) if problem.code == ErrorCode::NotRunning => {
                already_ended(client, target, &problem)
            }
            result => result,
        }
    })
}

/// A process that has ended is as it was asked for.
fn already_ended(
    client: &Client,
    target: &Target,
    problem: &Problem,
) -> Result<ProcessReport<Process>, Problem> {
    let process = client.process(target)?;
    Ok(ProcessReport::line(process, problem.message.clone()))
}

/// Stops a process and reports how it ended.
pub(super) fn stop(
    client: &Client,
    target: &Target,
    flags: StopFlags,
) -> Result<ProcessReport<Process>, Problem> {
    let request = StopRequest {
        force: flags.force,
        timeout: flags.timeout,
        unless_used: client.is_of_agent(),
        ..StopRequest::default()
    };
    let process = client.stop(target, &request)?;
    let exit = process.status.exit().map(|exit| format!(" ({exit})"));
    let line = format!("Stopped {}{}", process.name(), exit.unwrap_or_default());
    Ok(ProcessReport::line(process, line))
}
