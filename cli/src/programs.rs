//! Finds programs on the PATH, and this program.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// The first executable file of this name on the PATH.
pub(crate) fn on_path(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut files = env::split_paths(&path).map(|folder| folder.join(program.as_ref()));
    files.find(|file| file.is_file() && is_executable(file))
}

/// The word by which a shell finds this program: its name, if the PATH leads to it, otherwise its path.
pub(crate) fn own_for_shells() -> String {
    const NAME: &str = "persistproc";
    let own = env::current_exe().ok();
    let found = on_path(NAME).and_then(|found| found.canonicalize().ok());
    match own {
        Some(own) if found.as_ref() != Some(&own) => own.display().to_string(),
        _ => NAME.to_owned(),
    }
}

fn is_executable(file: &Path) -> bool {
    access(file, Access::EXEC_OK).is_ok()
}
