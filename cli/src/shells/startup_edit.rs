//! [`StartupPlan`]: adds one line to the startup file of bash, zsh or fish, or removes it. Other lines of
//! the file are never changed.

use std::env;
use std::path::{Path, PathBuf};

use persistproc_api::Problem;

use super::Integration;
use super::startup_file::{LineKind, classify, with_line};
use crate::agents::config_file::{self, BackupRule};
use crate::args::InitShell;

/// Permissions of a startup file that is created.
const NEW_FILE_MODE: u32 = 0o644;

/// The change that an installation or its removal will make.
#[derive(Debug)]
pub(crate) struct StartupPlan {
    pub(crate) shell: InitShell,
    pub(crate) uninstall: bool,
    pub(crate) file: PathBuf,
    pub(crate) before: String,
    pub(crate) after: String,
    manual_edit: String,
}

impl StartupPlan {
    /// Reads the startup file and decides what to do. Changes nothing.
    pub(crate) fn new(integration: &Integration, uninstall: bool) -> Result<Self, Problem> {
        let shell = integration.shell;
        let manual_edit = manual_edit(integration, uninstall);
        let (file, before) =
            startup_file(shell, &home()?).map_err(|problem| problem.hint(manual_edit.clone()))?;
        reject_custom_line(&before, &file, integration, uninstall)?;
        let line = (!uninstall).then(|| integration.startup_line());
        let mut after = with_line(&before, shell, line.as_deref());
        if uninstall {
            after = original(&file, &after, shell).unwrap_or(after);
        }
        Ok(Self { shell, uninstall, file, before, after, manual_edit })
    }

    pub(crate) fn changes(&self) -> bool {
        self.before != self.after
    }

    /// Changes the file. Returns the path of the backup, if there is one.
    pub(crate) fn apply(&self) -> Result<Option<PathBuf>, Problem> {
        if !self.changes() {
            return Ok(None);
        }
        let rule = match (self.uninstall, has_integration(&self.before, self.shell)) {
            (true, _) => BackupRule::Remove,
            (false, true) => BackupRule::Keep,
            (false, false) => BackupRule::Write,
        };
        config_file::replace(&self.file, &self.before, &self.after, NEW_FILE_MODE, rule)
            .map_err(|problem| problem.hint(self.manual_edit.clone()))
    }
}

/// Whether a startup file of this shell loads the integration.
pub(super) fn is_installed(shell: InitShell) -> Result<bool, Problem> {
    let (_, text) = startup_file(shell, &home()?)?;
    Ok(has_integration(&text, shell))
}

/// Whether a startup file of this shell exists.
pub(super) fn has_startup_file(shell: InitShell) -> bool {
    home().is_ok_and(|home| startup_candidates(shell, &home).iter().any(|file| file.exists()))
}

/// Whether the folder with the settings of this shell exists.
pub(super) fn has_config_folder(shell: InitShell) -> bool {
    let name = if shell == InitShell::Nu { "nushell" } else { shell.name() };
    home().is_ok_and(|home| config_folder(&home).join(name).exists())
}

fn has_integration(text: &str, shell: InitShell) -> bool {
    text.lines().any(|line| classify(line, shell) != LineKind::Other)
}

/// The text of the backup, if `without_line` is the same apart from the line feed that our line needed.
fn original(path: &Path, without_line: &str, shell: InitShell) -> Option<String> {
    let backup = config_file::read_backup(path).filter(|text| !has_integration(text, shell))?;
    let installed = with_line(&backup, shell, Some("true"));
    (installed.strip_suffix("true\n") == Some(without_line)).then_some(backup)
}

/// The home, which startup files are relative to.
pub(crate) fn home() -> Result<PathBuf, Problem> {
    path_variable("HOME").ok_or_else(|| {
        Problem::invalid("HOME is not set, so the shell's startup file cannot be found.")
            .hint("Example: HOME=/home/me persistproc init bash --install")
    })
}

fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn config_folder(home: &Path) -> PathBuf {
    path_variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"))
}

/// The startup file that already loads the integration, else the one to write to, and its text.
fn startup_file(shell: InitShell, home: &Path) -> Result<(PathBuf, String), Problem> {
    let mut files = Vec::new();
    for path in startup_candidates(shell, home) {
        let text = config_file::read(&path)?;
        if has_integration(&text, shell) {
            return Ok((path, text));
        }
        files.push((path, text));
    }
    let first = files.into_iter().next();
    first.ok_or_else(|| Problem::internal("this shell has no startup file"))
}

/// The startup files of a shell, the preferred one first.
fn startup_candidates(shell: InitShell, home: &Path) -> Vec<PathBuf> {
    match shell {
        // Terminals on macOS start a login shell, which does not read `.bashrc`.
        InitShell::Bash if cfg!(target_os = "macos") => {
            vec![home.join(".bash_profile"), home.join(".bashrc")]
        }
        InitShell::Bash => vec![home.join(".bashrc")],
        InitShell::Zsh => {
            vec![path_variable("ZDOTDIR").unwrap_or_else(|| home.to_owned()).join(".zshrc")]
        }
        InitShell::Fish => {
            let fish = config_folder(home).join("fish");
            vec![fish.join("conf.d/persistproc.fish"), fish.join("config.fish")]
        }
        InitShell::Nu => vec![],
    }
}

/// Refuses to change a file in which the user wrote a line of their own that loads the integration.
fn reject_custom_line(
    text: &str,
    path: &Path,
    integration: &Integration,
    uninstall: bool,
) -> Result<(), Problem> {
    let is_custom = |line: &str| classify(line, integration.shell) == LineKind::Custom;
    let Some((index, line)) = text.lines().enumerate().find(|(_, line)| is_custom(line)) else {
        return Ok(());
    };
    let message = format!(
        "Line {} of {} loads persistproc in a customized way: {}",
        index + 1,
        path.display(),
        line.trim()
    );
    let hint = if uninstall {
        "The file was not changed. Remove the line by hand.".to_owned()
    } else {
        let line = integration.startup_line();
        format!("The file was not changed. Edit the line by hand, or replace it with: {line}")
    };
    Err(Problem::invalid(message).hint(hint))
}

/// The next step after a file that cannot be read or written.
fn manual_edit(integration: &Integration, uninstall: bool) -> String {
    if uninstall {
        let shell = integration.shell.name();
        return format!(
            "The file was not changed. Remove its line with `persistproc init {shell}` by hand."
        );
    }
    let line = integration.startup_line();
    format!("The file was not changed. Add this line by hand: {line}")
}
