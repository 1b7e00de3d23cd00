//! The flags of `wait`, and those by which start and restart wait as well.

use clap::{Args, ValueEnum};
use persistproc_api::seconds::Seconds;
use persistproc_api::wait::Goal;

use super::control::TargetArgs;
use super::values;

/// Wait until something happens to a process
#[derive(Debug, Args)]
#[command(
    after_help = "Ready: a port of the process accepts connections, or its output shows a URL or \
                  says so. Output counts from the start of the run, so nothing is missed. Ends \
                  with 0 when it happened, with 1 when the process ended first or the time is \
                  up. The daemon's own port is --port before the command."
)]
pub(crate) struct WaitArgs {
    /// What for [default: ready, or what the other flags say]
    #[arg(
        long = "for",
        value_enum,
        hide_possible_values = true,
        value_name = "ready|port|pattern|exit|quiet"
    )]
    pub(crate) goal: Option<GoalChoice>,

    /// For a line that matches this regular expression; lower case matches both cases
    #[arg(long, value_name = "RE")]
    pub(crate) pattern: Option<String>,

    /// For this port of the process, and no other
    #[arg(id = "awaited_port", long = "port", value_name = "N", value_parser = values::port, allow_negative_numbers = true)]
    pub(crate) port: Option<u16>,

    /// For so many seconds without output [default: 2]
    #[arg(long, value_name = "S", value_parser = values::seconds, allow_negative_numbers = true)]
    pub(crate) quiet_for: Option<Seconds>,

    /// Only for output after the cursor of an earlier answer
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,

    /// Seconds to wait at most [default: 30]
    #[arg(long, value_name = "S", value_parser = values::seconds, allow_negative_numbers = true)]
    pub(crate) timeout: Option<Seconds>,

    /// Ring the bell of this terminal, and show a notice where it can, when the wait is over
    #[arg(long)]
    pub(crate) notify: bool,

    /// Show so many of the newest lines, however it ends
    #[arg(long, short = 'n', value_name = "N", value_parser = values::count, allow_negative_numbers = true)]
    pub(crate) lines: Option<u64>,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}

/// What to wait for after a start. Any of them alone is enough.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct WaitForArgs {
    /// Return when this has happened to it
    #[arg(
        long,
        value_enum,
        hide_possible_values = true,
        value_name = "ready|port|pattern|exit|quiet"
    )]
    pub(crate) wait_for: Option<GoalChoice>,

    /// Return when a line matches this regular expression
    #[arg(long, value_name = "RE")]
    pub(crate) wait_pattern: Option<String>,

    /// Return when this port of it accepts connections
    #[arg(long, value_name = "N", value_parser = values::port, allow_negative_numbers = true)]
    pub(crate) wait_port: Option<u16>,

    /// Seconds to wait at most [default: 30]
    #[arg(long, value_name = "S", value_parser = values::seconds, allow_negative_numbers = true)]
    pub(crate) wait_timeout: Option<Seconds>,
}

/// [`Goal`] as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GoalChoice {
    Ready,
    Port,
    Pattern,
    Exit,
    Quiet,
}

impl From<GoalChoice> for Goal {
    fn from(choice: GoalChoice) -> Self {
        match choice {
            GoalChoice::Ready => Self::Ready,
            GoalChoice::Port => Self::Port,
            GoalChoice::Pattern => Self::Pattern,
            GoalChoice::Exit => Self::Exit,
            GoalChoice::Quiet => Self::Quiet,
        }
    }
}
