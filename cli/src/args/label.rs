//! The arguments of `label`.

use std::path::PathBuf;

use clap::Args;

/// Give a process another name
#[derive(Debug, Args)]
#[command(
    after_help = "The name is shown and accepted everywhere from now on, also for a process that has \
                  ended. Its id, and with it its URL and its log files, stay the same. A name that \
                  another process has is refused.\n\n\
                  Example: pp label npm-run-dev web"
)]
pub(crate) struct LabelArgs {
    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or quoted command of the process
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,

    /// The new name
    #[arg(value_name = "NAME")]
    pub(crate) new_label: String,
}
