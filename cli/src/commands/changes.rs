//! `changes`: which messages of a process are new since an earlier run or its last rebuild, and which are
//! gone.

use std::process::ExitCode;

use persistproc_api::Target;
use persistproc_api::changes::{ChangedLine, Changes, ChangesQuery};
use persistproc_api::words;

use super::selected;
use crate::args::ChangesArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

/// How many lines of each list are shown. JSON has more.
const MAX_NEW: usize = 6;
const MAX_GONE: usize = 3;

/// The longest line, in characters.
const MAX_LINE: usize = 110;

pub(crate) fn run(args: &ChangesArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let process = selected::one_to_read(&client, &args.target, "changes", context)?;
    let query = ChangesQuery { against: args.against, working_directory: None };
    let changes = client.changes(&Target::from(&process), &query)?;
    if context.json() {
        render::json(&changes)?;
    } else {
        render::lines(lines(&changes))?;
        if !changes.note.is_empty() {
            context.note(&changes.note);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(changes: &Changes) -> Vec<String> {
    let against = match changes.against {
        Some(run) => format!("run {} against run {run}", changes.run),
        None => format!("run {} since its last rebuild", changes.run),
    };
    let name = words::shown(changes.name());
    if changes.new.is_empty() && changes.gone.is_empty() {
        return vec![format!("{name}, {against}: no changes.")];
    }
    let counts = format!("{} new, {} gone", changes.new.len(), changes.gone.len());
    let mut lines = vec![format!("{name}, {against}: {counts}.")];
    lines.extend(listed("+", &changes.new, MAX_NEW));
    lines.extend(listed("-", &changes.gone, MAX_GONE));
    lines
}

/// The first lines of a list; the first one with its time.
fn listed(sign: &str, changed: &[ChangedLine], max: usize) -> Vec<String> {
    let mut lines: Vec<String> = changed
        .iter()
        .take(max)
        .map(|line| format!("{sign} {}", words::shown(&line.sentence(MAX_LINE))))
        .collect();
    if let (Some(first), Some(line)) = (lines.first_mut(), changed.first()) {
        *first = format!("{first}, {}", line.time);
    }
    if changed.len() > max {
        lines.push(format!("{sign} {} more", changed.len() - max));
    }
    lines
}
