//! The arguments of `send`.

use std::path::PathBuf;

use clap::Args;

/// Send a line to a process's standard input
#[derive(Debug, Args)]
#[command(
    after_help = "Returns when the process's terminal or pipe has accepted all bytes. Put `--` \
                  before text that starts with a dash: pp send web -- -v"
)]
pub(crate) struct SendArgs {
    /// Do not append a newline
    #[arg(long)]
    pub(crate) no_newline: bool,

    /// Close standard input afterwards (on a terminal: send Ctrl+D)
    #[arg(long)]
    pub(crate) eof: bool,

    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or quoted command of the process
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,

    /// Text to send; `-` forwards standard input unchanged
    #[arg(required_unless_present = "eof", trailing_var_arg = true, value_name = "TEXT")]
    pub(crate) text: Vec<String>,
}
