//! `output --follow` and `output --raw`: the output as a stream of bytes. Without `--raw`, terminal
//! control sequences are removed.

use persistproc_api::client::Client;
use persistproc_api::follow::{output_dropped, output_lost, runs_dropped};
use persistproc_api::{ErrorCode, Problem, Status, Target};

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
    let mut notes = Notes { replaced_run: None, reader: context.client_name() };
    Follower::new(client, target, query).run(&mut sinks, |event| {
        // The bytes themselves say nothing about what the log limit has dropped.
        let is_dropped =
            matches!(event, OutputEvent::Dropped { .. } | OutputEvent::RunsDropped(..));
        if !args.raw || (is_dropped && !is_incomplete(&event)) {
            notes.of(&event).iter().for_each(|text| context.note(text));
        } else if is_incomplete(&event) {
            missing = missing.take().or_else(|| notes.of(&event));
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

/// Words notes about what happens between the lines.
pub(super) struct Notes {
    /// How the last run ended, until the next one begins.
    pub(super) replaced_run: Option<Status>,
    /// The client name of this command.
    pub(super) reader: &'static str,
}

impl Notes {
    pub(super) fn of(&mut self, event: &OutputEvent) -> Option<String> {
        match event {
            OutputEvent::LetGo(_) | OutputEvent::Ended(_) => None,
            OutputEvent::Restarting(status) => {
                self.replaced_run = Some(status.clone());
                None
            }
            OutputEvent::Run(process) => {
                let ended = self.replaced_run.take()?;
                Some(words::new_run_note(&ended, process.started_by.as_deref(), self.reader))
            }
            OutputEvent::Dropped { bytes, is_damage } => Some(output_dropped(*bytes, *is_damage)),
            OutputEvent::Lost(bytes) => Some(output_lost(*bytes)),
            OutputEvent::RunsDropped(first, last) => Some(runs_dropped(*first, *last)),
        }
    }
}
