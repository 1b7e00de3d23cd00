//! `restart`: end the current run of a process, if any, and start a new one.

use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::control::RestartRequest;
use persistproc_api::process::StdinSource;
use persistproc_api::start::Started;
use persistproc_api::wait::WaitRequest;

use super::{target, wait};
use crate::args::{RestartArgs, StopFlags};
use crate::context::Context;
use crate::error::Outcome;

pub(crate) fn run(args: &RestartArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let directory = args.working_directory.as_deref();
    let target = target::with_label(&client, args.label.as_deref(), &args.target, directory)?;
    restart(&client, &target, args.stop, wait::after_start(&args.wait), context)
}

/// Restarts the process and prints its new PID and the result of the wait, if one was asked for.
pub(super) fn restart(
    client: &Client,
    target: &Target,
    flags: StopFlags,
    wait: Option<WaitRequest>,
    context: &Context,
) -> Outcome {
    let request = RestartRequest { force: flags.force, timeout: flags.timeout, wait };
    let started = client.restart_across_daemons(target, &request)?;
    wait::report_start(&started, request.wait.as_ref(), context, summary)
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
