//! The changes of `setup` as text and as JSON.

use std::path::{Path, PathBuf};

use persistproc_api::Problem;
use serde::Serialize;

use super::change::{Applied, Change};
use super::survey::Survey;
use crate::agents::config_paths::ConfigPaths;

/// What `--format json` prints.
#[derive(Serialize)]
pub(super) struct SetupReport<'a> {
    changed: bool,
    dry_run: bool,
    changes: Vec<ChangeReport<'a>>,
    connected: &'a [&'static str],
    problems: &'a [Problem],
}

#[derive(Serialize)]
struct ChangeReport<'a> {
    name: &'static str,
    file: &'a Path,
    commands: Vec<String>,
    diff: String,
    kept: &'a Option<PathBuf>,
}

impl<'a> SetupReport<'a> {
    /// The changes, each with the backup of its file.
    pub(super) fn new(
        changes: &'a [(&'a Change, Option<PathBuf>)],
        connected: &'a [&'static str],
        problems: &'a [Problem],
        dry_run: bool,
    ) -> Self {
        let reports = changes.iter().map(|(change, kept)| ChangeReport {
            name: change.name(),
            file: change.file(),
            commands: change.commands(),
            diff: change.diff().join("\n"),
            kept,
        });
        let changes: Vec<_> = reports.collect();
        Self { changed: !changes.is_empty(), dry_run, changes, connected, problems }
    }
}

/// All changes: the file or the commands of each, and its diff.
pub(super) fn preview(survey: &Survey, paths: &ConfigPaths) -> Vec<String> {
    let mut lines = Vec::new();
    for change in &survey.changes {
        lines.push(format!("{}: {}", change.name(), paths.abbreviate(change.file())));
        lines.extend(change.commands().iter().map(|command| format!("  $ {command}")));
        lines.extend(change.diff().iter().map(|line| format!("  {line}")));
        lines.push(String::new());
    }
    if !survey.settled.is_empty() {
        lines.push(format!("Already connected: {}.", survey.settled.join(", ")));
    }
    lines
}

/// The answer if there is no change to make.
pub(super) fn nothing_to_do(survey: &Survey, undo: bool) -> Vec<String> {
    if !survey.settled.is_empty() {
        let names = survey.settled.join(", ");
        return vec![format!("Already connected: {names}. There is nothing to change.")];
    }
    if !survey.problems.is_empty() {
        return Vec::new();
    }
    if undo {
        return vec!["No shell and no agent is connected. There is nothing to undo.".to_owned()];
    }
    vec![
        "No shell with a startup file and no supported agent was found.".to_owned(),
        "Run `persistproc init bash --install` or `persistproc mcp install cursor` to connect one \
         of them anyway."
            .to_owned(),
    ]
}

/// What was done, and what to type now.
pub(super) fn summary(applied: &[Applied<'_>], undo: bool, paths: &ConfigPaths) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for Applied { change, backup } in applied {
        let backup = backup.as_deref().map(|backup| paths.abbreviate(backup));
        let backup = backup.map(|backup| format!(" Backup: {backup}")).unwrap_or_default();
        lines.push(format!("{}.{backup}", change.done(paths)));
    }
    if applied.is_empty() {
        return lines;
    }
    lines.push(String::new());
    let restart = restart(applied);
    if undo {
        lines.push(format!("{restart} to apply the changes."));
    } else {
        lines.extend(applied.iter().filter_map(|one| one.change.next_step()).map(str::to_owned));
        lines.push(format!("{restart}. Then type: pp npm run dev"));
        lines.push("`persistproc setup --undo` removes all of this.".to_owned());
    }
    lines
}

/// What to start again: a running shell or agent has read its settings before.
fn restart(applied: &[Applied<'_>]) -> String {
    let names = |is_agent: bool| {
        let changes = applied.iter().map(|applied| applied.change);
        let names = changes.filter(|change| change.is_agent() == is_agent).map(Change::name);
        let mut names: Vec<_> = names.collect();
        // An agent can have two changes, one after the other.
        names.dedup();
        names.join(", ")
    };
    match (names(false), names(true)) {
        (shells, agents) if agents.is_empty() => format!("Start a new shell ({shells})"),
        (shells, agents) if shells.is_empty() => format!("Restart {agents}"),
        (shells, agents) => format!("Start a new shell ({shells}) and restart {agents}"),
    }
}
