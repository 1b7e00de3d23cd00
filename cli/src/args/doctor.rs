//! The arguments of `doctor`: none of its own.

use clap::Args;

/// Check the installation and suggest fixes
#[derive(Debug, Args)]
#[command(
    after_help = "Only checks: it starts no daemon and changes nothing. Exit code: 0 if all \
                        is well, 1 if there are problems."
)]
pub(crate) struct DoctorArgs {}
