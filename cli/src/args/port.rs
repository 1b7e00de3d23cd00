//! The arguments of `port`.

use clap::Args;

use super::parsers;

/// Show which process listens on a port, and how to stop it
#[derive(Debug, Args)]
#[command(
    after_help = "Shows every process of this machine, also those that persistproc does not manage. \
                  Exits with 1 if nothing listens on the port."
)]
pub(crate) struct PortArgs {
    /// TCP port
    #[arg(value_name = "PORT", value_parser = parsers::port)]
    pub(crate) number: u16,
}
