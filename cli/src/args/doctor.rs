//! The arguments of `doctor`: none of its own.

use clap::Args;

/// Check the installation and suggest fixes
#[derive(Debug, Args)]
#[command(
    after_help = "Starts no daemon and changes nothing. Exit code: 0 if no problem was found, \
                  otherwise 1."
)]
pub(crate) struct DoctorArgs {}
