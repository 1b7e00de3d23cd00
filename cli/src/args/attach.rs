//! The arguments of `attach`, and the flags that `run` shares with it.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::terminal::DetachKeys;

/// Watch a running process and type into it
#[derive(Debug, Args)]
#[command(
    after_help = "Shows a screenful of the newest output, then everything the process prints. \
                  Keys are passed to the process if it has a terminal."
)]
pub(crate) struct AttachArgs {
    #[command(flatten)]
    pub(crate) attach: AttachFlags,

    /// Consider only processes in this directory and below
    #[arg(long, value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Id, PID, label or command of the process
    #[arg(required = true, value_name = "TARGET")]
    pub(crate) target: Vec<String>,
}

/// How to behave while attached.
#[derive(Debug, Args)]
pub(crate) struct AttachFlags {
    /// Action on Ctrl+C: ask, stop the process or leave it running [default: ask] [env: PERSISTPROC_ON_EXIT]
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

    /// Print only the bytes of the process, without notes
    #[arg(long)]
    pub(crate) raw: bool,

    /// Keys that leave the process running [default: ctrl-],ctrl-],ctrl-] within a second] [env: PERSISTPROC_DETACH_KEYS]
    #[arg(
        long,
        env = "PERSISTPROC_DETACH_KEYS",
        hide_env = true,
        default_value = DetachKeys::DEFAULT,
        hide_default_value = true,
        value_name = "KEYS"
    )]
    pub(crate) detach_keys: DetachKeys,
}

/// The action on Ctrl+C.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnExit {
    #[default]
    Ask,
    Stop,
    Detach,
}
