//! The arguments of `man`.

use std::path::PathBuf;

use clap::Args;

/// Print a manual page
#[derive(Debug, Args)]
#[command(after_help = "To read a page: persistproc man run | man -l -")]
pub(crate) struct ManArgs {
    /// Command to describe, such as `run` or `mcp install` [default: persistproc itself]
    #[arg(value_name = "COMMAND_NAME", conflicts_with = "dir")]
    pub(crate) command: Vec<String>,

    /// Write all pages into this directory instead, such as share/man/man1
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}
