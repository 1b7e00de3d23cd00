//! The arguments of `shutdown`.

use clap::Args;

/// Stop all processes and the daemon
#[derive(Debug, Args)]
pub(crate) struct ShutdownArgs {
    /// Leave the processes running; the next daemon manages them again
    #[arg(long)]
    pub(crate) keep: bool,

    /// Do not ask whether to stop processes that agents or other directories started
    #[arg(long, short)]
    pub(crate) yes: bool,
}
