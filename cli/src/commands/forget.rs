//! `forget`: remove the records and the logs of ended processes.

use persistproc_api::client::Client;
use persistproc_api::control::Forgotten;
use persistproc_api::selection::SelectedState;
use persistproc_api::{Problem, Target};

use super::each::{self, ProcessReport};
use super::selected::{Purpose, SelectionRequest, WithoutTarget, select};
use crate::args::{ForgetArgs, ScopeFlags};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::words;

const PURPOSE: Purpose<'static> = Purpose {
    command: "forget",
    question: "Forget",
    changes: true,
    state: SelectedState::Ended,
    without_target: WithoutTarget::Any,
};

pub(crate) fn run(args: &ForgetArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let directory = args.working_directory.as_deref();
    let request = SelectionRequest {
        scope: ScopeFlags { here: args.here, all: false },
        ended: args.ended,
        ..SelectionRequest::of_words(&args.target, directory, PURPOSE)
    };
    let selected = select(&client, &request, context)?;
    each::run(&selected, &client, context, "No ended process matches these flags.", forget)
}

/// Forgets a process and reports what was deleted.
pub(super) fn forget(
    client: &Client,
    target: &Target,
) -> Result<ProcessReport<Forgotten>, Problem> {
    let forgotten = client.forget(target)?;
    let runs = match forgotten.runs {
        1 => "1 run".to_owned(),
        runs => format!("{runs} runs"),
    };
    let name = forgotten.process.name();
    let size = words::size(forgotten.log_bytes);
    let line = format!("Forgot {name} ({runs}, {size} of logs)");
    Ok(ProcessReport::line(forgotten, line))
}
