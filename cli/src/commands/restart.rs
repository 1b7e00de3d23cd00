//! `restart`: the same again, in a new run.

use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::control::RestartRequest;
use persistproc_api::wait::WaitRequest;

use super::target;
use super::wait;
use crate::args::{EndArgs, RestartArgs};
use crate::context::Context;
use crate::error::Outcome;

pub(crate) fn run(args: &RestartArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let (label, directory) = (args.label.as_deref(), args.working_directory.as_deref());
    let target = target::labelled(&client, label, &args.target, directory)?;
    restart(&client, &target, args.end, wait::after_start(&args.wait), context)
}

/// Restarts it and says which process it is now, and what came of a wait for it.
pub(super) fn restart(
    client: &Client,
    target: &Target,
    end: EndArgs,
    wait: Option<WaitRequest>,
    context: &Context,
) -> Outcome {
    let request = RestartRequest { force: end.force, timeout: end.timeout, wait };
    let started = client.restart(target, &request)?;
    wait::outcome(&started, request.wait.as_ref(), context, |started| {
        let pid = started.process.status.pid().map(|pid| format!(" with PID {pid}"));
        vec![format!("Restarted {}{}", started.process.label, pid.unwrap_or_default())]
    })
}
