//! The arguments of `runs`.

use clap::Args;

use super::target::TargetArgs;

/// List the runs of a process
#[derive(Debug, Args)]
#[command(after_help = "Lists the runs whose output is kept, the newest first.\n\n\
                  Example: pp logs --run 2 web")]
pub(crate) struct RunsArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
