//! The arguments of `signal`.

use clap::Args;

use super::target::TargetArgs;

/// Send a signal to a process
#[derive(Debug, Args)]
pub(crate) struct SignalArgs {
    /// Name of the signal, with or without SIG: HUP, SIGUSR1
    #[arg(value_name = "SIGNAL")]
    pub(crate) signal: String,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
