//! Which process a call is about, and which directory: read off the arguments that all tools
//! share. Whether there is such a process is for the supervisor to say.

use std::path::{Path, PathBuf};

use persistproc_api::process::ListQuery;

use super::caller::Caller;
use super::failure::Failure;

/// What names a process, and where to look first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) directory: Option<PathBuf>,
}

impl Target {
    /// The pid, or else the first name that was given; `None` without any.
    pub(super) fn of(
        pid: Option<u32>,
        names: &[&Option<String>],
        directory: &Option<String>,
        caller: &Caller,
    ) -> Result<Option<Self>, Failure> {
        if pid == Some(0) {
            let log = caller.supervisor.data_dirs().daemon_log();
            return Err(Failure::new(
                "PID 0 is the daemon itself, not a process of its.",
                &format!("Its own log is the file {}.", log.display()),
            ));
        }
        let named = || names.iter().find_map(|name| given(name)).map(str::to_owned);
        let name = match pid {
            Some(pid) => Some(of_pid(pid, caller)?),
            None => named(),
        };
        let Some(name) = name else { return Ok(None) };
        let directory = self::directory(directory, caller)?.or_else(|| caller.directory.clone());
        Ok(Some(Self { name, directory }))
    }

    pub(super) fn directory(&self) -> Option<&Path> {
        self.directory.as_deref()
    }
}

/// The id of the process that has this pid, or had it last. A number that is no pid is no part of a
/// name either: whoever remembers an old one must not hit somebody else's process.
fn of_pid(pid: u32, caller: &Caller) -> Result<String, Failure> {
    let query = ListQuery { pid: Some(pid), ..ListQuery::default() };
    match caller.supervisor.list(&query).into_iter().next() {
        Some(process) => Ok(process.id),
        None => Err(Failure::new(
            &format!("No process has or had the PID {pid}."),
            "`list` shows all; give a label or a command as command_or_label.",
        )),
    }
}

/// What was given: an empty text is what some models send for nothing.
pub(super) fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.trim().is_empty())
}

/// The directory that was given. A relative one is relative to nothing the daemon knows.
pub(super) fn directory(
    text: &Option<String>,
    caller: &Caller,
) -> Result<Option<PathBuf>, Failure> {
    let Some(text) = given(text) else { return Ok(None) };
    if Path::new(text).is_absolute() {
        return Ok(Some(text.into()));
    }
    let base = match text.strip_prefix("~/") {
        Some(rest) => std::env::home_dir().map(|home| home.join(rest)),
        None => caller.directory.as_ref().map(|here| here.join(text)),
    };
    let next = match base.and_then(|path| path.canonicalize().ok()) {
        Some(path) => format!("Did you mean {}?", path.display()),
        None => "Give the whole path, beginning with `/`.".to_owned(),
    };
    Err(Failure::new(&format!("The working_directory {text:?} is not absolute."), &next))
}
