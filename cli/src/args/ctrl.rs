//! The arguments of `ctrl`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Start, stop or restart a process, like the MCP tool `ctrl`
#[derive(Debug, Args)]
pub(crate) struct CtrlArgs {
    /// Directory to run the program in, or to look in first [default: .]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Additional variables for `start` as a JSON object
    #[arg(long, value_name = "JSON")]
    pub(crate) environment: Option<String>,

    /// Send SIGKILL at once, without SIGTERM first
    #[arg(long)]
    pub(crate) force: bool,

    /// Name of the process (start), or exact label to look for (stop, restart)
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Action to take
    #[arg(value_enum)]
    pub(crate) action: Action,

    /// Command to start, or id, PID, label or command of the process
    #[arg(
        required_unless_present = "label",
        trailing_var_arg = true,
        value_names = ["TARGET", "ARGS"],
    )]
    pub(crate) words: Vec<String>,
}

/// The action of `ctrl`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Action {
    Start,
    Stop,
    Restart,
}
