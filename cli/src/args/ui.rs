//! [`UiArgs`]: the arguments of `ui`.

use std::path::PathBuf;

use clap::Args;

/// Show processes and their logs on the whole terminal
#[derive(Debug, Args)]
#[command(
    after_help = "Enter attaches to the selected process, and the keys that detach come back. \
                  `/` searches the whole log, `?` shows all keys, `q` leaves; no process ends."
)]
pub(crate) struct UiArgs {
    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process whose log is shown first [default: the list]
    #[arg(value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}
