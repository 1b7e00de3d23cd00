//! The arguments of `news`.

use std::path::PathBuf;

use clap::Args;

/// Show new errors, unexpected ends and recoveries of processes
#[derive(Debug, Args)]
#[command(
    after_help = "An error is news if the process has not printed one like it before, apart from \
                        times, numbers, ids and quoted text. So is an end by itself, a line on standard \
                        error where a process usually prints nothing there, and a rebuild after which \
                        the errors have not come back.\n\n\
                        Without --after it shows the news in the newest output of the latest runs."
)]
pub(crate) struct NewsArgs {
    /// Keep showing news as they happen, until Ctrl+C
    #[arg(long, short)]
    pub(crate) follow: bool,

    /// Show only what came after this cursor, taken from an earlier answer
    #[arg(long, value_name = "CURSOR")]
    pub(crate) after: Option<String>,

    /// Consider only processes in this directory; with a target, those in it and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process; several names are several processes [default: all
    /// processes]
    #[arg(value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
