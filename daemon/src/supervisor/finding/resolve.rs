//! [`resolve`]: the process that a target names. The steps are tried in order, and the first one
//! with a hit decides. If it has several hits, the only running one is meant; otherwise the target
//! is ambiguous.

use std::path::Path;

use persistproc_api::problem::NextStep;
use persistproc_api::start::Command;
use persistproc_api::words::{distance, join_words};
use persistproc_api::{ErrorCode, Problem, Process, Target};

use crate::supervisor::requests::spec;

/// How many candidates an error lists.
const MAX_CANDIDATES: usize = 8;

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
    /// Any part of a label, an id or a command.
    Part,
}

const STEPS: [Step; 7] = [
    Step::Id,
    Step::Pid,
    Step::Label,
    Step::CommandInDirectory,
    Step::Command,
    Step::Prefix,
    Step::Part,
];

/// The one process that a target names.
pub fn resolve<'a>(processes: &'a [Process], target: &Target) -> Result<&'a Process, Problem> {
    let hits = hits(processes, target);
    // A pid may have been used twice, or a command may have ended in another directory.
    let running: Vec<_> =
        hits.iter().copied().filter(|process| process.status.is_alive()).collect();
    match (&hits[..], &running[..]) {
        ([], _) => Err(unknown(processes, &target.name)),
        ([only], _) | (_, [only]) => Ok(only),
        (several, _) => Err(ambiguous(&target.name, several)),
    }
}

/// All processes that the first step with a hit finds.
pub fn hits<'a>(processes: &'a [Process], target: &Target) -> Vec<&'a Process> {
    let matcher = Matcher::new(target);
    for step in STEPS {
        let hits: Vec<_> =
            processes.iter().filter(|process| matcher.matches(step, process)).collect();
        if !hits.is_empty() {
            return hits;
        }
    }
    Vec::new()
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
            pid: target.name.parse().ok(),
            words: spec::words(&Command::Line(target.name.clone())).unwrap_or_default(),
        }
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
                !self.name.is_empty()
                    && names(process).iter().any(|name| name.starts_with(self.name))
            }
            Step::Part => {
                !self.name.is_empty() && names(process).iter().any(|name| name.contains(self.name))
            }
        }
    }
}

fn names(process: &Process) -> [String; 3] {
    [process.id.clone(), process.label.clone(), process.command_line()]
}

fn unknown(processes: &[Process], target: &str) -> Problem {
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

fn ambiguous(target: &str, candidates: &[&Process]) -> Problem {
    let lines: Vec<String> = candidates
        .iter()
        .take(MAX_CANDIDATES)
        .map(|process| {
            let directory = process.working_directory.display();
            let command = join_words(&process.command);
            let names = id_and_label(process);
            format!("{names} ({}, {command} in {directory})", process.status.word())
        })
        .collect();
    let count = candidates.len();
    let more = count.saturating_sub(MAX_CANDIDATES);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let message = format!("`{target}` matches {count} processes: {}{more}.", lines.join(", "));
    Problem::new(ErrorCode::Ambiguous, message).hint("Give the id of the one you mean.")
}

/// The id, and the label unless it is the default.
fn id_and_label(process: &Process) -> String {
    match process.name() {
        id if id == process.id => id.to_owned(),
        label => format!("{} \"{label}\"", process.id),
    }
}

#[cfg(test)]
mod tests {
    use persistproc_api::{Exit, Status, Time};

    use super::*;

    fn process(id: &str, command: &str, directory: &str, pid: u32, alive: bool) -> Process {
        let start_time = Time::from_micros(1);
        let end_time = Time::from_micros(2);
        let status = if alive {
            Status::Running { pid, start_time }
        } else {
            Status::Exited { pid, start_time, end_time, exit: Exit::Code(0) }
        };
        Process {
            id: id.into(),
            label: format!("{command} in {directory}"),
            command: command.split(' ').map(Into::into).collect(),
            command_base64: None,
            working_directory: directory.into(),
            working_directory_base64: None,
            status,
            run: 1,
            tty: false,
            streams: persistproc_api::streams::Streams::Split,
            stdin: persistproc_api::process::StdinSource::Own,
            private: false,
            let_go: Vec::new(),
            ended_with: Vec::new(),
            leader_exit: None,
            assigned_port: None,
            log_combined: "/".into(),
            log_stdout: "/".into(),
            log_stderr: "/".into(),
            lost_bytes: 0,
            started_by: None,
            started_by_session: None,
            stopped_by: None,
            facts: None,
        }
    }

    #[test]
    fn the_first_step_with_a_hit_decides() {
        let all = [
            process("a-npm-run-dev", "npm run dev", "/a", 10, true),
            process("b-npm-run-dev", "npm run dev", "/b", 11, true),
            process("web", "vite", "/w", 12, true),
            process("old", "vite --port 1", "/w", 10, false),
            process("shell", "sh -c vite --p", "/w", 13, true),
        ];
        let found = |target: &str, directory: Option<&str>| {
            resolve(&all, &Target::new(target, directory.map(Into::into)))
                .map(|process| process.id.clone())
                .map_err(|e| e.code)
        };
        assert_eq!(found("web", None).unwrap(), "web");
        assert_eq!(
            found("10", None).unwrap(),
            "a-npm-run-dev",
            "the running process with this pid"
        );
        assert_eq!(found("vite in /w", None).unwrap(), "web");
        assert_eq!(found("npm run dev", Some("/b")).unwrap(), "b-npm-run-dev");
        assert_eq!(found("npm run dev", None), Err(ErrorCode::Ambiguous));
        assert_eq!(found("vite", None).unwrap(), "web");
        assert_eq!(found("--port", None).unwrap(), "old");
        assert_eq!(found("vite --p", None).unwrap(), "old", "the beginning of its command");
        assert_eq!(found("run dev", Some("/a")), Err(ErrorCode::Ambiguous), "part of two commands");
        assert_eq!(found("nothing", None), Err(ErrorCode::NotFound));
        assert_eq!(found("", None), Err(ErrorCode::NotFound));
        assert!(
            resolve(&all, &Target::new("wev", None)).unwrap_err().hint.did_you_mean()
                == Some("web")
        );
    }
}
