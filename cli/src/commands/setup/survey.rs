//! [`Survey`]: the changes to make for the shells and agents of this user.

use clap::ValueEnum;
use persistproc_api::Problem;

use super::change::Change;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::{AgentConnection, DetectedAgent, detect_agents};
use crate::agents::edit::{Edit, EditAction};
use crate::agents::hooks::{HookAction, HookEdit, installed_in};
use crate::agents::{Endpoint, Scope};
use crate::args::InitShell;
use crate::commands::mcp::hooks::{self, HookResult};
use crate::context::Context;
use crate::nushell::Nushell;
use crate::shells::Integration;
use crate::shells::detection::{is_connected, is_used};
use crate::shells::nu_edit::{self, NuPlan};
use crate::shells::startup_edit::StartupPlan;

/// What was found, and what is to do about it.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) changes: Vec<Change>,
    /// The names of the shells and agents that are connected already.
    pub(super) settled: Vec<&'static str>,
    pub(super) problems: Vec<Problem>,
}

impl Survey {
    /// Reads the startup files and configs. Changes nothing.
    pub(super) fn new(
        undo: bool,
        paths: &ConfigPaths,
        endpoint: &Endpoint,
        context: &Context,
    ) -> Self {
        let mut survey = Self::default();
        for shell in InitShell::value_variants() {
            let change = if undo { disconnect_shell(*shell) } else { connect_shell(*shell) };
            survey.add(shell.name(), change);
        }
        for agent in detect_agents(paths, endpoint).iter().filter(|agent| agent.installed) {
            // The hooks are removed first and added last: both can be in one file.
            let hooks = || hook_change(agent, undo, paths, context);
            if undo {
                survey.add(agent.name, hooks());
            }
            survey.add(agent.name, agent_change(agent, undo, paths, endpoint));
            if !undo {
                survey.add(agent.name, hooks());
            }
        }
        survey
    }

    fn add(&mut self, name: &'static str, found: Result<Found, Problem>) {
        match found {
            Ok(Found::Change(change)) => self.changes.push(*change),
            Ok(Found::Settled) => self.settled.push(name),
            Ok(Found::Nothing) => {}
            Err(problem) => self.problems.push(problem),
        }
    }
}

/// One shell or agent.
enum Found {
    Change(Box<Change>),
    Settled,
    /// This user does not have it, or it is not connected and is to be disconnected.
    Nothing,
}

impl From<Change> for Found {
    fn from(change: Change) -> Self {
        Self::Change(Box::new(change))
    }
}

/// An integration that was installed with other flags, or by hand, is left as it is.
fn connect_shell(shell: InitShell) -> Result<Found, Problem> {
    if !is_used(shell) {
        return Ok(Found::Nothing);
    }
    let integration = Integration::of(shell);
    if shell == InitShell::Nu {
        let plan = NuPlan::install(find_nu()?, &integration)?;
        let is_settled = plan.replaces_settings() || !plan.changes();
        return Ok(if is_settled { Found::Settled } else { Change::Nu(plan).into() });
    }
    // The plan has the error of a startup file that cannot be read.
    if is_connected(shell).unwrap_or(false) {
        return Ok(Found::Settled);
    }
    Ok(Change::Startup(StartupPlan::new(&integration, false)?).into())
}

fn disconnect_shell(shell: InitShell) -> Result<Found, Problem> {
    // The plan has the error of a startup file that cannot be read.
    if !is_connected(shell).unwrap_or(true) {
        return Ok(Found::Nothing);
    }
    let change = match shell {
        InitShell::Nu => Change::Nu(NuPlan::uninstall(find_nu()?)?),
        _ => Change::Startup(StartupPlan::new(&Integration::of(shell), true)?),
    };
    Ok(change.into())
}

fn find_nu() -> Result<Nushell, Problem> {
    Nushell::find().ok_or_else(nu_edit::not_found)
}

/// An agent that is connected over HTTP is left as it is.
fn agent_change(
    agent: &DetectedAgent,
    undo: bool,
    paths: &ConfigPaths,
    endpoint: &Endpoint,
) -> Result<Found, Problem> {
    let action = match (&agent.connection, undo) {
        (AgentConnection::Unreadable { error }, _) => return Err(error.clone()),
        (AgentConnection::NotConnected, true) => return Ok(Found::Nothing),
        (AgentConnection::Connected, false) => return Ok(Found::Settled),
        (_, true) => EditAction::Uninstall,
        (_, false) => {
            let transport = agent.agent.transport(false);
            EditAction::Install { transport, endpoint: endpoint.clone() }
        }
    };
    let plan = Edit { agent: agent.agent, scope: Scope::User, action }.plan(paths)?;
    let preview = plan.apply(true)?;
    Ok(Change::Agent { plan, preview }.into())
}

/// The hooks of an agent. Those that are installed stay as they are; so does a plugin, which has hooks of
/// its own.
fn hook_change(
    agent: &DetectedAgent,
    undo: bool,
    paths: &ConfigPaths,
    context: &Context,
) -> Result<Found, Problem> {
    let scope = Scope::User;
    let Some(setup) = hooks::setup(agent.agent, scope, false, context) else {
        return Ok(Found::Nothing);
    };
    let is_connectable = !matches!(agent.connection, AgentConnection::Unreadable { .. });
    let file = paths.hook_file(agent.agent, scope)?;
    let is_installed = installed_in(agent.agent, &file).is_some();
    if !is_connectable || is_installed != undo || hooks::has_plugin(agent.agent, paths) {
        return Ok(Found::Nothing);
    }
    let action =
        if undo { HookAction::Uninstall(setup.client) } else { HookAction::Install(setup) };
    let edit = HookEdit::new(agent.agent, scope, action, paths)?;
    let change = edit.preview()?;
    if !change.is_any() {
        return Ok(Found::Nothing);
    }
    let preview = HookResult::new(&edit, &change, None);
    Ok(Change::Hooks { edit, preview }.into())
}
