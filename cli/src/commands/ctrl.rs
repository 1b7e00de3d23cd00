//! `ctrl`: start, stop and restart under the one name that agents know from their tool.

use std::process::ExitCode;

use persistproc_api::client::Client;
use persistproc_api::{Problem, Target};

use super::target;
use super::{restart, start, stop};
use crate::args::{Action, CtrlArgs, EndArgs, IfRunningChoice, StartArgs, WaitForArgs};
use crate::context::Context;
use crate::error::Outcome;

pub(crate) fn run(args: CtrlArgs, context: &Context) -> Outcome {
    let end = EndArgs { force: args.force, timeout: None };
    match args.action {
        Action::Start => return start::run(&start_args(args)?, context),
        Action::Stop => {
            let client = context.client()?;
            stop::stop(&client, &target(&client, &args)?, end, context)?;
        }
        Action::Restart => {
            let client = context.client()?;
            return restart::restart(&client, &target(&client, &args)?, end, None, context);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn target(client: &Client, args: &CtrlArgs) -> Result<Target, Problem> {
    let (label, directory) = (args.label.as_deref(), args.working_directory.as_deref());
    target::labelled(client, label, &args.words, directory)
}

fn start_args(args: CtrlArgs) -> Result<StartArgs, Problem> {
    if args.words.is_empty() {
        return Err(Problem::invalid("There is no command to start.")
            .hint("Name one: `pp ctrl start npm run dev`."));
    }
    Ok(StartArgs {
        working_directory: args.working_directory,
        environment: args.environment,
        label: args.label,
        tty: false,
        if_running: IfRunningChoice::Return,
        wait: WaitForArgs::default(),
        words: args.words,
    })
}
