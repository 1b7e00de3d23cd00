//! [`ScopeFlags`] and [`EndedFlags`]: which processes to act on, instead of naming them.

use clap::Args;

/// Where the processes run that a command acts on.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct ScopeFlags {
    /// Act on all processes of this directory and below
    #[arg(long, conflicts_with_all = ["target", "all", "working_directory"])]
    pub(crate) here: bool,

    /// Act on all processes
    #[arg(long, conflicts_with_all = ["target", "working_directory"])]
    pub(crate) all: bool,
}

/// Which ended processes a command acts on.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct EndedFlags {
    /// Act on processes that have ended; with --here, on those of this directory and below
    #[arg(long, conflicts_with_all = ["target", "lost", "working_directory"])]
    pub(crate) ended: bool,

    /// Act on processes that are lost, for example after a reboot
    #[arg(long, conflicts_with_all = ["target", "working_directory"])]
    pub(crate) lost: bool,
}
