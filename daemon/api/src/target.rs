//! [`Target`]: which process a request is about.

use std::path::PathBuf;

use crate::process::Process;

/// What names a process: an id, a pid, a label, a command, or a part of a label or command. The
/// daemon decides which process that is, by one order of resolution for all faces, and refuses short
/// parts for a request that changes the process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// As it was typed; several words are one command line.
    pub name: String,
    /// The directory in which a command is looked for first.
    pub directory: Option<PathBuf>,
}

impl Target {
    /// A name as it was typed, looked for in `directory` first.
    pub fn new(name: impl Into<String>, directory: Option<PathBuf>) -> Self {
        Self { name: name.into(), directory }
    }

    /// The process with this id.
    pub fn from_id(id: impl Into<String>) -> Self {
        Self::new(id, None)
    }
}

impl From<&Process> for Target {
    fn from(process: &Process) -> Self {
        Self::from_id(&process.id)
    }
}
