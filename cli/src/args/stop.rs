//! The arguments of `stop`.

use clap::Args;

use super::selection_flags::ScopeFlags;
use super::stop_flags::StopFlags;
use super::target::OptionalTargetArgs;

/// Stop processes and everything they started
#[derive(Debug, Args)]
#[command(
    after_help = "Sends SIGTERM, and SIGKILL to what is left after the timeout. Returns when \
                  the whole process tree is gone. Without a target, stops the one process that \
                  runs in this directory and below."
)]
pub(crate) struct StopArgs {
    #[command(flatten)]
    pub(crate) stop: StopFlags,

    #[command(flatten)]
    pub(crate) scope: ScopeFlags,

    #[command(flatten)]
    pub(crate) target: OptionalTargetArgs,
}
