//! The flags of the commands that tell a process something: send and signal.

use std::path::PathBuf;

use clap::Args;

use super::control::TargetArgs;

/// Type a line into a process
#[derive(Debug, Args)]
#[command(
    after_help = "Returns when the process's terminal or pipe has taken it all. Text that begins \
                  with a dash comes after `--`: pp send web -- -v"
)]
pub(crate) struct SendArgs {
    /// Send the text alone, without an Enter after it
    #[arg(long)]
    pub(crate) no_newline: bool,

    /// Close its standard input afterwards; on a terminal: press Ctrl+D
    #[arg(long)]
    pub(crate) eof: bool,

    /// Look for the target here first [default: this directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// An id, a pid, a label or a command in quotes
    #[arg(value_name = "TARGET")]
    pub(crate) target: String,

    /// The text; `-` sends standard input as it is
    #[arg(required_unless_present = "eof", trailing_var_arg = true, value_name = "TEXT")]
    pub(crate) text: Vec<String>,
}

/// Send a signal to a process
#[derive(Debug, Args)]
pub(crate) struct SignalArgs {
    /// Its name, with or without SIG: HUP, SIGUSR1
    #[arg(value_name = "SIGNAL")]
    pub(crate) signal: String,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
