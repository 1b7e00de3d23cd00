//! [`HookEdit`]: adds our hooks to the settings of an agent, or removes them.

use std::path::{Path, PathBuf};

use persistproc_api::{ErrorCode, Problem};

use super::entries::HookSetup;
use super::{json, opencode};
use crate::agents::agent_config::malformed_config;
use crate::agents::config_file::{self, BackupRule};
use crate::agents::config_paths::ConfigPaths;
use crate::agents::edit::same_text;
use crate::agents::editor::Malformed;
use crate::agents::{Agent, Scope};
use crate::hook::client::HookClient;

/// A new file of settings is for its user alone.
const NEW_FILE_MODE: u32 = 0o600;

/// A change of the hooks of one agent.
#[derive(Clone, Debug)]
pub(crate) struct HookEdit {
    pub(crate) agent: Agent,
    pub(crate) file: PathBuf,
    pub(crate) action: HookAction,
}

#[derive(Clone, Debug)]
pub(crate) enum HookAction {
    Install(HookSetup),
    Uninstall(HookClient),
}

/// The text of the settings before and after.
#[derive(Clone, Debug)]
pub(crate) struct HookChange {
    pub(crate) before: String,
    pub(crate) after: String,
}

/// The hooks as they are in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InstalledHooks {
    pub(crate) guards_shell: bool,
    /// The commands; empty for the plugin of opencode.
    pub(crate) commands: Vec<String>,
}

impl HookEdit {
    pub(crate) fn new(
        agent: Agent,
        scope: Scope,
        action: HookAction,
        paths: &ConfigPaths,
    ) -> Result<Self, Problem> {
        Ok(Self { agent, file: paths.hook_file(agent, scope)?, action })
    }

    /// The change that [`HookEdit::apply`] would make.
    pub(crate) fn preview(&self) -> Result<HookChange, Problem> {
        self.change_of(config_file::read(&self.file)?)
    }

    /// The change of settings that have this text.
    pub(crate) fn change_of(&self, before: String) -> Result<HookChange, Problem> {
        let malformed = |cause: Malformed| malformed_config(self.agent, &self.file, &cause);
        let after = match &self.action {
            HookAction::Install(setup) if setup.client == HookClient::Opencode => {
                self.refuse_foreign_plugin(&before)?;
                let is_guarded = opencode::guards_shell(&before);
                opencode::plugin(&guarded_if(setup, is_guarded))
            }
            HookAction::Install(setup) => {
                let found = json::read(setup.client, &before).map_err(malformed)?;
                let is_guarded = found.iter().any(|(_, command)| has_guard(command));
                json::put(&guarded_if(setup, is_guarded), &before).map_err(malformed)?
            }
            HookAction::Uninstall(HookClient::Opencode) => {
                if opencode::is_own(&before) {
                    String::new()
                } else {
                    before.clone()
                }
            }
            HookAction::Uninstall(client) => {
                self.without_hooks(*client, &before).map_err(malformed)?
            }
        };
        Ok(HookChange { before, after })
    }

    /// Makes the change. Returns it with the path of the backup, if there is one.
    pub(crate) fn apply(&self) -> Result<(HookChange, Option<PathBuf>), Problem> {
        let change = self.preview()?;
        if !change.is_any() {
            return Ok((change, None));
        }
        let rule = self.backup_rule(&change);
        let backup =
            config_file::replace(&self.file, &change.before, &change.after, NEW_FILE_MODE, rule)?;
        Ok((change, backup))
    }

    pub(crate) fn is_install(&self) -> bool {
        matches!(self.action, HookAction::Install(_))
    }

    /// The settings as they were before the hooks, byte for byte, unless they were edited since.
    fn without_hooks(&self, client: HookClient, before: &str) -> Result<String, Malformed> {
        if json::read(client, before)?.is_empty() {
            return Ok(before.to_owned());
        }
        let removed = json::remove(client, before)?;
        let backup = config_file::read_backup(&self.file);
        if let Some(backup) = &backup
            && !self.has_server_entry(before)
            && json::remove(client, backup).is_ok_and(|text| same_text(&text, &removed))
        {
            return Ok(backup.clone());
        }
        let is_ours = backup.is_none() && json::is_skeleton(&removed);
        Ok(if is_ours { String::new() } else { removed })
    }

    fn backup_rule(&self, change: &HookChange) -> BackupRule {
        let is_other_change = self.has_server_entry(&change.before);
        let had_hooks = installed(self.agent, &change.before).is_some();
        match &self.action {
            _ if is_other_change => BackupRule::Keep,
            HookAction::Uninstall(_) => BackupRule::Remove,
            HookAction::Install(_) if had_hooks || change.before.is_empty() => BackupRule::Keep,
            HookAction::Install(_) => BackupRule::Write,
        }
    }

    /// Whether the settings also hold the entry of the MCP server, as those of Gemini CLI do.
    fn has_server_entry(&self, text: &str) -> bool {
        self.agent == Agent::Gemini && self.agent.editor().read(text).is_ok_and(|it| it.is_some())
    }

    fn refuse_foreign_plugin(&self, text: &str) -> Result<(), Problem> {
        if text.is_empty() || opencode::is_own(text) {
            return Ok(());
        }
        let message = format!("{} was edited, so it is not replaced.", self.file.display());
        Err(Problem::new(ErrorCode::Storage, message)
            .hint("Move the file away and run this again."))
    }
}

impl HookChange {
    pub(crate) fn is_any(&self) -> bool {
        self.before != self.after
    }
}

/// The hooks in this text of the settings of an agent. `None` if there are none.
pub(crate) fn installed(agent: Agent, text: &str) -> Option<InstalledHooks> {
    let client = agent.hook_client()?;
    if client == HookClient::Opencode {
        let guards_shell = opencode::guards_shell(text);
        let is_own = opencode::is_own(text);
        return is_own.then_some(InstalledHooks { guards_shell, commands: Vec::new() });
    }
    let found = json::read(client, text).ok()?;
    let commands: Vec<String> = found.into_iter().map(|(_, command)| command).collect();
    let guards_shell = commands.iter().any(|command| has_guard(command));
    (!commands.is_empty()).then_some(InstalledHooks { guards_shell, commands })
}

/// The hooks that a file of an agent's settings has.
pub(crate) fn installed_in(agent: Agent, file: &Path) -> Option<InstalledHooks> {
    installed(agent, &config_file::read(file).ok()?)
}

/// A guard that is installed stays.
fn guarded_if(setup: &HookSetup, is_guarded: bool) -> HookSetup {
    HookSetup { guards_shell: setup.guards_shell || is_guarded, ..setup.clone() }
}

fn has_guard(command: &str) -> bool {
    command.contains(" --guard-shell")
}
