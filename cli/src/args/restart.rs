//! The arguments of `restart`.

use clap::Args;

use super::selection_flags::{EndedFlags, ScopeFlags};
use super::stop_flags::StopFlags;
use super::target::OptionalTargetArgs;
use super::wait::WaitAfterStartArgs;

/// Restart processes
#[derive(Debug, Args)]
#[command(
    after_help = "Stops the current run, if any, and starts a new one with the same command, \
                  directory and environment; with --env, in the environment of this shell, and says \
                  which variables differ. --here and --all restart processes that run; with \
                  --ended or --lost, those that do not. Without a target, restarts the one process \
                  of this directory and below."
)]
pub(crate) struct RestartArgs {
    #[command(flatten)]
    pub(crate) stop: StopFlags,

    #[command(flatten)]
    pub(crate) wait: WaitAfterStartArgs,

    /// Use this environment instead of that of the last run
    #[arg(long)]
    pub(crate) env: bool,

    /// Restart the process with exactly this label
    #[arg(long, value_name = "NAME", conflicts_with_all = ["here", "all", "ended", "lost"])]
    pub(crate) label: Option<String>,

    #[command(flatten)]
    pub(crate) scope: ScopeFlags,

    #[command(flatten)]
    pub(crate) ended: EndedFlags,

    #[command(flatten)]
    pub(crate) target: OptionalTargetArgs,
}
