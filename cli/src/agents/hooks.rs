//! The hooks in the settings of agents: what agents run at their events. [`crate::hook`] answers them.
//!
//! | module | contents |
//! |---|---|
//! | [`entries`] | the events and commands for each agent |
//! | [`json`] | edits the hooks in JSON settings |
//! | [`opencode`] | the plugin file of opencode |
//! | [`hook_edit`] | installs and removes the hooks |
//! | [`codex_trust`] | whether the user has approved the hooks in Codex |
//! | [`plugin`] | the plugin folder for Claude Code |

mod codex_trust;
mod entries;
mod hook_edit;
mod json;
mod opencode;
pub(crate) mod plugin;

pub(crate) use codex_trust::approved_by_codex;
pub(crate) use entries::HookSetup;
pub(crate) use hook_edit::{HookAction, HookChange, HookEdit, InstalledHooks, installed_in};
