//! Detects which shells this user uses and which of them load the integration.

use std::env;
use std::path::Path;

use persistproc_api::Problem;

use super::{nu_edit, startup_edit};
use crate::args::InitShell;
use crate::nushell::Nushell;
use crate::programs::on_path;

/// Whether the shell is installed, and this user has it as login shell or has a startup file of it. Most
/// systems have a bash that its users never see.
pub(crate) fn is_used(shell: InitShell) -> bool {
    let login_shell = env::var_os("SHELL").unwrap_or_default();
    let is_login_shell =
        Path::new(&login_shell).file_name().is_some_and(|name| name == shell.name());
    on_path(shell.name()).is_some() && (is_login_shell || has_settings(shell))
}

fn has_settings(shell: InitShell) -> bool {
    match shell {
        InitShell::Bash | InitShell::Zsh => startup_edit::has_startup_file(shell),
        InitShell::Fish | InitShell::Nu => startup_edit::has_config_folder(shell),
    }
}

/// Whether a new shell of this kind loads the integration, in our way or in a customized one.
pub(crate) fn is_connected(shell: InitShell) -> Result<bool, Problem> {
    match shell {
        InitShell::Bash | InitShell::Zsh | InitShell::Fish => startup_edit::is_installed(shell),
        InitShell::Nu => Nushell::find().map_or(Ok(false), |nu| nu_edit::is_installed(&nu)),
    }
}
