//! The flags of `run` and `attach`: what it means to watch a process.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Run a program and watch it; watch the one that runs, if it runs already
#[derive(Debug, Args)]
#[command(
    after_help = "The program gets this directory, this environment and a terminal of this size, \
                  and goes on when this terminal is gone. Everything after its name belongs to \
                  it, flags too."
)]
pub(crate) struct RunArgs {
    /// A name to find it by [default: the command and the directory]
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// If it runs already, stop that run and begin a new one
    #[arg(long)]
    pub(crate) fresh: bool,

    #[command(flatten)]
    pub(crate) watch: WatchArgs,

    /// Pipes instead of a terminal, also when we are in one
    #[arg(long)]
    pub(crate) no_tty: bool,

    /// The program and its arguments; one quoted string may use shell syntax
    #[arg(required = true, trailing_var_arg = true, value_names = ["PROGRAM", "ARGS"])]
    pub(crate) words: Vec<String>,
}

/// Watch a process that runs, and type into it
#[derive(Debug, Args)]
#[command(
    after_help = "Shows a screenful of its last lines, then everything it prints. Keys go to it \
                  when it has a terminal."
)]
pub(crate) struct AttachArgs {
    #[command(flatten)]
    pub(crate) watch: WatchArgs,

    /// Look for the target here first [default: this directory]
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// An id, a pid, a label or a command
    #[arg(required = true, value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}

/// How to watch.
#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// What Ctrl+C does to the process [default: ask] [env: PERSISTPROC_ON_EXIT]
    #[arg(
        long,
        env = "PERSISTPROC_ON_EXIT",
        hide_env = true,
        value_enum,
        default_value = "ask",
        hide_default_value = true,
        hide_possible_values = true,
        value_name = "ask|stop|detach"
    )]
    pub(crate) on_exit: OnExit,

    /// Nothing but the bytes of the process: no notes of ours
    #[arg(long)]
    pub(crate) raw: bool,
}

/// What Ctrl+C does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnExit {
    #[default]
    Ask,
    Stop,
    Detach,
}
