//! The hooks that `mcp install` and `mcp uninstall` change besides the entry of the server.

use std::path::PathBuf;

use persistproc_api::Problem;
use persistproc_api::words::join_words;
use serde::Serialize;

use crate::agents::config_paths::ConfigPaths;
use crate::agents::hooks::plugin::{self, PluginEdit};
use crate::agents::hooks::{HookAction, HookChange, HookEdit, HookSetup};
use crate::agents::{Agent, Endpoint, Scope};
use crate::context::Context;
use crate::hook::client::HookClient;
use crate::programs;
use crate::render::diff;

/// A change of hooks that was made, or with `--dry-run` would be made.
#[derive(Debug)]
pub(crate) struct HookResult {
    pub(crate) agent: Agent,
    pub(crate) installs: bool,
    pub(crate) file: PathBuf,
    pub(crate) changed: bool,
    pub(crate) diff: Vec<String>,
    pub(crate) backup: Option<PathBuf>,
}

/// The same as `--format json` prints it.
#[derive(Serialize)]
pub(super) struct HookReport<'a> {
    changed: bool,
    file: &'a PathBuf,
    diff: String,
    kept: &'a Option<PathBuf>,
}

/// The hooks for an agent. `None` if it has none.
pub(crate) fn setup(
    agent: Agent,
    scope: Scope,
    guards_shell: bool,
    context: &Context,
) -> Option<HookSetup> {
    let client = agent.hook_client()?;
    let endpoint_program = || std::env::current_exe().map(|path| path.display().to_string()).ok();
    let program = match (scope, client) {
        // Other machines have the program elsewhere.
        (Scope::Project, _) => "persistproc".to_owned(),
        // A desktop application has a minimal PATH.
        (Scope::User, HookClient::Cursor) => endpoint_program()?,
        (Scope::User, _) => programs::own_for_shells(),
    };
    let arguments = if context.has_custom_data_dir() {
        vec!["--data-dir".to_owned(), context.data_dirs().data().display().to_string()]
    } else {
        Vec::new()
    };
    Some(HookSetup { client, program: join_words(&[program]), arguments, guards_shell })
}

/// Installs the hooks of an agent. `before` is the text of the settings, if they are not to be read.
pub(super) fn install(
    agent: Agent,
    scope: Scope,
    setup: HookSetup,
    before: Option<String>,
    paths: &ConfigPaths,
) -> Result<HookResult, Problem> {
    let edit = HookEdit::new(agent, scope, HookAction::Install(setup), paths)?;
    run(&edit, before)
}

pub(super) fn uninstall(
    agent: Agent,
    scope: Scope,
    dry_run: bool,
    paths: &ConfigPaths,
) -> Result<Option<HookResult>, Problem> {
    let Some(client) = agent.hook_client() else { return Ok(None) };
    let edit = HookEdit::new(agent, scope, HookAction::Uninstall(client), paths)?;
    let before = dry_run.then(|| edit.preview()).transpose()?.map(|change| change.before);
    run(&edit, before).map(Some)
}

/// Makes the change, or with the text of the settings only shows it.
fn run(edit: &HookEdit, before: Option<String>) -> Result<HookResult, Problem> {
    let (change, backup) = match before {
        Some(before) => (edit.change_of(before)?, None),
        None => edit.apply()?,
    };
    Ok(HookResult::new(edit, &change, backup))
}

/// Writes or removes the plugin of Claude Code.
pub(super) fn plugin(
    edit: &PluginEdit,
    installs: bool,
    dry_run: bool,
) -> Result<HookResult, Problem> {
    if !dry_run {
        edit.apply()?;
    }
    let mut lines = Vec::new();
    for file in edit.files.iter().filter(|file| file.before != file.after) {
        let name = file.path.strip_prefix(&edit.folder).unwrap_or(&file.path);
        lines.push(format!("{}:", name.display()));
        lines.extend(diff::lines(&file.before, &file.after));
    }
    Ok(HookResult {
        agent: Agent::ClaudeCode,
        installs,
        file: edit.folder.clone(),
        changed: edit.changes(),
        diff: lines,
        backup: None,
    })
}

pub(super) fn plugin_install(
    endpoint: &Endpoint,
    setup: &HookSetup,
    paths: &ConfigPaths,
) -> Result<PluginEdit, Problem> {
    PluginEdit::install(paths.plugin_folder(), endpoint, setup)
}

/// Whether the plugin of Claude Code is there.
pub(crate) fn has_plugin(agent: Agent, paths: &ConfigPaths) -> bool {
    agent == Agent::ClaudeCode && plugin::is_installed(&paths.plugin_folder())
}

impl HookResult {
    pub(crate) fn new(edit: &HookEdit, change: &HookChange, backup: Option<PathBuf>) -> Self {
        Self {
            agent: edit.agent,
            installs: edit.is_install(),
            file: edit.file.clone(),
            changed: change.is_any(),
            diff: diff::lines(&change.before, &change.after),
            backup,
        }
    }

    pub(super) fn report(&self) -> HookReport<'_> {
        HookReport {
            changed: self.changed,
            file: &self.file,
            diff: self.diff.join("\n"),
            kept: &self.backup,
        }
    }

    /// What the change has done, without a full stop.
    pub(crate) fn done(&self, paths: &ConfigPaths) -> String {
        let verb = if self.installs { "Installed" } else { "Removed" };
        let what = if self.file.ends_with("skills/persistproc") { "plugin" } else { "hooks" };
        let file = paths.abbreviate(&self.file);
        format!("{verb} the {what} of {} ({file})", self.agent.name())
    }

    /// The lines that `mcp install` and `mcp uninstall` print.
    pub(super) fn lines(&self, dry_run: bool, paths: &ConfigPaths) -> Vec<String> {
        if !self.changed {
            return Vec::new();
        }
        let file = paths.abbreviate(&self.file);
        let first = if dry_run {
            format!("This would change {file}:")
        } else {
            format!("{}.", self.done(paths))
        };
        let mut lines = vec![first];
        lines.extend(self.diff.iter().map(|line| format!("  {line}")));
        lines.extend(self.backup.iter().map(|path| format!("Backup: {}", paths.abbreviate(path))));
        if self.installs && !dry_run {
            lines.extend(next_step(self.agent).map(str::to_owned));
        }
        lines
    }
}

/// What the user has to do before the hooks run.
pub(crate) fn next_step(agent: Agent) -> Option<&'static str> {
    match agent {
        Agent::Codex => Some(
            "Open `/hooks` in Codex and approve the hooks of persistproc: until then Codex skips them.",
        ),
        _ => None,
    }
}
