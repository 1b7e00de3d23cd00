//! `stop`: end a process and return when its whole tree is gone.

use std::process::ExitCode;

use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::control::StopRequest;

use super::target;
use crate::args::{StopArgs, StopFlags};
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render;

pub(crate) fn run(args: &StopArgs, context: &Context) -> Outcome {
    stop(&context.client()?, &target::from_args(&args.target), args.stop, context)?;
    Ok(ExitCode::SUCCESS)
}

/// Stops the process and prints how it ended.
pub(super) fn stop(
    client: &Client,
    target: &Target,
    flags: StopFlags,
    context: &Context,
) -> Result<(), Failure> {
    let request = StopRequest { force: flags.force, timeout: flags.timeout, interrupt: false };
    let process = client.stop(target, &request)?;
    if context.json() {
        return render::json(&process);
    }
    let exit = process.status.exit().map(|exit| format!(" ({exit})"));
    render::escaped_lines([format!("Stopped {}{}", process.name(), exit.unwrap_or_default())])
}
