//! `login-environment <directory>`: print the environment of the user's login shell. Only the daemon
//! starts it; it branches off before arguments are parsed.

use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(directory: Option<&Path>) -> ExitCode {
    persistproc_daemon::login_shell::main(directory)
}
