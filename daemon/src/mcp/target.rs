//! `target` reads the process and the working directory from the arguments that all tools share.
//! The supervisor decides whether such a process exists.

use std::path::{Path, PathBuf};

use persistproc_api::problem::NextStep;
use persistproc_api::process::ListQuery;
use persistproc_api::{ErrorCode, Problem, Target};

use super::caller::Caller;
use super::failure::Failure;
use super::tool_io::non_blank;
use super::wording;
use crate::supervisor::Supervisor;

/// The target that the arguments name; `None` without a pid and a name. A pid wins over names, and
/// an earlier name over a later one.
pub(super) fn parse_target(
    pid: Option<u32>,
    names: &[Option<&str>],
    working_directory: Option<&str>,
    caller: &Caller,
) -> Result<Option<Target>, Failure> {
    let name = match pid {
        Some(pid) => Some(id_of_pid(pid, caller)?),
        None => names.iter().find_map(|name| non_blank(*name)).map(str::to_owned),
    };
    let Some(name) = name else { return Ok(None) };
    let directory = parse_directory(working_directory, caller)?;
    let directory = directory.or_else(|| caller.directory.clone());
    Ok(Some(Target::new(name, directory)))
}

/// [`parse_target`] for calls that need a target.
pub(super) async fn require_target(
    pid: Option<u32>,
    names: &[Option<&str>],
    working_directory: Option<&str>,
    caller: &Caller,
) -> Result<Target, Failure> {
    match parse_target(pid, names, working_directory, caller)? {
        Some(target) => Ok(target),
        None => Err(missing_target(&caller.supervisor).await),
    }
}

/// The error of a call without a target; it lists the known processes.
pub(super) async fn missing_target(supervisor: &Supervisor) -> Failure {
    let message = "command_or_label or pid is required.";
    let problem = Problem::new(ErrorCode::NotFound, message);
    Failure::from_problem(problem, None, supervisor).await
}

/// The id of the process that has this pid, or had it last. An unknown pid is an error and not tried
/// as a part of a name: an outdated pid must not reach another process.
fn id_of_pid(pid: u32, caller: &Caller) -> Result<String, Failure> {
    if pid == 0 {
        let log = caller.supervisor.data_dirs().daemon_log();
        return Err(Failure::new(
            "PID 0 is the daemon itself, not a managed process.",
            &format!("The daemon's log is the file {}.", log.display()),
        ));
    }
    let query = ListQuery { pid: Some(pid), ..ListQuery::default() };
    match caller.supervisor.list(&query).into_iter().next() {
        Some(process) => Ok(process.id.clone()),
        None => Err(Failure::new(
            &format!("No process has or had the PID {pid}."),
            &wording::next_step(&NextStep::list()),
        )),
    }
}

/// The directory that the arguments name. It must be absolute: the daemon has no directory that a
/// relative path could refer to.
pub(super) fn parse_directory(
    text: Option<&str>,
    caller: &Caller,
) -> Result<Option<PathBuf>, Failure> {
    let Some(text) = non_blank(text) else { return Ok(None) };
    if Path::new(text).is_absolute() {
        return Ok(Some(text.into()));
    }
    let guess = match text.strip_prefix("~/") {
        Some(rest) => std::env::home_dir().map(|home| home.join(rest)),
        None => caller.directory.as_ref().map(|directory| directory.join(text)),
    };
    let next = match guess.and_then(|path| path.canonicalize().ok()) {
        Some(path) => format!("Did you mean {}?", path.display()),
        None => "Pass a path that begins with `/`.".to_owned(),
    };
    Err(Failure::new(&format!("working_directory {text:?} is not an absolute path."), &next))
}
