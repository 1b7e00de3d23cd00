//! The arguments of `forget`.

use std::path::PathBuf;

use clap::Args;

use super::selection_flags::EndedFlags;

/// Remove ended processes and their logs
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    /// Forget all ended processes of this directory and below
    #[arg(long, conflicts_with_all = ["target", "working_directory"])]
    pub(crate) here: bool,

    #[command(flatten)]
    pub(crate) ended: EndedFlags,

    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process; several names are several processes
    #[arg(required_unless_present_any = ["here", "ended", "lost"], value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
