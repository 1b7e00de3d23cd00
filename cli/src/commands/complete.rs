//! `__complete`: what a shell offers for the word under the cursor. It starts no daemon and waits
//! for none: whoever presses Tab wants an answer now, or nothing.
//!
//! The first line says what to do: `program N`, `first`, `words`, `directory` or `nothing`; each
//! further one is a word, a tab and what it means.

use std::env;
use std::ffi::OsString;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::process::Process;

use crate::completion::{Candidate, Next, Which, next};
use crate::dispatch::{self, Name};
use crate::quick;
use crate::render::words;

/// A daemon that is well answers in two.
const PATIENCE: Duration = Duration::from_millis(20);

/// Milliseconds to wait instead, for those whose machine is slow or busy.
const OTHER_PATIENCE: &str = "PERSISTPROC_COMPLETION_MS";

fn patience() -> Duration {
    let given = env::var(OTHER_PATIENCE).ok().and_then(|text| text.parse().ok());
    given.map_or(PATIENCE, Duration::from_millis)
}

/// The words of the line behind our own name; the last is the one that is being typed.
pub(crate) fn run(line: &[OsString]) -> ExitCode {
    let line: Vec<String> = line.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut root = dispatch::command(Name::Persistproc);
    root.build();
    let (directive, candidates) = match next(&root, &line) {
        Next::Program(at) => (format!("program {at}"), Vec::new()),
        Next::First(ours) => ("first".into(), [ours, known_here(&processes(&line))].concat()),
        Next::Words(words) => ("words".into(), words),
        Next::Target(which) => ("words".into(), targets(&processes(&line), which)),
        Next::Directory => ("directory".into(), Vec::new()),
        Next::Unknown => ("nothing".into(), Vec::new()),
    };
    let typed = line.last().map(String::as_str).unwrap_or_default();
    let fits = candidates.iter().filter(|candidate| candidate.word.starts_with(typed));
    let lines = fits.map(|Candidate { word, about }| format!("{word}\t{about}\n"));
    let answer = format!("{directive}\n{}", lines.collect::<String>());
    // A shell that no longer listens has what it wants.
    stdout().lock().write_all(answer.as_bytes()).ok();
    ExitCode::SUCCESS
}

/// What the daemon knows; nothing, if there is none or it takes too long.
fn processes(line: &[String]) -> Vec<Process> {
    let at = line.iter().position(|word| ["--data-dir", "--data_dir"].contains(&word.as_str()));
    let given = at.and_then(|at| line.get(at + 1)).map(PathBuf::from);
    let Ok(dirs) = DataDirs::resolve(given.as_deref()) else { return Vec::new() };
    quick::processes(dirs, patience())
}

fn targets(processes: &[Process], which: Which) -> Vec<Candidate> {
    let wanted = |process: &&Process| match which {
        Which::All => true,
        Which::Running => process.status.is_alive(),
        Which::Ended => !process.status.is_alive(),
    };
    let home = env::var_os("HOME").map(PathBuf::from);
    let named = |process: &Process| Candidate {
        word: words::shown(process.name()),
        about: about(process, home.as_deref()),
    };
    processes.iter().filter(wanted).map(named).collect()
}

/// `running in ~/todo`.
fn about(process: &Process, home: Option<&Path>) -> String {
    let directory = words::directory(&process.working_directory, home);
    words::shown(&format!("{} in {directory}", process.status.word()))
}

/// The programs that were run in this directory.
fn known_here(processes: &[Process]) -> Vec<Candidate> {
    let Ok(here) = env::current_dir() else { return Vec::new() };
    let ours = processes.iter().filter(|process| process.working_directory == here);
    let mut known: Vec<Candidate> = Vec::new();
    for process in ours {
        let Some(word) = process.command.first().map(|word| words::shown(word)) else { continue };
        if known.iter().all(|other| other.word != word) {
            known.push(Candidate { word, about: words::shown(&process.command_line()) });
        }
    }
    known
}
