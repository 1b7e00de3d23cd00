//! `__complete`: the candidates for the word at the cursor, called by the completion scripts of
//! `init`. It never starts a daemon, and offers no processes if the daemon does not answer in time.
//!
//! The first line of the answer is a directive: `program N`, `first`, `words`, `directory` or
//! `nothing`. Each further line is a candidate: a word, a tab, a description. Those of `program` are for
//! a shell that has no completion of the program.

use std::env;
use std::ffi::OsString;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use persistproc_api::data_dirs::DataDirs;
use persistproc_api::process::Process;

use crate::completion::{Candidate, NextWord, TargetFilter, next, scripts_of_line};
use crate::dispatch::{self, Name};
use crate::quick_list;
use crate::render::words;

/// How long the daemon may take to answer. It usually takes 2 ms.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(20);

/// The variable that overrides [`ANSWER_TIMEOUT`], in milliseconds, for a slow or busy machine.
const ANSWER_TIMEOUT_VARIABLE: &str = "PERSISTPROC_COMPLETION_MS";

fn answer_timeout() -> Duration {
    let milliseconds = env::var(ANSWER_TIMEOUT_VARIABLE).ok().and_then(|text| text.parse().ok());
    milliseconds.map_or(ANSWER_TIMEOUT, Duration::from_millis)
}

/// `line` holds the words after our own name, up to the cursor; the last one is incomplete.
pub(crate) fn run(line: &[OsString]) -> ExitCode {
    let line: Vec<String> = line.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let mut root = dispatch::command(Name::Persistproc);
    root.build();
    let (directive, candidates) = match next(&root, &line) {
        NextWord::Program(at) => (format!("program {at}"), scripts(&line[at..])),
        NextWord::First(verbs) => {
            ("first".into(), [verbs, programs_of_this_directory(&processes(&line))].concat())
        }
        NextWord::Words(words) => ("words".into(), words),
        NextWord::Target(filter) => ("words".into(), targets(&processes(&line), filter)),
        NextWord::WordsOrTarget(words) => {
            ("words".into(), [words, targets(&processes(&line), TargetFilter::All)].concat())
        }
        NextWord::Directory => ("directory".into(), Vec::new()),
        NextWord::Unknown => ("nothing".into(), Vec::new()),
    };
    let typed = line.last().map(String::as_str).unwrap_or_default();
    let matching = candidates.iter().filter(|candidate| candidate.word.starts_with(typed));
    let lines = matching.map(|Candidate { word, about }| format!("{word}\t{about}\n"));
    let answer = format!("{directive}\n{}", lines.collect::<String>());
    // Fails if the shell closed the pipe; then it needs no answer.
    stdout().lock().write_all(answer.as_bytes()).ok();
    ExitCode::SUCCESS
}

/// The names that the project in this directory defines for the program.
fn scripts(words: &[String]) -> Vec<Candidate> {
    env::current_dir().map_or_else(|_| Vec::new(), |directory| scripts_of_line(words, &directory))
}

/// The processes of the daemon for the data directory that the line names.
fn processes(line: &[String]) -> Vec<Process> {
    let at = line.iter().position(|word| ["--data-dir", "--data_dir"].contains(&word.as_str()));
    let data_dir = at.and_then(|at| line.get(at + 1)).map(PathBuf::from);
    let Ok(dirs) = DataDirs::resolve(data_dir.as_deref()) else { return Vec::new() };
    quick_list::processes(dirs, answer_timeout())
}

fn targets(processes: &[Process], filter: TargetFilter) -> Vec<Candidate> {
    let home = env::var_os("HOME").map(PathBuf::from);
    let matching = processes.iter().filter(|process| match filter {
        TargetFilter::All => true,
        TargetFilter::Running => process.status.is_alive(),
        TargetFilter::Ended => !process.status.is_alive(),
    });
    matching
        .map(|process| Candidate {
            word: words::shown(process.name()),
            about: about(process, home.as_deref()),
        })
        .collect()
}

/// A description such as `running in ~/todo`.
fn about(process: &Process, home: Option<&Path>) -> String {
    let directory = words::directory(&process.working_directory, home);
    words::shown(&format!("{} in {directory}", process.short_status()))
}

/// The programs that were run in the current directory, each once.
fn programs_of_this_directory(processes: &[Process]) -> Vec<Candidate> {
    let Ok(directory) = env::current_dir() else { return Vec::new() };
    let mut programs: Vec<Candidate> = Vec::new();
    for process in processes.iter().filter(|process| process.working_directory == directory) {
        let Some(word) = process.command.first().map(|word| words::shown(word)) else { continue };
        if programs.iter().all(|known| known.word != word) {
            programs.push(Candidate { word, about: words::shown(&process.command_line()) });
        }
    }
    programs
}
