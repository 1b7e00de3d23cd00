//! The arguments of `serve`.

use clap::Args;
use persistproc_api::seconds::Seconds;

use super::parsers;

/// Run the daemon in the foreground
#[derive(Debug, Args)]
#[command(
    after_help = "Rarely needed: other commands start the daemon in the background when none is \
                  running. Ctrl+C stops all processes and the daemon.\n\n\
                  The limits, --port and --no-names are remembered in the data directory, for \
                  the daemons that other commands start. --defaults forgets them.\n\n\
                  Variables (PERSISTPROC_LOG_LIMIT, PERSISTPROC_KEEP_RUNS and so on) and \
                  persistproc/config.toml in the configuration directory (log_limit = \"1GiB\") \
                  set the same: a flag comes first, then the variable, then the file."
)]
pub(crate) struct ServeArgs {
    /// Replace the running daemon; its processes keep running
    #[arg(long)]
    pub(crate) replace: bool,

    /// Forget the flags of earlier `serve` commands
    #[arg(long)]
    pub(crate) defaults: bool,

    /// Maximum size on disk of one process's output [default: 256MiB]
    #[arg(long, value_name = "SIZE", value_parser = parsers::log_limit, allow_negative_numbers = true)]
    pub(crate) log_limit: Option<u64>,

    /// Maximum size on disk of all output together [default: 8GiB]
    #[arg(long, value_name = "SIZE", value_parser = parsers::log_limit, allow_negative_numbers = true)]
    pub(crate) total_log_limit: Option<u64>,

    /// Number of runs to keep for each process [default: 5]
    #[arg(long, value_name = "N", value_parser = parsers::run_count, allow_negative_numbers = true)]
    pub(crate) keep_runs: Option<u32>,

    /// Number of ended processes to keep [default: 100]
    #[arg(long, value_name = "N", value_parser = parsers::number, allow_negative_numbers = true)]
    pub(crate) keep_processes: Option<u32>,

    /// Do not serve http://<id>.localhost for processes [env: PERSISTPROC_NO_NAMES]
    #[arg(long)]
    pub(crate) no_names: bool,

    /// Detach from the terminal; used by the client that starts the daemon
    #[arg(long, hide = true)]
    pub(crate) detached: bool,

    /// Serve in this process; used by `--detached`, which starts the daemon as another process
    #[arg(long, hide = true, requires = "detached")]
    pub(crate) no_fork: bool,

    /// Seconds before an idle MCP session is dropped from memory
    #[arg(long, hide = true, env = "PERSISTPROC_MCP_IDLE", value_parser = parsers::seconds, allow_negative_numbers = true)]
    pub(crate) mcp_idle: Option<Seconds>,
}
