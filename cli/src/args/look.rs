//! The flags of the commands that only look: list, output and search.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use persistproc_api::output::{Lines, Stream};
use persistproc_api::process::StatusKind;

use super::control::TargetArgs;
use super::values;

/// List the processes, running or not
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Only the process with this pid
    #[arg(long, value_name = "N", value_parser = values::number, allow_negative_numbers = true)]
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

    /// Also ports, URL, CPU, memory, log size and last line
    #[arg(long, short)]
    pub(crate) long: bool,

    /// Again at every change, until Ctrl+C
    #[arg(long, short)]
    pub(crate) watch: bool,
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
    #[arg(long, value_name = "TIME", conflicts_with = "raw")]
    pub(crate) since_time: Option<String>,

    /// Only lines before this time
    #[arg(long, value_name = "TIME", conflicts_with_all = ["raw", "follow"])]
    pub(crate) before_time: Option<String>,

    /// Only what came after the cursor of an earlier answer
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,

    /// Only lines that match this regular expression; lower case matches both cases
    #[arg(long, value_name = "RE", conflicts_with_all = ["raw", "follow"])]
    pub(crate) grep: Option<String>,

    /// With --grep: so many lines around each match
    #[arg(long, short = 'C', value_name = "N", requires = "grep", value_parser = values::number, allow_negative_numbers = true)]
    pub(crate) context: Option<u32>,

    /// At most so much text, the newest; long lines are cut in the middle: 8000, 64k
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = values::size,
        allow_negative_numbers = true,
        conflicts_with_all = ["raw", "follow"],
    )]
    pub(crate) bytes: Option<u64>,

    /// Say a line that comes several times in a row once, with how often
    #[arg(long, conflicts_with_all = ["raw", "follow"])]
    pub(crate) collapse: bool,

    /// A JSON object for every line: its time, stream, run, number, text and cursor
    #[arg(long, conflicts_with_all = ["raw", "timestamps", "bytes"])]
    pub(crate) rows: bool,

    /// A run by its number [default: the latest]
    #[arg(long, value_name = "N", value_parser = values::number, allow_negative_numbers = true)]
    pub(crate) run: Option<u32>,

    /// Begin every line with the time at which it ended
    #[arg(long, conflicts_with = "raw")]
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

/// Search what all processes printed, newest first
#[derive(Debug, Args)]
#[command(after_help = "Every run that is kept is searched, ended ones too.")]
pub(crate) struct SearchArgs {
    /// stdout, stderr, or both
    #[arg(long, value_enum, default_value = "combined", hide_possible_values = true)]
    pub(crate) stream: StreamChoice,

    /// How many lines at most [default: 100]
    #[arg(long, short = 'n', value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(crate) lines: Option<u64>,

    /// Only of the process with exactly this label
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Only of processes of this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Only of processes in this status
    #[arg(long, value_enum, value_name = "STATUS")]
    pub(crate) status: Option<StatusChoice>,

    /// Only lines from this time on: 5m, 14:00, 2026-11-22T14:00:00Z
    #[arg(long, value_name = "TIME")]
    pub(crate) since_time: Option<String>,

    /// Only lines before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) before_time: Option<String>,

    /// Only of processes that this names: an id, a label, a command, a part of either
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<String>,

    /// A regular expression; lower case matches both cases
    #[arg(value_name = "PATTERN")]
    pub(crate) pattern: String,
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
