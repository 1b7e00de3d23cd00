//! The arguments of `run`.

use std::ffi::OsString;

use clap::Args;

use super::attach::AttachFlags;

/// Run a program, or attach to it if it is already running
#[derive(Debug, Args)]
#[command(
    after_help = "The program gets the current directory, environment and terminal size, and keeps \
                  running after this terminal is closed. Everything after the program's name is \
                  passed to it, flags too: put the flags of `run` before the name."
)]
pub(crate) struct RunArgs {
    /// Name of the process [default: the command and its directory]
    #[arg(long, value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Restart the program if it is already running
    #[arg(long)]
    pub(crate) fresh: bool,

    /// Give the program a free port of its own, as PORT or as its framework's flag
    #[arg(long)]
    pub(crate) assign_port: bool,

    #[command(flatten)]
    pub(crate) attach: AttachFlags,

    /// Keep standard error apart from standard output; their order is then approximate
    #[arg(long)]
    pub(crate) split: bool,

    /// Use pipes instead of a terminal for the program
    #[arg(long)]
    pub(crate) no_tty: bool,

    /// Drop output instead of slowing the program down when the reader of this command's output is slow
    #[arg(long)]
    pub(crate) no_hold: bool,

    /// Program and its arguments; a single quoted string may use shell syntax
    #[arg(required = true, trailing_var_arg = true, value_names = ["PROGRAM", "ARGS"])]
    pub(crate) words: Vec<OsString>,
}
