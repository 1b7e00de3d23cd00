//! The arguments of `start`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::choices::IfRunningChoice;
use super::parsers::{self, Assignment};
use super::wait::WaitAfterStartArgs;

/// Start a program in the background, unless it is already running
#[derive(Debug, Default, Args)]
#[command(
    after_help = "The program gets this environment and keeps running after this terminal is \
                  closed. Everything after the program's name is passed to it, flags too: put the \
                  flags of `start` before the name."
)]
pub(crate) struct StartArgs {
    /// Directory to run the program in [default: .]
    #[arg(long, short = 'C', alias = "cwd", value_name = "DIR")]
    pub(crate) working_directory: Option<PathBuf>,

    /// Additional variables as a JSON object: '{"PORT": "3000"}'
    #[arg(long, value_name = "JSON")]
    pub(crate) environment: Option<String>,

    /// Set a variable; may be given several times
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = parsers::assignment)]
    pub(crate) env: Vec<Assignment>,

    /// Name of the process [default: the command and its directory]
    #[arg(long, alias = "name", value_name = "NAME")]
    pub(crate) label: Option<String>,

    /// Give the program a free port of its own, as PORT or as its framework's flag
    #[arg(long)]
    pub(crate) assign_port: bool,

    /// Use a terminal instead of pipes for the program
    #[arg(long)]
    pub(crate) tty: bool,

    /// With --tty: keep standard error apart from standard output
    #[arg(long, requires = "tty")]
    pub(crate) split: bool,

    /// If already running: return that process, fail or restart it [default: return]
    #[arg(
        long,
        value_enum,
        default_value = "return",
        hide_default_value = true,
        hide_possible_values = true,
        value_name = "return|error|restart"
    )]
    pub(crate) if_running: IfRunningChoice,

    #[command(flatten)]
    pub(crate) wait: WaitAfterStartArgs,

    /// Program and its arguments; a single quoted string may use shell syntax
    #[arg(required = true, trailing_var_arg = true, value_names = ["COMMAND", "ARGS"])]
    pub(crate) words: Vec<OsString>,
}
