//! [`resolve`]: the process that a target names. The steps are tried in order, and the first one
//! with a hit decides. If it has several hits, the only running one is meant; otherwise the target
//! is ambiguous.
//!
//! [`resolve_to_change`] does the same for requests that change a process: an exact name is needed,
//! or a part that can hardly hit another process than the one that is meant.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use persistproc_api::problem::NextStep;
use persistproc_api::start::Command;
use persistproc_api::words::distance;
use persistproc_api::{ErrorCode, Problem, Process, Target, candidates};

use super::directory_tree::DirectoryTree;
use super::name_parts::searchable;
use crate::supervisor::requests::spec;

/// How many characters of a name are enough to change its process.
const MIN_PART_CHARS: usize = 3;

/// What a step compares with the target.
#[derive(Clone, Copy)]
enum Step {
    Id,
    Pid,
    Label,
    /// The command, in the directory of the target.
    CommandInDirectory,
    Command,
    /// The beginning of a label, an id or a command.
    Prefix,
    /// Any part of a label, an id or a command, but not of a path in them.
    Part,
}

const EXACT_STEPS: [Step; 5] =
    [Step::Id, Step::Pid, Step::Label, Step::CommandInDirectory, Step::Command];

const PARTIAL_STEPS: [Step; 2] = [Step::Prefix, Step::Part];

/// The one process that a target names, to read of it. Of the processes that only have a part of the
/// name, those of the same directory tree come first.
pub fn resolve<'a>(
    processes: &'a [Arc<Process>],
    target: &Target,
    tree: Option<&DirectoryTree>,
) -> Result<&'a Process, Problem> {
    let matcher = Matcher::new(target);
    let mut hits = matcher.first_hits(&EXACT_STEPS, all(processes));
    if hits.is_empty() {
        let is_near = |process: &&Process| tree.is_none_or(|tree| tree.is_near(process));
        hits = matcher.first_hits(&PARTIAL_STEPS, all(processes).filter(is_near));
    }
    if hits.is_empty() {
        hits = matcher.first_hits(&PARTIAL_STEPS, all(processes));
    }
    if hits.is_empty() {
        return Err(unknown(processes, &target.name));
    }
    only_one(&hits, &target.name)
}

/// The one process that a target names among those in this directory and below.
pub fn resolve_below(
    processes: &[Arc<Process>],
    target: &Target,
    directory: &Path,
    for_change: bool,
) -> Result<Process, Problem> {
    let is_below = |process: &&Arc<Process>| process.working_directory.starts_with(directory);
    let processes: Vec<Arc<Process>> = processes.iter().filter(is_below).cloned().collect();
    let found = if for_change {
        resolve_to_change(&processes, target, None)
    } else {
        resolve(&processes, target, None)
    };
    found.cloned().map_err(|problem| {
        if problem.code != ErrorCode::NotFound {
            return problem;
        }
        let directory = directory.display();
        let message = format!("No process in {directory} or below matches `{}`.", target.name);
        Problem { message, hint: NextStep::list(), ..problem }
    })
}

/// The one process that a target names, to change it. A part has at least three characters, cuts no
/// number, and reaches a process of the same directory tree only. The name of a program may be
/// shorter. All parts of all names count, so that it is unique.
pub fn resolve_to_change<'a>(
    processes: &'a [Arc<Process>],
    target: &Target,
    tree: Option<&DirectoryTree>,
) -> Result<&'a Process, Problem> {
    let name = &target.name;
    let matcher = Matcher::new(target);
    let exact = matcher.first_hits(&EXACT_STEPS, all(processes));
    if !exact.is_empty() {
        return only_one(&exact, name);
    }
    let hits: Vec<_> = all(processes).filter(|process| contains(process, name)).collect();
    if let Some(reason) = why_no_part(name, &hits) {
        return Err(no_part(processes, name, &hits, reason));
    }
    let is_short = name.chars().count() < MIN_PART_CHARS;
    let is_part = |process: &&Process| {
        contains_with_whole_numbers(process, name) && (!is_short || is_program(process, name))
    };
    let hits: Vec<_> = hits.into_iter().filter(is_part).collect();
    let is_near = |process: &Process| tree.is_none_or(|tree| tree.is_near(process));
    let near: Vec<_> = hits.iter().copied().filter(|process| is_near(process)).collect();
    if near.is_empty() {
        return Err(elsewhere(name, &hits));
    }
    only_one(&near, name)
}

/// The only one of these hits, or the only running one: a pid may have been used twice, or a command
/// may have ended in another directory.
fn only_one<'a>(hits: &[&'a Process], target: &str) -> Result<&'a Process, Problem> {
    let running: Vec<_> =
        hits.iter().copied().filter(|process| process.status.is_alive()).collect();
    match (hits, &running[..]) {
        ([only], _) | (_, [only]) => Ok(only),
        (several, _) => Err(ambiguous(target, several)),
    }
}

fn all(processes: &[Arc<Process>]) -> impl Iterator<Item = &Process> {
    processes.iter().map(AsRef::as_ref)
}

/// All processes that the first step with a hit finds.
pub fn hits(processes: &[Arc<Process>], target: &Target) -> Vec<Arc<Process>> {
    let matcher = Matcher::new(target);
    let hits_of = |step: &Step| {
        let hits = processes.iter().filter(|process| matcher.matches(*step, process));
        hits.cloned().collect::<Vec<_>>()
    };
    let mut found = EXACT_STEPS.iter().chain(&PARTIAL_STEPS).map(hits_of);
    found.find(|hits| !hits.is_empty()).unwrap_or_default()
}

/// A target, parsed once for all steps and processes.
struct Matcher<'a> {
    name: &'a str,
    directory: Option<&'a Path>,
    pid: Option<u32>,
    words: Vec<String>,
}

impl<'a> Matcher<'a> {
    fn new(target: &'a Target) -> Self {
        Self {
            name: &target.name,
            directory: target.directory.as_deref(),
            pid: target.name.parse().ok().filter(|pid: &u32| pid.to_string() == target.name),
            words: spec::words(&Command::Line(target.name.clone())).unwrap_or_default(),
        }
    }

    /// The processes that the first of these steps with a hit finds.
    fn first_hits<'p>(
        &self,
        steps: &[Step],
        processes: impl IntoIterator<Item = &'p Process>,
    ) -> Vec<&'p Process> {
        let processes: Vec<_> = processes.into_iter().collect();
        for step in steps {
            let hits: Vec<_> =
                processes.iter().copied().filter(|process| self.matches(*step, process)).collect();
            if !hits.is_empty() {
                return hits;
            }
        }
        Vec::new()
    }

    fn matches(&self, step: Step, process: &Process) -> bool {
        match step {
            Step::Id => process.id == self.name,
            Step::Pid => self.pid.is_some() && process.status.pid() == self.pid,
            Step::Label => process.label == self.name,
            Step::CommandInDirectory => {
                process.command == self.words
                    && self.directory.is_some_and(|path| process.working_directory == path)
            }
            Step::Command => process.command == self.words,
            Step::Prefix => {
                is_part(self.name)
                    && searchable(process, self.name).iter().any(|name| name.starts_with(self.name))
            }
            Step::Part => is_part(self.name) && contains(process, self.name),
        }
    }
}

/// Whether a text can be a part of a name. Without a letter it is a number or a sign: a PID that is
/// outdated is contained in many commands.
fn is_part(text: &str) -> bool {
    text.contains(char::is_alphabetic)
}

/// Why a text that is contained in names of these processes names none of them.
fn why_no_part(text: &str, hits: &[&Process]) -> Option<&'static str> {
    if hits.is_empty() {
        Some("")
    } else if !is_part(text) {
        Some(": a number is a PID, an id or a label, not a part of a name")
    } else if text.chars().count() < MIN_PART_CHARS
        && !hits.iter().any(|process| is_program(process, text))
    {
        Some(": a part of a name has at least three characters")
    } else if !hits.iter().any(|process| contains_with_whole_numbers(process, text)) {
        Some(": a part of a name has no part of a number")
    } else {
        None
    }
}

/// Whether the process runs a program of this name, such as `sh` or `go`.
fn is_program(process: &Process, name: &str) -> bool {
    let program = process.command.first().map(Path::new);
    program.and_then(Path::file_name).is_some_and(|program| program == name)
}

fn contains(process: &Process, text: &str) -> bool {
    !text.is_empty() && searchable(process, text).iter().any(|name| name.contains(text))
}

/// Whether a name of the process contains the text, with the numbers at its ends as a whole:
/// `worker-1` is no part of `worker-10`.
fn contains_with_whole_numbers(process: &Process, text: &str) -> bool {
    let is_digit = |c: char| c.is_ascii_digit();
    searchable(process, text).iter().any(|name| {
        name.match_indices(text).any(|(at, _)| {
            let (before, after) = (&name[..at], &name[at + text.len()..]);
            let cuts_at_begin = text.starts_with(is_digit) && before.ends_with(is_digit);
            let cuts_at_end = text.ends_with(is_digit) && after.starts_with(is_digit);
            !cuts_at_begin && !cuts_at_end
        })
    })
}

fn names(process: &Process) -> [String; 3] {
    [process.id.clone(), process.label.clone(), process.command_line()]
}

fn unknown(processes: &[Arc<Process>], target: &str) -> Problem {
    let max_distance = target.chars().count().max(3) / 2;
    let nearest = processes
        .iter()
        .flat_map(|process| names(process).map(|name| (distance(target, &name), process)))
        .filter(|(distance, _)| *distance <= max_distance)
        .min_by_key(|(distance, _)| *distance);
    let next_step = match nearest {
        Some((_, process)) => {
            NextStep::DidYouMean(process.name().to_owned()).then(NextStep::list())
        }
        None if processes.is_empty() => NextStep::start_first(),
        None => NextStep::list(),
    };
    Problem::new(ErrorCode::NotFound, format!("No process matches `{target}`.")).hint(next_step)
}

/// The error of a text that names no process although it is a part of some names.
fn no_part(processes: &[Arc<Process>], target: &str, hits: &[&Process], reason: &str) -> Problem {
    let hint = match hits {
        [only] => NextStep::DidYouMean(only.name().to_owned()).then(NextStep::list()),
        _ => unknown(processes, target).hint,
    };
    let message = format!("No process matches `{target}`{reason}.");
    Problem::new(ErrorCode::NotFound, message).hint(hint)
}

/// The error of a part that matches no process of the caller's directory tree.
fn elsewhere(target: &str, hits: &[&Process]) -> Problem {
    let table = candidates::lines(hits, own_home().as_deref()).join("\n");
    let message = format!("`{target}` matches only processes of other directories:\n{table}");
    let running: Vec<_> =
        hits.iter().copied().filter(|process| process.status.is_alive()).collect();
    let meant = if running.len() == 1 { &running } else { hits };
    Problem::new(ErrorCode::NotFound, message)
        .hint("Give the whole name of the one you mean.")
        .with_candidates(ids(meant))
}

fn ids(processes: &[&Process]) -> Vec<String> {
    processes.iter().map(|process| process.id.clone()).collect()
}

fn ambiguous(target: &str, hits: &[&Process]) -> Problem {
    let table = candidates::lines(hits, own_home().as_deref()).join("\n");
    let message = format!("`{target}` matches {} processes:\n{table}", hits.len());
    Problem::new(ErrorCode::Ambiguous, message)
        .hint("Give the whole name of the one you mean.")
        .with_candidates(ids(hits))
}

/// The home directory of the daemon's user, who is that of its clients.
fn own_home() -> Option<PathBuf> {
    env::var_os("HOME").map(PathBuf::from)
}

#[cfg(test)]
mod tests;
