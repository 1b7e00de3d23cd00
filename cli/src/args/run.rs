//! The arguments of `run`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::attach::AttachFlags;
use super::parsers::{self, Assignment};

/// Run a program, or attach to it if it is already running
#[derive(Debug, Args)]
#[command(
    after_help = "The program gets the current directory, environment and terminal size, and keeps \
                  running after this terminal is closed. Everything after the program's name is \
                  passed to it, flags too: put the flags of `run` before the name."
)]
pub(crate) struct RunArgs {
    /// Name of the process [default: the command and its directory]
    #[arg(long, alias = "name", value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Directory to run the program in [default: .]
    #[arg(long, short = 'C', alias = "cwd", value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Set a variable; may be given several times
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parsers::assignment)]
    pub(crate) env: Vec<Assignment>,

    /// Start the program in the background, like `start`
    #[arg(long, short, conflicts_with_all = ["split", "no_tty", "no_hold", "raw"])]
    pub(crate) detach: bool,

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

    /// The verb was left out: the words of other tools are explained instead of run
    #[arg(long, hide = true)]
    pub(crate) implied: bool,

    /// Program and its arguments; a single quoted string may use shell syntax
    #[arg(required = true, trailing_var_arg = true, value_names = ["PROGRAM", "ARGS"])]
    pub(crate) words: Vec<OsString>,
}
