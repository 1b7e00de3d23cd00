//! The flags of the commands about the daemon and about this program.

use clap::{Args, ValueEnum};
use clap_complete::Shell;
use persistproc_api::seconds::Seconds;

use super::values;

/// Be the daemon, in this terminal
#[derive(Debug, Args)]
#[command(
    after_help = "There is no need to: the daemon starts by itself when a command needs it. \
                  Ctrl+C here stops every process and then the daemon."
)]
pub(crate) struct ServeArgs {
    /// Take the place of the daemon that runs; its processes go on
    #[arg(long)]
    pub(crate) replace: bool,

    /// How much output to keep of each process, as it lies on disk
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = values::log_limit)]
    pub(crate) log_limit: u64,

    /// How much output to keep of all processes together
    #[arg(long, value_name = "SIZE", default_value = "8GiB", value_parser = values::log_limit)]
    pub(crate) total_log_limit: u64,

    /// How many runs to keep of each process
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = values::runs)]
    pub(crate) keep_runs: u32,

    /// How many ended processes to keep
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = values::number)]
    pub(crate) keep_processes: u32,

    /// Leave the terminal that started it
    #[arg(long, hide = true)]
    pub(crate) detached: bool,

    /// How long a silent session of an agent stays in memory
    #[arg(long, hide = true, env = "PERSISTPROC_MCP_IDLE", value_parser = values::seconds)]
    pub(crate) mcp_idle: Option<Seconds>,
}

/// Stop every process, then the daemon
#[derive(Debug, Args)]
pub(crate) struct ShutdownArgs {
    /// Leave the processes running; the next daemon finds them
    #[arg(long)]
    pub(crate) keep: bool,
}

/// Look whether all is well here, and say what to do if not
#[derive(Debug, Args)]
#[command(after_help = "It only looks: it starts no daemon and changes nothing.")]
pub(crate) struct DoctorArgs {}

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "It completes the name it was made by: `pp completions zsh` completes `pp`."
)]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

/// Print what makes a shell know persistproc and pp
#[derive(Debug, Args)]
#[command(after_help = "In ~/.bashrc or ~/.zshrc: eval \"$(persistproc init bash)\", or zsh. In \
                  config.fish: persistproc init fish | source. Nushell: persistproc init nu \
                  --install")]
pub(crate) struct InitArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: InitShell,

    /// Put it where the shell finds it; for Nushell, make the plugin known to it as well
    #[arg(long)]
    pub(crate) install: bool,

    /// Nushell: run commands that begin with these words under persistproc
    #[arg(long, value_name = "WORDS", value_parser = values::words)]
    pub(crate) wrap: Vec<String>,
}

/// The shells there is a script for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InitShell {
    Bash,
    Zsh,
    Fish,
    Nu,
}
