//! The process that a command without a target means: the one of this directory and below, or else of
//! the repository. Several are never changed without a name or a flag.

use std::path::Path;

use persistproc_api::problem::NextStep;
use persistproc_api::selection::{WithoutTarget, meant, repository_root};
use persistproc_api::words::join_words;
use persistproc_api::{ErrorCode, Problem, Process, candidates};

use super::{Purpose, Selected};
use crate::render::words;

pub(super) fn find(
    processes: &[Process],
    directory: &Path,
    purpose: Purpose<'_>,
    home: Option<&Path>,
) -> Result<Selected, Problem> {
    match &meant(processes, directory, purpose.without_target)[..] {
        [] => Err(none(processes, directory, purpose, home)),
        [only] => Ok(Selected::one((*only).clone())),
        all if purpose.without_target == WithoutTarget::All => {
            Ok(all_of(all, directory, repository_root(directory)))
        }
        several => Err(ambiguous(several, directory, purpose, home)),
    }
}

fn all_of(processes: &[&Process], directory: &Path, repository: Option<&Path>) -> Selected {
    let are_here = processes.iter().any(|process| process.working_directory.starts_with(directory));
    let later_in = if are_here { directory } else { repository.unwrap_or(directory) };
    Selected {
        processes: processes.iter().copied().cloned().collect(),
        is_list: true,
        later_in: Some(later_in.to_owned()),
    }
}

fn ambiguous(
    several: &[&Process],
    directory: &Path,
    purpose: Purpose<'_>,
    home: Option<&Path>,
) -> Problem {
    let command = purpose.command;
    let are_alive = several.iter().any(|process| process.status.is_alive());
    let verb = if are_alive { "run" } else { "have ended" };
    let table = candidates::lines(several, home).join("\n");
    let message = format!("{} processes {verb} here:\n{table}", several.len());
    let first = several.first().map_or("", |process| process.name());
    let example = format!("pp {command} {}", join_words(&[first]));
    let are_here = several.iter().all(|process| process.working_directory.starts_with(directory));
    let flags = if are_alive { "--here" } else { "--here --ended" };
    let hint = if are_here {
        format!("Name one or more of them: {example}\nOr all of them: pp {command} {flags}")
    } else {
        format!("Name one or more of them: {example}")
    };
    let ids = several.iter().map(|process| process.id.clone()).collect();
    Problem::new(ErrorCode::Ambiguous, message).hint(hint).with_candidates(ids)
}

/// Nothing here: what exists elsewhere, running processes first.
fn none(
    processes: &[Process],
    directory: &Path,
    purpose: Purpose<'_>,
    home: Option<&Path>,
) -> Problem {
    let here = words::directory(directory, home);
    let only_running = purpose.without_target == WithoutTarget::Running;
    let verb = if only_running { "runs" } else { "is known" };
    let sentence = format!("No process {verb} in {here} or below.");
    let elsewhere: Vec<&Process> =
        processes.iter().filter(|process| !only_running || process.status.is_alive()).collect();
    let Some(first) = elsewhere.first() else {
        let next = if processes.is_empty() { NextStep::start_first() } else { NextStep::list() };
        return Problem::new(ErrorCode::NotFound, sentence).hint(next);
    };
    let table = candidates::lines(&elsewhere, home).join("\n");
    let example = format!("pp {} {}", purpose.command, join_words(&[first.name()]));
    Problem::new(ErrorCode::NotFound, format!("{sentence} Elsewhere:\n{table}"))
        .hint(format!("Name the one you mean: {example}"))
}
