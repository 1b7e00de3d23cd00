//! `init --install` and `init --uninstall`: one line in the startup file of a shell. Other lines of
//! the file are never changed.

mod startup_file;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use persistproc_api::Problem;
use serde_json::json;

use self::startup_file::{LineKind, classify, with_line};
use super::integration::Integration;
use crate::agents::config_file::{self, BackupRule};
use crate::args::{InitArgs, InitShell};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, diff, words};

/// Permissions of a startup file that is created.
const NEW_FILE_MODE: u32 = 0o644;

pub(super) fn run(integration: &Integration, args: &InitArgs, context: &Context) -> Outcome {
    let shell = integration.shell;
    let home = home()?;
    let path = startup_path(shell, &home).map_err(suggest_manual_edit(integration))?;
    let before = config_file::read(&path).map_err(suggest_manual_edit(integration))?;
    reject_custom_line(&before, &path, integration, args.uninstall)?;
    let line = (!args.uninstall).then(|| integration.startup_line());
    let mut after = with_line(&before, shell, line.as_deref());
    if args.uninstall {
        after = original(&path, &after, shell).unwrap_or(after);
    }
    let changed = before != after;
    let backup = if changed && !args.dry_run {
        let rule = match (args.uninstall, is_installed(&before, shell)) {
            (true, _) => BackupRule::Remove,
            (false, true) => BackupRule::Keep,
            (false, false) => BackupRule::Write,
        };
        config_file::replace(&path, &before, &after, NEW_FILE_MODE, rule)
            .map_err(suggest_manual_edit(integration))?
    } else {
        None
    };
    let difference = diff::lines(&before, &after);
    if context.json() {
        render::json(&json!({
            "shell": shell.name(),
            "file": path,
            "changed": changed,
            "dry_run": args.dry_run,
            "diff": difference.join("\n"),
            "kept": backup,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let shown = words::directory(&path, Some(&home));
    let headline = if changed && args.dry_run {
        format!("This would change {shown}:")
    } else if changed && !path.exists() {
        format!("Removed {shown}, which had no other line:")
    } else if changed {
        format!("Changed {shown}:")
    } else if args.uninstall {
        format!("Not installed in {shown}.")
    } else {
        format!("Already installed in {shown}.")
    };
    let mut lines = vec![headline];
    lines.extend(difference.iter().map(|line| format!("  {line}")));
    if let Some(backup) = backup {
        lines.push(format!("Backup: {}", words::directory(&backup, Some(&home))));
    }
    if changed && !args.dry_run {
        lines.push(format!("Start a new {} to apply the change.", shell.name()));
    }
    render::lines(lines)?;
    Ok(ExitCode::SUCCESS)
}

fn is_installed(text: &str, shell: InitShell) -> bool {
    text.lines().any(|line| classify(line, shell) != LineKind::Other)
}

/// The text of the backup, if `without_line` is the same apart from the line feed that our line needed.
fn original(path: &Path, without_line: &str, shell: InitShell) -> Option<String> {
    let backup = config_file::read_backup(path).filter(|text| !is_installed(text, shell))?;
    let installed = with_line(&backup, shell, Some("true"));
    (installed.strip_suffix("true\n") == Some(without_line)).then_some(backup)
}

fn home() -> Result<PathBuf, Problem> {
    path_variable("HOME").ok_or_else(|| {
        Problem::invalid("HOME is not set, so the shell's startup file cannot be found.")
            .hint("Example: HOME=/home/me persistproc init bash --install")
    })
}

fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The startup file that already loads the integration, else the one to write to.
fn startup_path(shell: InitShell, home: &Path) -> Result<PathBuf, Problem> {
    let candidates = startup_candidates(shell, home);
    for path in &candidates {
        if is_installed(&config_file::read(path)?, shell) {
            return Ok(path.clone());
        }
    }
    let first = candidates.into_iter().next();
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
            let config = path_variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
            let fish = config.join("fish");
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
        "Nothing was changed. Remove the line by hand.".to_owned()
    } else {
        let line = integration.startup_line();
        format!("Nothing was changed. Edit the line by hand, or replace it with: {line}")
    };
    Err(Problem::invalid(message).hint(hint))
}

fn suggest_manual_edit(integration: &Integration) -> impl Fn(Problem) -> Problem {
    let line = integration.startup_line();
    move |problem| problem.hint(format!("Nothing was changed. Add this line by hand: {line}"))
}
