//! The arguments of `notify`.

use std::path::PathBuf;

use clap::Args;

/// Show a desktop notice when a process ends by itself or is ready late
#[derive(Debug, Args)]
#[command(
    after_help = "A notice comes when a process ends although no client has stopped it, with a failure or \
                  as a service; when it ends five times within a minute; and when it is ready after more \
                  than ten seconds. None comes while a client watches it: an attached terminal, \
                  `logs -f`, a wait. A process has at most one in a minute. A terminal that watches a \
                  process which fails after ten seconds or more gets OSC 9 or OSC 777 instead: it knows \
                  whether it is in front.\n\n\
                  Notices are off until you turn them on, for every process (`on`) or for single ones. \
                  `on` shows a first one. Without arguments it says what is on.\n\n\
                  They are shown by notify-send or osascript, or by the program of --program, of the \
                  variable PERSISTPROC_NOTIFY_PROGRAM, or of the line `notify_program = \"…\"` in \
                  config.toml. It gets the title and the text as its last two arguments. The program \
                  `terminal` leaves notices to the terminals that watch."
)]
pub(crate) struct NotifyArgs {
    /// Program that shows notices, with its first arguments [default: notify-send or osascript]
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) program: Option<String>,

    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// `on`, `off`, or a process, which means `on`
    #[arg(value_name = "on|off|TARGET")]
    pub(crate) action: Option<String>,

    /// Only these processes: id, PID, label or command [default: every process]
    #[arg(value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
