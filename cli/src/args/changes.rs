//! The arguments of `changes`.

use clap::Args;

use super::parsers;
use super::target::TargetArgs;

/// Show which messages of a process are new, and which are gone
#[derive(Debug, Args)]
#[command(
    after_help = "Compares the latest run with the last run before it that did not fail. If there \
                  is none, it compares the output since the last rebuild with the output before it. \
                  Two lines are the same message if they differ only in times, numbers, ids and quoted \
                  text."
)]
pub(crate) struct ChangesArgs {
    /// Compare with this run
    #[arg(long, value_name = "RUN", value_parser = parsers::number, allow_negative_numbers = true)]
    pub(crate) against: Option<u32>,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
