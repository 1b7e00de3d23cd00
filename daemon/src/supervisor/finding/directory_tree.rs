//! [`DirectoryTree`]: the directories that belong to the same project as that of a caller.

use std::fs;
use std::path::{Path, PathBuf};

use persistproc_api::Process;
use persistproc_api::selection::repository_root;

/// The directory of a caller, and the root of what belongs together with it: its repository, or the
/// directory itself.
#[derive(Clone, Debug)]
pub struct DirectoryTree {
    directory: PathBuf,
    root: PathBuf,
}

impl DirectoryTree {
    /// The tree of this directory. Processes have directories with links resolved.
    pub fn new(directory: &Path) -> Self {
        // One that does not exist any more is compared as it is.
        let directory = fs::canonicalize(directory).unwrap_or_else(|_| directory.to_owned());
        let root = repository_root(&directory).unwrap_or(&directory).to_owned();
        Self { directory, root }
    }

    /// Whether the process runs below the root, or in a directory above that of the caller.
    pub(crate) fn is_near(&self, process: &Process) -> bool {
        let other = &process.working_directory;
        other.starts_with(&self.root) || self.directory.starts_with(other)
    }
}
