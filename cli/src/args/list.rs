//! The arguments of `list`.

use std::path::PathBuf;

use clap::Args;
use persistproc_api::process::StatusKind;

use super::parsers;

/// List processes, running and ended
#[derive(Debug, Args)]
#[command(after_help = "With --quiet, only the ids are printed, one on each line.")]
pub(crate) struct ListArgs {
    /// Show only the process with this PID; 0 is the daemon
    #[arg(long, value_name = "N", value_parser = parsers::number, allow_negative_numbers = true)]
    pub(crate) pid: Option<u32>,

    /// Show only processes that match this label or command, or a part of one
    #[arg(long, value_name = "TEXT")]
    pub(crate) command_or_label: Option<String>,

    /// Show only processes in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Show only processes in this directory and below
    #[arg(long, conflicts_with = "working_directory")]
    pub(crate) here: bool,

    /// Show only processes with one of these statuses
    #[arg(long, value_name = "STATUS[,STATUS]", value_delimiter = ',', value_parser = parsers::status())]
    pub(crate) status: Vec<StatusKind>,

    /// Also show ports, URL, CPU, memory, log size and the last line
    #[arg(long, short)]
    pub(crate) long: bool,

    /// Also show what ended well more than 15 minutes ago; a pipe and JSON always have it
    #[arg(long, short)]
    pub(crate) all: bool,

    /// Show servers in project directories that persistproc did not start
    #[arg(long, conflicts_with_all = ["pid", "command_or_label", "working_directory", "here", "status", "long", "all", "watch", "target"])]
    pub(crate) strays: bool,

    /// Keep showing the list as it changes, until Ctrl+C or q
    #[arg(long, short)]
    pub(crate) watch: bool,

    /// Show only processes with this id, PID, label or command, or a part of one
    #[arg(value_name = "TARGET", conflicts_with = "command_or_label")]
    pub(crate) target: Vec<String>,
}
