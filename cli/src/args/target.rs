//! [`TargetArgs`]: the arguments that name the process a verb acts on.

use std::path::PathBuf;

use clap::Args;

/// The process to act on.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// Look in this directory first [default: .]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process
    #[arg(required = true, value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
