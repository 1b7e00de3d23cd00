//! The arguments of `completions`.

use clap::Args;
use clap_complete::Shell;

/// Print a static completion script
#[derive(Debug, Args)]
#[command(
    after_help = "Completes commands and flags of the name it is called by: `pp completions zsh` \
                  completes `pp`. `persistproc init` also completes processes and programs."
)]
pub(crate) struct CompletionsArgs {
    /// Shell to print the script for
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
