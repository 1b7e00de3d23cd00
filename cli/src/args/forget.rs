//! The arguments of `forget`.

use clap::Args;

use super::target::TargetArgs;

/// Remove an ended process and its logs
#[derive(Debug, Args)]
pub(crate) struct ForgetArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
