//! [`Change`]: the change of one shell or agent, as `init` or `mcp` plans and makes it.

use std::path::{Path, PathBuf};

use persistproc_api::Problem;

use crate::agents::config_paths::ConfigPaths;
use crate::agents::edit::{EditPlan, EditResult};
use crate::agents::hooks::HookEdit;
use crate::commands::init::install;
use crate::commands::mcp::hooks::{self, HookResult};
use crate::render::{agents, diff};
use crate::shells::nu_edit::NuPlan;
use crate::shells::startup_edit::StartupPlan;

pub(super) enum Change {
    Startup(StartupPlan),
    Nu(NuPlan),
    Agent { plan: EditPlan, preview: EditResult },
    Hooks { edit: HookEdit, preview: HookResult },
}

/// A change that was made.
pub(super) struct Applied<'a> {
    pub(super) change: &'a Change,
    pub(super) backup: Option<PathBuf>,
}

impl Change {
    /// The name of the shell or agent.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Startup(plan) => plan.shell.name(),
            Self::Nu(_) => "nu",
            Self::Agent { preview, .. } => preview.edit.agent.name(),
            Self::Hooks { preview, .. } => preview.agent.name(),
        }
    }

    pub(super) fn is_agent(&self) -> bool {
        matches!(self, Self::Agent { .. } | Self::Hooks { .. })
    }

    /// The startup file or config.
    pub(super) fn file(&self) -> &Path {
        match self {
            Self::Startup(plan) => &plan.file,
            Self::Nu(plan) => &plan.file,
            Self::Agent { preview, .. } => &preview.file,
            Self::Hooks { preview, .. } => &preview.file,
        }
    }

    /// The commands that are run instead of changing the file, or besides that.
    pub(super) fn commands(&self) -> Vec<String> {
        match self {
            Self::Startup(_) | Self::Hooks { .. } => Vec::new(),
            Self::Nu(plan) => {
                let plugin = plan.plugin_to_register();
                plugin.map(|file| format!("plugin add {}", file.display())).into_iter().collect()
            }
            Self::Agent { preview, .. } => preview.commands.clone(),
        }
    }

    /// The removed and added lines of the file.
    pub(super) fn diff(&self) -> Vec<String> {
        match self {
            Self::Startup(plan) => diff::lines(&plan.before, &plan.after),
            Self::Nu(plan) if plan.before.is_empty() => vec![nu_script('+', &plan.after)],
            Self::Nu(plan) if plan.is_uninstall() => vec![nu_script('-', &plan.before)],
            Self::Nu(plan) => diff::lines(&plan.before, &plan.after),
            Self::Agent { preview, .. } => diff::lines(&preview.before, &preview.after),
            Self::Hooks { preview, .. } => preview.diff.clone(),
        }
    }

    pub(super) fn apply(&self) -> Result<Applied<'_>, Problem> {
        let backup = match self {
            Self::Startup(plan) => plan.apply()?,
            Self::Nu(plan) => plan.apply().map(|_| None)?,
            Self::Agent { plan, .. } => plan.apply(false)?.backup,
            Self::Hooks { edit, .. } => edit.apply()?.1,
        };
        Ok(Applied { change: self, backup })
    }

    /// What the user has to do besides a restart.
    pub(super) fn next_step(&self) -> Option<&'static str> {
        match self {
            Self::Hooks { preview, .. } if preview.installs => hooks::next_step(preview.agent),
            _ => None,
        }
    }

    /// What was done, without a full stop.
    pub(super) fn done(&self, paths: &ConfigPaths) -> String {
        match self {
            Self::Startup(plan) => install::done(plan),
            Self::Nu(plan) => {
                let verb = if plan.is_uninstall() { "Removed" } else { "Wrote" };
                format!("{verb} {}", paths.abbreviate(&plan.file))
            }
            Self::Agent { preview, .. } => agents::edit_done(preview, paths),
            Self::Hooks { preview, .. } => preview.done(paths),
        }
    }
}

/// The whole script of Nushell as one line of a diff.
fn nu_script(sign: char, script: &str) -> String {
    format!("{sign} the script of `persistproc init nu` ({} lines)", script.lines().count())
}
