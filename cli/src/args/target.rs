//! [`TargetArgs`], [`OptionalTargetArgs`]: the arguments that name the processes a verb acts on.

use std::path::PathBuf;

use clap::Args;

/// The processes to act on.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process; several names are several processes
    #[arg(required = true, value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}

/// The processes to act on; without a name, the process of this directory.
#[derive(Debug, Args)]
pub(crate) struct OptionalTargetArgs {
    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process; several names are several processes [default: the
    /// process of this directory]
    #[arg(value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
