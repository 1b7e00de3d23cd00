//! The arguments of `env`.

use clap::Args;

use super::target::TargetArgs;

/// Show how a process's environment differs from this one
#[derive(Debug, Args)]
#[command(after_help = "Names only: values may be secrets. Variables that differ between any two \
                  terminals are left out.\n\n\
                  `pp env A=1 make` runs the program env.")]
pub(crate) struct EnvArgs {
    /// Print the name of every variable of the process
    #[arg(long, short)]
    pub(crate) all: bool,

    #[command(flatten)]
    pub(crate) target: TargetArgs,
}
