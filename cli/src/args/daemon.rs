//! The flags of the commands about the daemon and about this program.

use std::path::PathBuf;

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
    #[arg(long, value_name = "SIZE", default_value = "256MiB", value_parser = values::log_limit, allow_negative_numbers = true)]
    pub(crate) log_limit: u64,

    /// How much output to keep of all processes together
    #[arg(long, value_name = "SIZE", default_value = "8GiB", value_parser = values::log_limit, allow_negative_numbers = true)]
    pub(crate) total_log_limit: u64,

    /// How many runs to keep of each process
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = values::runs, allow_negative_numbers = true)]
    pub(crate) keep_runs: u32,

    /// How many ended processes to keep
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = values::number, allow_negative_numbers = true)]
    pub(crate) keep_processes: u32,

    /// Leave the terminal that started it
    #[arg(long, hide = true)]
    pub(crate) detached: bool,

    /// How long a silent session of an agent stays in memory
    #[arg(long, hide = true, env = "PERSISTPROC_MCP_IDLE", value_parser = values::seconds, allow_negative_numbers = true)]
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

/// Print the manual page of persistproc, or of one of its commands
#[derive(Debug, Args)]
#[command(after_help = "To read one: persistproc man run | man -l -")]
pub(crate) struct ManArgs {
    /// The command, such as `run` or `mcp install`
    #[arg(value_name = "COMMAND_NAME", conflicts_with = "dir")]
    pub(crate) command: Vec<String>,

    /// Write all pages into this folder instead, as for share/man/man1
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// Print what runs in this directory and below, for a shell prompt
#[derive(Debug, Args)]
#[command(
    after_help = "It prints nothing where nothing runs or ended badly, and starts no daemon."
)]
pub(crate) struct PromptArgs {}

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

/// Print what makes a shell know persistproc and pp, or put it where the shell reads it
#[derive(Debug, Args)]
#[command(after_help = "In ~/.bashrc or ~/.zshrc: eval \"$(persistproc init bash)\", or zsh. In \
                  config.fish: persistproc init fish | source. --install writes that line; for \
                  Nushell, which loads no output, it writes a file and registers the plugin.")]
pub(crate) struct InitArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: InitShell,

    /// A command to run under persistproc whenever it is typed at a prompt; repeat for more
    #[arg(long, value_name = "WORDS", conflicts_with = "uninstall")]
    pub(crate) wrap: Vec<String>,

    /// Another name for pp
    #[arg(long, value_name = "NAME", default_value = "pp", value_parser = values::name, conflicts_with_all = ["no_pp", "uninstall"])]
    pub(crate) cmd: String,

    /// Leave pp, pp-wrap and pp-unwrap out
    #[arg(long, conflicts_with = "uninstall")]
    pub(crate) no_pp: bool,

    /// Put it into the file the shell reads when it starts
    #[arg(long, conflicts_with = "uninstall")]
    pub(crate) install: bool,

    /// Take it out of there
    #[arg(long)]
    pub(crate) uninstall: bool,

    /// Only show what that would change
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The shells there is a script for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InitShell {
    Bash,
    Zsh,
    Fish,
    Nu,
}
