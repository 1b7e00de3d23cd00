//! `restart`: the same again, in a new run.

use std::process::ExitCode;

use persistproc_api::client::Client;
use persistproc_api::control::RestartRequest;

use super::target::Target;
use crate::args::{EndArgs, RestartArgs};
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render;

pub(crate) fn run(args: &RestartArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let (label, directory) = (args.label.as_deref(), args.working_directory.as_deref());
    let target = Target::labelled(&client, label, &args.target, directory)?;
    restart(&client, &target, args.end, context)?;
    Ok(ExitCode::SUCCESS)
}

/// Restarts it and says which process it is now.
pub(super) fn restart(
    client: &Client,
    target: &Target,
    end: EndArgs,
    context: &Context,
) -> Result<(), Failure> {
    let request = RestartRequest { force: end.force, timeout: end.timeout };
    let started = client.restart(&target.name, target.directory(), &request)?;
    if context.json() {
        return render::json(&started);
    }
    let pid = started.process.status.pid().map(|pid| format!(" with PID {pid}"));
    render::lines([format!("Restarted {}{}", started.process.label, pid.unwrap_or_default())])
}
