//! `output --follow` and `output --raw`: the output as a stream of bytes. Without `--raw`, terminal
//! control sequences are removed.

use persistproc_api::Target;
use persistproc_api::client::Client;
use persistproc_api::follow::{output_lost, runs_dropped};

use super::query;
use crate::args::OutputArgs;
use crate::context::Context;
use crate::error::Failure;
use crate::render::words;
use crate::session::{Follower, OutputEvent, Sinks};
use crate::terminal::Sink;

pub(super) fn run(
    client: Client,
    target: Target,
    args: &OutputArgs,
    context: &Context,
) -> Result<(), Failure> {
    let query = query::follow(args);
    let sink = if args.raw { Sink::stdout } else { Sink::sanitized_stdout };
    let mut sinks = Sinks { stdout: sink()?, stderr: sink()? };
    Follower::new(client, target, query).run(&mut sinks, |event| {
        if let Some(text) = note(&event).filter(|_| !args.raw) {
            context.note(&text);
        }
    })
}

fn note(event: &OutputEvent) -> Option<String> {
    match event {
        OutputEvent::Run(_) | OutputEvent::LetGo(_) | OutputEvent::Ended(_) => None,
        OutputEvent::Restarting(status) => {
            Some(format!("It {}; a new run begins.", words::status_phrase(status)))
        }
        OutputEvent::Dropped(bytes) => {
            Some(format!("{bytes} bytes of output were dropped by the log limit."))
        }
        OutputEvent::Lost(bytes) => Some(output_lost(*bytes)),
        OutputEvent::RunsDropped(first, last) => Some(runs_dropped(*first, *last)),
    }
}
