//! The arguments of `stop`.

use clap::Args;

use super::stop_flags::StopFlags;
use super::target::TargetArgs;

/// Stop a process and everything it started
#[derive(Debug, Args)]
#[command(
    after_help = "Sends SIGTERM, and SIGKILL to what is left after the timeout. Returns when \
                  the whole process tree is gone."
)]
pub(crate) struct StopArgs {
    #[command(flatten)]
    pub(crate) stop: StopFlags,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
