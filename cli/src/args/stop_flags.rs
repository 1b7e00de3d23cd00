//! [`StopFlags`]: how to stop a run. Shared by `stop` and `restart`; `ctrl` builds it from its own flags.

use clap::Args;
use persistproc_api::seconds::Seconds;

use super::parsers;

/// How to stop a run.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct StopFlags {
    /// Send SIGKILL at once, without SIGTERM first
    #[arg(long)]
    pub(crate) force: bool,

    /// Seconds to wait between SIGTERM and SIGKILL [default: 8]
    #[arg(long, value_name = "S", value_parser = parsers::seconds, allow_negative_numbers = true)]
    pub(crate) timeout: Option<Seconds>,
}
