//! The flags of the commands that only look: list and output.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use persistproc_api::output::{Lines, Stream};
use persistproc_api::process::StatusKind;

use super::control::TargetArgs;

/// List the processes, running or not
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only the process with this pid
    #[arg(long, value_name = "N")]
    pub(crate) pid: Option<u32>,

    /// Only processes with this label or command, or a part of either
    #[arg(long, value_name = "TEXT")]
    pub(crate) command_or_label: Option<String>,

    /// Only processes of this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Only processes in this status
    #[arg(long, value_enum, value_name = "STATUS")]
    pub(crate) status: Option<StatusChoice>,
}

/// Print what a process printed
#[derive(Debug, Args)]
#[command(
    after_help = "The last 100 lines, unless told otherwise. Works as well after the process has \
                  ended."
)]
pub(crate) struct OutputArgs {
    /// stdout, stderr, or both in order
    #[arg(long, value_enum, default_value = "combined", hide_possible_values = true)]
    pub(crate) stream: StreamChoice,

    /// How many lines: a number, or `all`
    #[arg(long, short = 'n', default_value = "100", value_name = "N|all")]
    pub(crate) lines: Lines,

    /// Only lines from this time on: 5m, 14:00, 2026-11-22T14:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with_all = ["raw", "follow"])]
    pub(crate) since_time: Option<String>,

    /// Only lines before this time
    #[arg(long, value_name = "TIME", conflicts_with_all = ["raw", "follow"])]
    pub(crate) before_time: Option<String>,

    /// Only what came after the cursor of an earlier answer
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,

    /// A run by its number [default: the latest]
    #[arg(long, value_name = "N")]
    pub(crate) run: Option<u32>,

    /// Begin every line with its time
    #[arg(long, conflicts_with_all = ["raw", "follow"])]
    pub(crate) timestamps: bool,

    /// The bytes as they were written, escape sequences and all
    #[arg(long)]
    pub(crate) raw: bool,

    /// Go on with what it prints from now on, until it ends
    #[arg(short, long)]
    pub(crate) follow: bool,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// [`Stream`] as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamChoice {
    Stdout,
    Stderr,
    Combined,
}

impl From<StreamChoice> for Stream {
    fn from(choice: StreamChoice) -> Self {
        match choice {
            StreamChoice::Stdout => Self::Stdout,
            StreamChoice::Stderr => Self::Stderr,
            StreamChoice::Combined => Self::Combined,
        }
    }
}

/// [`StatusKind`] as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusChoice {
    Running,
    Stopping,
    Exited,
    Terminated,
    Failed,
    Lost,
}

impl From<StatusChoice> for StatusKind {
    fn from(choice: StatusChoice) -> Self {
        match choice {
            StatusChoice::Running => Self::Running,
            StatusChoice::Stopping => Self::Stopping,
            StatusChoice::Exited => Self::Exited,
            StatusChoice::Terminated => Self::Terminated,
            StatusChoice::Failed => Self::Failed,
            StatusChoice::Lost => Self::Lost,
        }
    }
}
