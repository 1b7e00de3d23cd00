//! `shim <run folder>`: become the shim, the parent of one run. Only the daemon starts it; it
//! branches off before arguments are parsed.

use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(folder: Option<&Path>) -> ExitCode {
    match folder {
        Some(folder) => persistproc_daemon::shim::main(folder),
        None => ExitCode::FAILURE,
    }
}
