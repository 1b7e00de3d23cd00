//! The arguments of `wait`, and the wait flags of `start` and `restart`.

use clap::Args;
use persistproc_api::seconds::Seconds;

use super::choices::GoalChoice;
use super::parsers;
use super::target::TargetArgs;

/// Wait until a process is ready, prints a line or exits
#[derive(Debug, Args)]
#[command(
    after_help = "Ready means: the process listens on a port or a Unix socket. A program that opens \
                  none is ready 3 seconds after a line that says so. Output counts from the start \
                  of the run, so an earlier line is found too.\n\n\
                  Smart case: a pattern in lower case ignores case.\n\n\
                  Exit code: 0 if the condition was reached, 1 if the process ended first or the \
                  timeout passed. With --exit-code it is that of the process, as a shell reports it, or 1 \
                  after the timeout.\n\n\
                  To set the daemon's port, put --port before `wait`."
)]
pub(crate) struct WaitArgs {
    /// Condition to wait for [default: the one that the other flags imply, else ready]
    #[arg(
        long = "for",
        value_enum,
        hide_possible_values = true,
        value_name = "ready|port|pattern|exit|quiet|change"
    )]
    pub(crate) goal: Option<GoalChoice>,

    /// Wait for a line that matches this regular expression (smart case)
    #[arg(long, value_name = "RE")]
    pub(crate) pattern: Option<String>,

    /// Wait until the process accepts connections on this port
    #[arg(id = "awaited_port", long = "port", value_name = "N", value_parser = parsers::port, allow_negative_numbers = true)]
    pub(crate) port: Option<u16>,

    /// Wait until the process prints nothing for this many seconds [default: 2]
    #[arg(long, value_name = "S", value_parser = parsers::seconds, allow_negative_numbers = true)]
    pub(crate) quiet_for: Option<Seconds>,

    /// Consider only output after this cursor, taken from an earlier answer
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,

    /// Maximum time to wait, in seconds [default: 30]
    #[arg(long, value_name = "S", value_parser = parsers::seconds, allow_negative_numbers = true)]
    pub(crate) timeout: Option<Seconds>,

    /// Wait for the end, and exit with the process's own exit code
    #[arg(long, conflicts_with_all = ["pattern", "awaited_port", "quiet_for"])]
    pub(crate) exit_code: bool,

    /// Ring the terminal bell and show a notification when the wait is over
    #[arg(long)]
    pub(crate) notify: bool,

    /// Show this many of the newest lines when the wait is over
    #[arg(long, short = 'n', value_name = "N", value_parser = parsers::line_count, allow_negative_numbers = true)]
    pub(crate) lines: Option<u64>,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// The wait after a start. Any one of these flags requests it.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct WaitAfterStartArgs {
    /// Wait for this condition before returning
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "ready|port|pattern|exit|quiet|change"
    )]
    pub(crate) wait_for: Option<GoalChoice>,

    /// Wait for a line that matches this regular expression (smart case)
    #[arg(long, value_name = "RE")]
    pub(crate) wait_pattern: Option<String>,

    /// Wait until the process accepts connections on this port
    #[arg(long, value_name = "N", value_parser = parsers::port, allow_negative_numbers = true)]
    pub(crate) wait_port: Option<u16>,

    /// Maximum time to wait, in seconds [default: 30]
    #[arg(long, value_name = "S", value_parser = parsers::seconds, allow_negative_numbers = true)]
    pub(crate) wait_timeout: Option<Seconds>,

    /// Wait for the end, and exit with the process's own exit code
    #[arg(long, conflicts_with_all = ["wait_pattern", "wait_port"])]
    pub(crate) exit_code: bool,
}
