//! The arguments of `dashboard`.

use std::path::PathBuf;

use clap::Args;

/// Open the dashboard in the browser
#[derive(Debug, Args)]
#[command(
    after_help = "Shows all processes, or the output of the one that is named. Uses $BROWSER, or else \
                  the default browser. Without one, prints the link."
)]
pub(crate) struct DashboardArgs {
    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of a process
    #[arg(value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
