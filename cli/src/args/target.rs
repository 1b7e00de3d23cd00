//! The target of a verb: which process it is about.

use std::path::PathBuf;

use clap::Args;

/// Which process.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// Look in this directory first [default: .]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process
    #[arg(required = true, value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
