//! `stop`: returns when nothing of the process is left.

use std::process::ExitCode;

use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::control::StopRequest;

use super::target;
use crate::args::{EndArgs, StopArgs};
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render::{self, words};

pub(crate) fn run(args: &StopArgs, context: &Context) -> Outcome {
    stop(&context.client()?, &target::from_args(&args.target), args.end, context)?;
    Ok(ExitCode::SUCCESS)
}

/// Stops it and says how it ended.
pub(super) fn stop(
    client: &Client,
    target: &Target,
    end: EndArgs,
    context: &Context,
) -> Result<(), Failure> {
    let request = StopRequest { force: end.force, timeout: end.timeout };
    let process = client.stop(target, &request)?;
    if context.json() {
        return render::json(&process);
    }
    let exit = process.status.exit().map(|exit| format!(" ({})", words::exit(exit)));
    render::said([format!("Stopped {}{}", process.label, exit.unwrap_or_default())])
}
