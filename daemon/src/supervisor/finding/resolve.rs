//! Which process a target names. One order for everyone, first hit wins: id, pid, label,
//! command here, command anywhere, the beginning of a label or command, any part of one. Of several hits at one step the
//! only living one is meant; else they are an error that lists them. None is an error that names the nearest.

use persistproc_api::problem::NextStep;
use persistproc_api::start::Command;
use persistproc_api::words::{distance, join_words};
use persistproc_api::{ErrorCode, Problem, Process, Target};

use crate::supervisor::requests::spec;

/// The most that an error lists.
const LISTED: usize = 8;

/// The one process that `target` names.
pub fn resolve<'a>(processes: &'a [Process], target: &Target) -> Result<&'a Process, Problem> {
    let hits = hits(processes, target);
    // A pid may have been used twice, a command run and ended elsewhere: the living one is meant.
    let living: Vec<_> = hits.iter().copied().filter(|process| process.status.is_alive()).collect();
    match (&hits[..], &living[..]) {
        ([], _) => Err(unknown(processes, &target.name)),
        ([one], _) | (_, [one]) => Ok(one),
        (several, _) => Err(ambiguous(&target.name, several)),
    }
}

/// All processes that the first step with a hit finds.
pub fn hits<'a>(processes: &'a [Process], target: &Target) -> Vec<&'a Process> {
    let Target { name, directory } = target;
    let words = spec::words(&Command::Line(name.clone())).unwrap_or_default();
    let pid = name.parse::<u32>().ok();
    let here = |process: &Process| {
        directory.as_ref().is_some_and(|here| process.working_directory == *here)
    };
    let names =
        |process: &Process| [process.label.clone(), process.id.clone(), process.command_line()];
    let begins = |process: &Process| names(process).iter().any(|known| known.starts_with(name));
    let part = |process: &Process| names(process).iter().any(|known| known.contains(name));
    let steps: [&dyn Fn(&Process) -> bool; 7] = [
        &|process| process.id == *name,
        &|process| pid.is_some() && process.status.pid() == pid,
        &|process| process.label == *name,
        &|process| process.command == words && here(process),
        &|process| process.command == words,
        &|process| !name.is_empty() && begins(process),
        &|process| !name.is_empty() && part(process),
    ];
    for step in steps {
        let hits: Vec<_> = processes.iter().filter(|process| step(process)).collect();
        if !hits.is_empty() {
            return hits;
        }
    }
    Vec::new()
}

fn unknown(processes: &[Process], target: &str) -> Problem {
    let problem = Problem::new(ErrorCode::NotFound, format!("No process matches `{target}`."));
    let near = processes
        .iter()
        .flat_map(|process| {
            let names = [process.id.clone(), process.label.clone(), process.command_line()];
            names.map(|name| (distance(target, &name), process))
        })
        .filter(|(distance, _)| *distance * 2 <= target.chars().count().max(3))
        .min_by_key(|(distance, _)| *distance);
    problem.hint(match near {
        Some((_, process)) => {
            NextStep::DidYouMean(process.name().to_owned()).then(NextStep::list())
        }
        None if processes.is_empty() => NextStep::start_first(),
        None => NextStep::list(),
    })
}

fn ambiguous(target: &str, several: &[&Process]) -> Problem {
    let lines: Vec<String> = several
        .iter()
        .take(LISTED)
        .map(|process| {
            let directory = process.working_directory.display();
            let command = join_words(&process.command);
            format!("{} ({}, {command} in {directory})", names_of(process), process.status.word())
        })
        .collect();
    let more = several.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(", and {more} more") } else { String::new() };
    let message =
        format!("`{target}` matches {} processes: {}{more}.", several.len(), lines.join(", "));
    Problem::new(ErrorCode::Ambiguous, message).hint("Give the id of the one you mean.")
}

/// The id, and the label where it was given one.
fn names_of(process: &Process) -> String {
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
        let (start_time, end_time) = (Time::from_micros(1), Time::from_micros(2));
        let status = match alive {
            true => Status::Running { pid, start_time },
            false => Status::Exited { pid, start_time, end_time, exit: Exit::Code(0) },
        };
        Process {
            id: id.into(),
            label: format!("{command} in {directory}"),
            command: command.split(' ').map(Into::into).collect(),
            working_directory: directory.into(),
            status,
            run: 1,
            tty: false,
            log_combined: "/".into(),
            log_stdout: "/".into(),
            log_stderr: "/".into(),
            lost_bytes: 0,
            started_by: None,
            stopped_by: None,
            facts: None,
        }
    }

    #[test]
    fn the_order_of_resolution() {
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
        assert_eq!(found("10", None).unwrap(), "a-npm-run-dev", "the living one has the pid");
        assert_eq!(found("vite in /w", None).unwrap(), "web");
        assert_eq!(found("npm run dev", Some("/b")).unwrap(), "b-npm-run-dev");
        assert_eq!(found("npm run dev", None), Err(ErrorCode::Ambiguous));
        assert_eq!(found("vite", None).unwrap(), "web");
        assert_eq!(found("--port", None).unwrap(), "old");
        assert_eq!(found("vite --p", None).unwrap(), "old", "its command begins so");
        assert_eq!(found("run dev", Some("/a")), Err(ErrorCode::Ambiguous), "a part is any part");
        assert_eq!(found("nothing", None), Err(ErrorCode::NotFound));
        assert_eq!(found("", None), Err(ErrorCode::NotFound));
        assert!(
            resolve(&all, &Target::new("wev", None)).unwrap_err().hint.did_you_mean()
                == Some("web")
        );
    }
}
