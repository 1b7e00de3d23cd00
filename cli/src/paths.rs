//! Absolute paths of directories that are given on the command line.

use std::env;
use std::io;
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

fn no_current_directory(error: &io::Error) -> Problem {
    let message = format!("The current directory no longer exists: {error}.");
    Problem::new(ErrorCode::DirectoryMissing, message)
        .hint("Change to another directory, or give one with --working-directory.")
}
