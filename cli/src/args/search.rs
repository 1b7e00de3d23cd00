//! The arguments of `search`.

use std::path::PathBuf;

use clap::Args;
use persistproc_api::process::StatusKind;

use super::choices::StreamChoice;
use super::parsers;

/// Search the output of all processes, newest match first
#[derive(Debug, Args)]
#[command(after_help = "Searches every stored run, of running processes and of ended ones.\n\n\
                  Smart case: a pattern in lower case ignores case.")]
pub(crate) struct SearchArgs {
    /// Stream to search: stdout, stderr or combined
    #[arg(long, value_enum, default_value = "combined", hide_possible_values = true)]
    pub(crate) stream: StreamChoice,

    /// Maximum number of lines [default: 100]
    #[arg(long, short = 'n', alias = "tail", value_name = "N", value_parser = parsers::line_count, allow_negative_numbers = true)]
    pub(crate) lines: Option<u64>,

    /// Search only the process with exactly this label
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Search only processes in this directory
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Search only processes with one of these statuses
    #[arg(long, value_name = "STATUS[,STATUS]", value_delimiter = ',', value_parser = parsers::status())]
    pub(crate) status: Vec<StatusKind>,

    /// Search only lines since this time: 5m, 14:00, 2026-11-22T14:00:00Z
    #[arg(long, visible_alias = "since", value_name = "TIME")]
    pub(crate) since_time: Option<String>,

    /// Search only lines before this time
    #[arg(long, visible_alias = "until", value_name = "TIME")]
    pub(crate) before_time: Option<String>,

    /// Search only processes that match this id, PID, label or command
    #[arg(long, value_name = "TARGET")]
    pub(crate) target: Option<String>,

    /// Regular expression (smart case)
    #[arg(value_name = "PATTERN")]
    pub(crate) pattern: String,
}
