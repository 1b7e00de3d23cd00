//! `attach`: watch a process that runs, whoever started it.

use persistproc_api::{ErrorCode, Problem, Process, Time};

use super::run::last_lines;
use super::target;
use crate::args::AttachArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render::words;
use crate::session::Session;

pub(crate) fn run(args: &AttachArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let target = target::from_words(&args.target, args.working_directory.as_deref());
    let process = client.process(&target)?;
    if !process.status.is_alive() {
        return Err(ended(&process).into());
    }
    let (on_exit, silent) = (args.watch.on_exit, args.watch.raw || context.quiet());
    Session { client, process, query: last_lines(), on_exit, silent, ours: false }.run()
}

fn ended(process: &Process) -> Problem {
    let ago = words::age(&process.status, Time::now()).map(|age| format!(" {age} ago"));
    let fate = words::fate(&process.status);
    let message = format!("{} {fate}{}.", process.name(), ago.unwrap_or_default());
    Problem::new(ErrorCode::NotRunning, message).hint(format!(
        "Start it again with `pp restart {0}`, or read what it printed with `pp logs {0}`.",
        process.id
    ))
}
