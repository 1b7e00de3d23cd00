//! The arguments of `restart`.

use std::path::PathBuf;

use clap::Args;

use super::stop_flags::StopFlags;
use super::wait::WaitAfterStartArgs;

/// Restart a process
#[derive(Debug, Args)]
#[command(
    after_help = "Stops the current run, if any, and starts a new one with the same command, \
                  directory and environment."
)]
pub(crate) struct RestartArgs {
    #[command(flatten)]
    pub(crate) stop: StopFlags,

    #[command(flatten)]
    pub(crate) wait: WaitAfterStartArgs,

    /// Restart the process with exactly this label
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Look in this directory first [default: .]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process
    #[arg(required_unless_present = "label", value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
