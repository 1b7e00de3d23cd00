//! `mcp install` and `mcp uninstall`: add persistproc to the settings of an agent, or remove it.

use std::path::PathBuf;
use std::process::ExitCode;

use persistproc_api::Problem;
use serde::Serialize;

use super::endpoint;
use super::hooks::{self, HookReport, HookResult};
use crate::agents::config_file;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::detect_agents;
use crate::agents::edit::{Edit, EditAction, EditResult};
use crate::agents::hooks::HookSetup;
use crate::agents::hooks::plugin::PluginEdit;
use crate::agents::{Agent, Endpoint, Scope, Transport};
use crate::args::{InstallArgs, UninstallArgs};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, agents, diff};

pub(super) fn run(args: &InstallArgs, context: &Context) -> Outcome {
    let paths = ConfigPaths::from_environment()?;
    let endpoint = endpoint::of_context(context)?;
    let Some(agent) = args.agent else {
        let detected = detect_agents(&paths, &endpoint);
        if context.json() {
            render::json(&serde_json::json!({ "agents": detected }))?;
        } else {
            render::lines(agents::overview(&detected, &paths, &endpoint))?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let scope = args.connection.scope;
    let endpoint = endpoint.for_scope(scope);
    if args.plugin && (agent != Agent::ClaudeCode || scope == Scope::Project) {
        return Err(no_plugin().into());
    }
    let setup = hooks::setup(agent, scope, args.guard_shell, context);
    if args.guard_shell && setup.is_none() {
        return Err(no_hooks(agent).into());
    }
    if let Some(setup) = &setup
        && scope == Scope::User
        && (args.plugin || hooks::has_plugin(agent, &paths))
    {
        return install_plugin(&endpoint, setup, args.dry_run, &paths, context);
    }
    let transport = agent.transport(args.connection.http);
    let edit = Edit { agent, scope, action: EditAction::Install { transport, endpoint } };
    let result = edit.plan(&paths)?.apply(args.dry_run)?;
    if transport == Transport::Http && result.changed && !args.dry_run {
        context.note(&agents::daemon_must_run(agent));
    }
    let hooks = match setup.filter(|_| !args.no_hooks) {
        None => None,
        Some(setup) => {
            let file = paths.hook_file(agent, scope)?;
            let before = if !args.dry_run {
                None
            } else if file == result.file {
                Some(result.after.clone())
            } else {
                Some(config_file::read(&file)?)
            };
            let mut hooks = hooks::install(agent, scope, setup, before, &paths)?;
            if hooks.backup == result.backup {
                hooks.backup = None;
            }
            Some(hooks)
        }
    };
    print(&result, hooks.as_ref(), args.dry_run, &paths, context)
}

pub(super) fn uninstall(args: &UninstallArgs, context: &Context) -> Outcome {
    let paths = ConfigPaths::from_environment()?;
    let UninstallArgs { agent, scope, dry_run } = *args;
    let mut hooks = if scope == Scope::User && hooks::has_plugin(agent, &paths) {
        let edit = PluginEdit::uninstall(paths.plugin_folder())?;
        Some(hooks::plugin(&edit, false, dry_run)?)
    } else {
        None
    };
    if hooks.is_none() {
        hooks = hooks::uninstall(agent, scope, dry_run, &paths)?;
    }
    let edit = Edit { agent, scope, action: EditAction::Uninstall };
    let result = edit.plan(&paths)?.apply(dry_run)?;
    print(&result, hooks.as_ref(), dry_run, &paths, context)
}

/// The plugin takes the place of the entries in the settings: with both, each hook would run twice.
fn install_plugin(
    endpoint: &Endpoint,
    setup: &HookSetup,
    dry_run: bool,
    paths: &ConfigPaths,
    context: &Context,
) -> Outcome {
    let agent = Agent::ClaudeCode;
    let edit = hooks::plugin_install(endpoint, setup, paths)?;
    let plugin = hooks::plugin(&edit, true, dry_run)?;
    let old_hooks = hooks::uninstall(agent, Scope::User, dry_run, paths)?;
    let old_entry = Edit { agent, scope: Scope::User, action: EditAction::Uninstall };
    let old_entry = old_entry.plan(paths)?.apply(dry_run)?;
    if context.json() {
        render::json(&serde_json::json!({
            "agent": agent,
            "changed": plugin.changed || old_entry.changed,
            "dry_run": dry_run,
            "hooks": plugin.report(),
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut lines = plugin.lines(dry_run, paths);
    if lines.is_empty() {
        let folder = paths.abbreviate(&plugin.file);
        lines.push(format!("{} is already connected ({folder}).", agent.name()));
    }
    lines.extend(old_hooks.iter().flat_map(|hooks| hooks.lines(dry_run, paths)));
    if old_entry.changed {
        lines.extend(agents::edit_result(&old_entry, dry_run, paths));
    }
    render::lines(lines)?;
    Ok(ExitCode::SUCCESS)
}

fn no_plugin() -> Problem {
    Problem::invalid("Only Claude Code has a plugin, and only for this user.")
        .hint("Leave out `--plugin`, or run `persistproc mcp install claude-code --plugin`.")
}

fn no_hooks(agent: Agent) -> Problem {
    let message = format!("{} has no hooks that persistproc supports.", agent.name());
    Problem::invalid(message).hint("Leave out `--guard-shell`.")
}

/// A change of settings, as `--format json` prints it.
#[derive(Serialize)]
struct Report<'a> {
    agent: Agent,
    changed: bool,
    dry_run: bool,
    file: &'a PathBuf,
    commands: &'a [String],
    diff: String,
    kept: &'a Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hooks: Option<HookReport<'a>>,
}

fn print(
    result: &EditResult,
    hooks: Option<&HookResult>,
    dry_run: bool,
    paths: &ConfigPaths,
    context: &Context,
) -> Outcome {
    if context.json() {
        render::json(&Report {
            agent: result.edit.agent,
            changed: result.changed || hooks.is_some_and(|hooks| hooks.changed),
            dry_run,
            file: &result.file,
            commands: &result.commands,
            diff: diff::lines(&result.before, &result.after).join("\n"),
            kept: &result.backup,
            hooks: hooks.map(HookResult::report),
        })?;
    } else {
        let mut lines = agents::edit_result(result, dry_run, paths);
        lines.extend(hooks.iter().flat_map(|hooks| hooks.lines(dry_run, paths)));
        render::lines(lines)?;
    }
    Ok(ExitCode::SUCCESS)
}
