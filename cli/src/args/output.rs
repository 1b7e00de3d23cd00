//! The arguments of `output`.

use clap::{ArgGroup, Args};
use persistproc_api::output::Lines;

use super::choices::{ColorChoice, StreamChoice};
use super::parsers;
use super::selection_flags::ScopeFlags;
use super::target::OptionalTargetArgs;

/// Show the output of processes
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("place").args(["grep", "from_line"]).multiple(true),
    after_help = "Shows the newest 100 lines by default, of a running process or an ended one. The \
                  lines of several processes are merged by time, each after the name of its \
                  process. Without a target, shows the process of this directory and below, or all \
                  of them.\n\n\
                  Smart case: a pattern in lower case ignores case."
)]
pub(crate) struct OutputArgs {
    /// Stream to show: stdout, stderr or combined
    #[arg(long, value_enum, default_value = "combined", hide_possible_values = true)]
    pub(crate) stream: StreamChoice,

    /// Number of lines to show, or `all`
    #[arg(long, short = 'n', alias = "tail", default_value = "100", value_name = "N|all")]
    pub(crate) lines: Lines,

    /// Show only lines since this time: 5m, 14:00, 2026-11-22T14:00:00Z
    #[arg(long, visible_alias = "since", value_name = "TIME", conflicts_with = "raw")]
    pub(crate) since_time: Option<String>,

    /// Show only lines before this time
    #[arg(long, visible_alias = "until", value_name = "TIME", conflicts_with_all = ["raw", "follow"])]
    pub(crate) before_time: Option<String>,

    /// Show only output after this cursor, taken from an earlier answer
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,

    /// Show lines from this number on
    #[arg(
        long,
        value_name = "N",
        value_parser = parsers::line_number,
        allow_negative_numbers = true,
        conflicts_with_all = ["raw", "follow", "after"],
    )]
    pub(crate) from_line: Option<u64>,

    /// Show only lines that match this regular expression (smart case)
    #[arg(long, value_name = "RE", conflicts_with_all = ["raw", "follow"])]
    pub(crate) grep: Option<String>,

    /// Lines of context around each match of --grep, or around --from-line
    #[arg(long, short = 'C', value_name = "N", requires = "place", value_parser = parsers::number, allow_negative_numbers = true)]
    pub(crate) context: Option<u32>,

    /// Maximum size of the text, such as 64k: keeps the newest lines, shortens long ones
    #[arg(
        long,
        value_name = "SIZE",
        value_parser = parsers::size,
        allow_negative_numbers = true,
        conflicts_with_all = ["raw", "follow"],
    )]
    pub(crate) bytes: Option<u64>,

    /// Show repeated lines once, with a count
    #[arg(long, conflicts_with_all = ["raw", "follow"])]
    pub(crate) collapse: bool,

    /// Print each line as a JSON object with its time, stream, run, number, text and cursor
    #[arg(long, conflicts_with_all = ["raw", "timestamps", "bytes"])]
    pub(crate) rows: bool,

    /// Show the run with this number [default: the latest]
    #[arg(long, value_name = "N", value_parser = parsers::number, allow_negative_numbers = true)]
    pub(crate) run: Option<u32>,

    /// Prefix each line with the time at which it ended
    #[arg(long, short, conflicts_with = "raw")]
    pub(crate) timestamps: bool,

    /// Keep the colours of the process [default: auto, which means in a terminal]
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true,
        value_name = "auto|always|never",
        conflicts_with = "raw"
    )]
    pub(crate) color: ColorChoice,

    /// Print the bytes as the process wrote them, including escape sequences
    #[arg(long)]
    pub(crate) raw: bool,

    /// Keep printing new output until the process ends
    #[arg(short, long)]
    pub(crate) follow: bool,

    #[command(flatten)]
    pub(crate) scope: ScopeFlags,

    #[command(flatten)]
    pub(crate) target: OptionalTargetArgs,
}
