//! Programs on the PATH: where they are. It starts none of them.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Where a program is, if it is on the PATH.
pub(crate) fn on_path(program: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut files = env::split_paths(&path).map(|folder| folder.join(program.as_ref()));
    files.find(|file| file.is_file() && may_run(file))
}

fn may_run(file: &Path) -> bool {
    rustix::fs::access(file, rustix::fs::Access::EXEC_OK).is_ok()
}
