//! `shim <run folder>`: the parent of one run. It is asked for by the daemon only, and it is
//! here before flags, colours and configuration.

use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(folder: Option<&Path>) -> ExitCode {
    match folder {
        Some(folder) => persistproc_daemon::shim::main(folder),
        None => ExitCode::FAILURE,
    }
}
