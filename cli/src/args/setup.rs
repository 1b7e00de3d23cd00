//! The arguments of `setup`.

use clap::Args;

/// Connect the shells and agents of this user
#[derive(Debug, Args)]
#[command(
    after_help = "Does what `init --install` and `mcp install` do, for each shell and agent that \
                  this user has: shows all changes, asks once, and makes them. Safe to run again. \
                  Exit code: 1 if one of them could not be connected or the answer was no."
)]
pub(crate) struct SetupArgs {
    /// Make the changes without asking
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// Remove persistproc from the shells and agents
    #[arg(long)]
    pub(crate) undo: bool,

    /// Show what would change, without changing it
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
}
