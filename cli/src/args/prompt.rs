//! The arguments of `prompt`: none of its own.

use clap::Args;

/// Print a process summary for the shell prompt
#[derive(Debug, Args)]
#[command(
    after_help = "Counts the processes of the current directory and below: ▶2 ✗1 means two running \
                  and one failed. Prints nothing if both are zero. Starts no daemon."
)]
pub(crate) struct PromptArgs {}
