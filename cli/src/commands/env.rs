//! `env`: how the environment of a process differs from that of this command.

use std::path::Path;
use std::process::ExitCode;

use persistproc_api::environment::{Environment, EnvironmentDifference};
use persistproc_api::record::{self, PROCESS_FILE, ProcessRecord};
use persistproc_api::{ErrorCode, Problem};

use super::selected;
use crate::args::EnvArgs;
use crate::context::Context;
use crate::error::Outcome;
use crate::render;

pub(crate) fn run(args: &EnvArgs, context: &Context) -> Outcome {
    let process = selected::one_to_read(&context.client()?, &args.target, "env", context)?;
    let folder = context.data_dirs().process(&process.id);
    let environment = of_process(&folder).map_err(|error| {
        let path = folder.join(PROCESS_FILE);
        Problem::new(ErrorCode::Storage, format!("{} cannot be read: {error}.", path.display()))
            .hint("Run `pp doctor` to check the data directory.")
    })?;
    if args.all {
        let mut names: Vec<String> =
            environment.names().map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        let printed =
            if context.json() { render::json(&names) } else { render::escaped_lines(names) };
        printed?;
        return Ok(ExitCode::SUCCESS);
    }
    let difference = EnvironmentDifference::between(&Environment::own(), &environment);
    if context.json() {
        render::json(&difference)?;
    } else {
        render::escaped_lines(lines(&difference, process.name()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The environment that the process was started with.
pub(super) fn of_process(folder: &Path) -> std::io::Result<Environment> {
    let process: ProcessRecord = record::read(&folder.join(PROCESS_FILE))?;
    Ok(process.launch.environment)
}

fn lines(difference: &EnvironmentDifference, name: &str) -> Vec<String> {
    if difference.is_empty() {
        return vec![format!("{name} has the environment of this shell.")];
    }
    let groups = [
        ("Different: ".to_owned(), &difference.different),
        (format!("Only in {name}: "), &difference.only_there),
        ("Only here: ".to_owned(), &difference.only_here),
    ];
    let some = groups.into_iter().filter(|(_, names)| !names.is_empty());
    some.map(|(title, names)| format!("{title}{}", names.join(", "))).collect()
}

/// A note for a command that joins a running process with another environment. Two shells that differ
/// in many variables are not worth one.
pub(super) fn note_of_joined(folder: &Path, wanted: &Environment, flag: &str) -> Option<String> {
    let difference = EnvironmentDifference::between(wanted, &of_process(folder).ok()?);
    let names: Vec<&str> = difference.names().collect();
    if names.is_empty() || names.len() > MAX_NAMES {
        return None;
    }
    let names = names.join(", ");
    Some(format!(
        "It runs with another environment (different: {names}); {flag} starts it with this one."
    ))
}

/// The most variables that a note names.
const MAX_NAMES: usize = 5;
