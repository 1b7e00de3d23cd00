//! `ctrl`: start, stop and restart under one name, with the arguments of the MCP tool `ctrl`.

use persistproc_api::client::Client;
use persistproc_api::control::RestartRequest;
use persistproc_api::{Problem, Target};

use super::wait::WaitAfterStart;
use super::{restart, start, stop, target};
use crate::args::{Action, CtrlArgs, StartArgs, StopFlags};
use crate::context::Context;
use crate::error::Outcome;

pub(crate) fn run(args: CtrlArgs, context: &Context) -> Outcome {
    let flags = StopFlags { force: args.force, timeout: None };
    match args.action {
        Action::Start => start::run(&start_args(args)?, context),
        Action::Stop => {
            let client = context.client()?;
            stop::stop(&client, &target(&client, &args)?, flags)?.print(context)
        }
        Action::Restart => {
            let client = context.client()?;
            let request = RestartRequest {
                force: args.force,
                unless_used: client.is_of_agent(),
                ..RestartRequest::default()
            };
            let wait = WaitAfterStart::default();
            restart::restart(&client, &target(&client, &args)?, &request, &wait)?.print(context)
        }
    }
}

fn target(client: &Client, args: &CtrlArgs) -> Result<Target, Problem> {
    let directory = args.working_directory.as_deref();
    target::with_label(client, args.label.as_deref(), &args.words, directory)
}

fn start_args(args: CtrlArgs) -> Result<StartArgs, Problem> {
    if args.words.is_empty() {
        return Err(Problem::invalid("`ctrl start` needs a command.")
            .hint("Example: persistproc ctrl start npm run dev"));
    }
    Ok(StartArgs {
        working_directory: args.working_directory,
        environment: args.environment,
        label: args.label,
        words: args.words.into_iter().map(Into::into).collect(),
        ..StartArgs::default()
    })
}
