//! `output --follow` and `output --raw`: the output as a stream of bytes. Without `--raw`, terminal
//! control sequences are removed.

use persistproc_api::client::Client;
use persistproc_api::follow::{output_dropped, output_lost, runs_dropped};
use persistproc_api::{ErrorCode, Problem, Target};

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
    let sink = || match args.raw {
        true => Sink::stdout(),
        false => Sink::sanitized_stdout(query::has_colours(args, context)),
    };
    let mut sinks = Sinks { stdout: sink()?, stderr: sink()? };
    let mut missing = None;
    Follower::new(client, target, query).run(&mut sinks, |event| {
        // The bytes themselves say nothing about what the log limit has dropped.
        let is_dropped =
            matches!(event, OutputEvent::Dropped { .. } | OutputEvent::RunsDropped(..));
        if !args.raw || (is_dropped && !is_incomplete(&event)) {
            note(&event).iter().for_each(|text| context.note(text));
        } else if is_incomplete(&event) {
            missing = missing.take().or_else(|| note(&event));
        }
    })?;
    match missing {
        // The bytes themselves say nothing about what is missing between them.
        Some(text) => Err(Problem::new(ErrorCode::Storage, text).into()),
        None => Ok(()),
    }
}

/// Whether bytes are missing that the log should have.
fn is_incomplete(event: &OutputEvent) -> bool {
    matches!(event, OutputEvent::Lost(_) | OutputEvent::Dropped { is_damage: true, .. })
}

pub(super) fn note(event: &OutputEvent) -> Option<String> {
    match event {
        OutputEvent::Run(_) | OutputEvent::LetGo(_) | OutputEvent::Ended(_) => None,
        OutputEvent::Restarting(status) => {
            Some(format!("It {}; a new run begins.", words::status_phrase(status)))
        }
        OutputEvent::Dropped { bytes, is_damage } => Some(output_dropped(*bytes, *is_damage)),
        OutputEvent::Lost(bytes) => Some(output_lost(*bytes)),
        OutputEvent::RunsDropped(first, last) => Some(runs_dropped(*first, *last)),
    }
}
