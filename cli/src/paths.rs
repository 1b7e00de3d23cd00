//! Absolute paths of directories that are given on the command line.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use persistproc_api::{ErrorCode, Problem};

/// The given directory, or the current one, as an absolute path with links resolved, so that each
/// directory has one spelling.
pub(crate) fn absolute_directory(given: Option<&Path>) -> Result<PathBuf, Problem> {
    let Some(path) = given else {
        return env::current_dir().map_err(|error| no_current_directory(&error));
    };
    let path = std::path::absolute(path).map_err(|error| no_current_directory(&error))?;
    Ok(path.canonicalize().unwrap_or(path))
}

/// The name of the current directory; of one that was deleted, its last name.
pub(crate) fn current_directory() -> Result<PathBuf, Problem> {
    env::current_dir()
        .or_else(|error| deleted_directory().ok_or(error))
        .map_err(|error| no_current_directory(&error))
}

/// The name that the kernel keeps of a current directory that was deleted.
fn deleted_directory() -> Option<PathBuf> {
    let link = std::fs::read_link("/proc/self/cwd").ok()?;
    let name = link.as_os_str().as_bytes().strip_suffix(b" (deleted)")?;
    Some(PathBuf::from(OsStr::from_bytes(name)))
}

fn no_current_directory(error: &io::Error) -> Problem {
    let message = format!("The current directory no longer exists: {error}.");
    Problem::new(ErrorCode::DirectoryMissing, message)
        .hint("Change to another directory, or give one with --working-directory.")
}
