//! `Edit`: installs persistproc in an agent's config or removes it. [`Edit::plan`] reads the config
//! and decides, [`EditPlan::apply`] changes it: with the agent's own command if it has one, otherwise
//! by writing the file.

use std::path::PathBuf;

use persistproc_api::Problem;

use super::agent_config::malformed_config;
use super::config_file::{self, BackupRule};
use super::config_paths::ConfigPaths;
use super::editor::Malformed;
use super::vendor_command::VendorCommand;
use super::{Agent, Endpoint, SERVER_NAME, Scope, ServerEntry, Transport, is_own_entry};
use crate::programs::on_path;

/// A requested change of one agent's config.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) agent: Agent,
    pub(crate) scope: Scope,
    pub(crate) action: EditAction,
}

#[derive(Clone, Debug)]
pub(crate) enum EditAction {
    Install { transport: Transport, endpoint: Endpoint },
    Uninstall,
}

/// The change that an edit will make.
#[derive(Debug)]
pub(crate) struct EditPlan {
    pub(crate) edit: Edit,
    pub(crate) file: PathBuf,
    old: String,
    step: EditStep,
}

#[derive(Debug)]
enum EditStep {
    /// The config is already as requested.
    Nothing,
    /// Run the agent's own commands.
    Run(Vec<VendorCommand>),
    /// Replace the config with this text.
    Write(String, BackupRule),
}

/// The changes of an edit, or with `--dry-run` the changes that it would make.
#[derive(Debug)]
pub(crate) struct EditResult {
    pub(crate) edit: Edit,
    pub(crate) file: PathBuf,
    pub(crate) changed: bool,
    /// The agent's own commands that were run.
    pub(crate) commands: Vec<String>,
    /// The config text before and after.
    pub(crate) before: String,
    pub(crate) after: String,
    /// The path of the backup of the old config.
    pub(crate) backup: Option<PathBuf>,
}

impl Edit {
    /// Reads the config and decides what to do. Changes nothing.
    pub(crate) fn plan(self, paths: &ConfigPaths) -> Result<EditPlan, Problem> {
        let file = paths.config_file(self.agent, self.scope)?;
        let old = config_file::read(&file)?;
        let malformed = |malformed: Malformed| malformed_config(self.agent, &file, &malformed);
        let found = self.agent.editor().read(&old).map_err(malformed)?;
        let step = match (&self.action, found) {
            (EditAction::Uninstall, None) => EditStep::Nothing,
            (EditAction::Uninstall, Some(_)) => match self.vendor_commands(true) {
                Some(commands) => EditStep::Run(commands),
                None => {
                    let removed = self.agent.editor().remove(&old).map_err(malformed)?;
                    self.write_without_entry(config_file::read_backup(&file), removed)
                }
            },
            (EditAction::Install { transport, endpoint }, found) => {
                let entry = self.agent.entry(*transport, endpoint)?;
                let commands = self.vendor_commands(found.is_some());
                match (found, commands) {
                    (Some(found), _) if entry.has_same_address(&found) => EditStep::Nothing,
                    (_, Some(commands)) => EditStep::Run(commands),
                    (found, None) => {
                        let is_ours = found.is_some_and(|found| is_own_entry(&found));
                        let rule = if is_ours { BackupRule::Keep } else { BackupRule::Write };
                        let new = self.agent.add_entry(&entry, &old).map_err(malformed)?;
                        EditStep::Write(new, rule)
                    }
                }
            }
        };
        Ok(EditPlan { edit: self, file, old, step })
    }

    /// Writes the config as it was before the entry was added, or without the entry if it was changed
    /// since. A backup with another entry of this name stays.
    fn write_without_entry(&self, backup: Option<String>, removed: String) -> EditStep {
        match backup {
            Some(text) if self.has_entry(&text) => EditStep::Write(removed, BackupRule::Keep),
            backup => {
                let before = backup.unwrap_or_default();
                let new = if self.is_original(&before, &removed) { before } else { removed };
                EditStep::Write(new, BackupRule::Remove)
            }
        }
    }

    fn has_entry(&self, text: &str) -> bool {
        !self.agent.editor().read(text).is_ok_and(|found| found.is_none())
    }

    /// Whether a config without our entry is this backup, apart from how an editor leaves the text: an
    /// object on one line stays split into several, and one that has become empty is removed.
    fn is_original(&self, backup: &str, removed: &str) -> bool {
        let editor = self.agent.editor();
        let entry = ServerEntry(vec![("command", SERVER_NAME.into())]);
        let changed = self.agent.add_entry(&entry, backup);
        let restored = changed.and_then(|changed| editor.remove(&changed));
        restored.is_ok_and(|restored| {
            restored == removed || self.shares_file_with_hooks() && same_text(&restored, removed)
        })
    }

    /// Whether the hooks are in this config too. Adding and removing them breaks lines differently.
    fn shares_file_with_hooks(&self) -> bool {
        self.agent == Agent::Gemini
    }

    /// The agent's own commands for this edit. `None` if the agent has none, if they are not
    /// installed, or if the edit is not about the user config.
    fn vendor_commands(&self, has_entry: bool) -> Option<Vec<VendorCommand>> {
        let agent = self.agent;
        let commands = match &self.action {
            EditAction::Uninstall => vec![agent.remove_command()?],
            EditAction::Install { transport, endpoint } => {
                let remove_first = has_entry && agent.add_fails_if_present();
                let remove = if remove_first { agent.remove_command() } else { None };
                remove.into_iter().chain([agent.add_command(*transport, endpoint)?]).collect()
            }
        };
        let installed = commands.iter().all(|command| on_path(command.program()).is_some());
        (self.scope == Scope::User && installed).then_some(commands)
    }
}

/// Whether two config texts differ in nothing but white space.
pub(crate) fn same_text(a: &str, b: &str) -> bool {
    let visible = |text: &str| -> String { text.split_whitespace().collect() };
    visible(a) == visible(b)
}

impl EditPlan {
    /// Executes the plan; with `dry_run` only returns what would be done.
    pub(crate) fn apply(&self, dry_run: bool) -> Result<EditResult, Problem> {
        let result = EditResult {
            edit: self.edit.clone(),
            file: self.file.clone(),
            changed: true,
            commands: Vec::new(),
            before: self.old.clone(),
            after: self.old.clone(),
            backup: None,
        };
        match &self.step {
            EditStep::Nothing => Ok(EditResult { changed: false, ..result }),
            EditStep::Run(commands) => {
                if !dry_run {
                    for command in commands {
                        command.run().map_err(|problem| result.suggest_manual_edit(problem))?;
                    }
                }
                let after = config_file::read(&result.file)?;
                let commands = commands.iter().map(VendorCommand::line).collect();
                Ok(EditResult { commands, after, ..result })
            }
            EditStep::Write(after, rule) => {
                let backup = if dry_run { None } else { result.write(after, *rule)? };
                Ok(EditResult { after: after.clone(), backup, ..result })
            }
        }
    }
}

impl EditResult {
    /// Writes the new config and returns the path of the backup, if there is one. Other users may read a new project
    /// config, but not a new user config.
    fn write(&self, after: &str, rule: BackupRule) -> Result<Option<PathBuf>, Problem> {
        let new_file_mode = match self.edit.scope {
            Scope::User => 0o600,
            Scope::Project => 0o644,
        };
        config_file::replace(&self.file, &self.before, after, new_file_mode, rule)
    }

    fn suggest_manual_edit(&self, problem: Problem) -> Problem {
        let file = self.file.display();
        let agent = self.edit.agent.word();
        problem.hint(format!(
            "Edit {file} yourself. `persistproc mcp print {agent}` shows what to write there."
        ))
    }
}
