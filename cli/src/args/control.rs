//! The flags of the commands that change a process: start, stop, restart, ctrl, forget.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use persistproc_api::seconds::Seconds;

use super::values;
use super::wait::WaitForArgs;

/// Start a program in the background, unless it runs already
#[derive(Debug, Args)]
#[command(
    after_help = "It gets this environment and goes on when this terminal is gone. Everything \
                  after its name belongs to it, flags too."
)]
pub(crate) struct StartArgs {
    /// Where to run it [default: the present directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// More variables for it, as a JSON object: '{"PORT": "3000"}'
    #[arg(long, value_name = "JSON")]
    pub(crate) environment: Option<String>,

    /// A name to find it by [default: the command and the directory]
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Give it a terminal instead of pipes
    #[arg(long)]
    pub(crate) tty: bool,

    /// Answer with the one that runs, fail, or restart it [default: return]
    #[arg(
        long,
        value_enum,
        default_value = "return",
        hide_default_value = true,
        hide_possible_values = true,
        value_name = "return|error|restart"
    )]
    pub(crate) if_running: IfRunningChoice,

    #[command(flatten)]
    pub(crate) wait: WaitForArgs,

    /// The program and its arguments; one quoted string may use shell syntax
    #[arg(required = true, trailing_var_arg = true, value_names = ["COMMAND", "ARGS"])]
    pub(crate) words: Vec<String>,
}

/// What `start` does when the process runs already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum IfRunningChoice {
    #[default]
    Return,
    Error,
    Restart,
}

/// Stop a process and everything it started
#[derive(Debug, Args)]
#[command(
    after_help = "Asks with SIGTERM, and kills what is left of it after the timeout. Returns \
                  when all of it is gone."
)]
pub(crate) struct StopArgs {
    #[command(flatten)]
    pub(crate) end: EndArgs,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// Start a new run of a process, ending the present one first
#[derive(Debug, Args)]
#[command(
    after_help = "Same command, same directory, same environment. Works on an ended process too."
)]
pub(crate) struct RestartArgs {
    #[command(flatten)]
    pub(crate) end: EndArgs,

    #[command(flatten)]
    pub(crate) wait: WaitForArgs,

    /// Find the process by exactly this label
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Look for the target here first [default: this directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// An id, a pid, a label or a command
    #[arg(required_unless_present = "label", value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}

/// Forget an ended process and its logs
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// Start, stop or restart: the three under one name
#[derive(Debug, Args)]
pub(crate) struct CtrlArgs {
    /// Where to start it, or where to look for the target first [default: the present directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// More variables for `start`, as a JSON object
    #[arg(long, value_name = "JSON")]
    pub(crate) environment: Option<String>,

    /// Kill at once
    #[arg(long)]
    pub(crate) force: bool,

    /// A name to give (start) or to find it by (stop, restart)
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// What to do
    #[arg(value_enum)]
    pub(crate) action: Action,

    /// The command to start, or an id, a pid, a label or a command to find
    #[arg(
        required_unless_present = "label",
        trailing_var_arg = true,
        value_names = ["TARGET", "ARGS"],
    )]
    pub(crate) words: Vec<String>,
}

/// What `ctrl` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Action {
    Start,
    Stop,
    Restart,
}

/// How a run is ended.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct EndArgs {
    /// Kill at once, without asking first
    #[arg(long)]
    pub(crate) force: bool,

    /// Seconds to wait before killing [default: 8]
    #[arg(long, value_name = "S", value_parser = values::seconds, allow_negative_numbers = true)]
    pub(crate) timeout: Option<Seconds>,
}

/// Which process.
#[derive(Debug, Args)]
pub(crate) struct TargetArgs {
    /// Look for the target here first [default: this directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// An id, a pid, a label or a command
    #[arg(required = true, value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
