//! `mcp install` and `mcp uninstall`: add persistproc to the settings of an agent, or remove it.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::endpoint;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::detect_agents;
use crate::agents::edit::{Edit, EditAction, EditResult};
use crate::agents::{Agent, Transport};
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
    let transport = agent.transport(args.connection.http);
    let edit = Edit {
        agent,
        scope: args.connection.scope,
        action: EditAction::Install {
            transport,
            endpoint: endpoint.for_scope(args.connection.scope),
        },
    };
    let result = edit.plan(&paths)?.apply(args.dry_run)?;
    if transport == Transport::Http && result.changed && !args.dry_run {
        context.note(&agents::daemon_must_run(agent));
    }
    print(&result, args.dry_run, &paths, context)
}

pub(super) fn uninstall(args: &UninstallArgs, context: &Context) -> Outcome {
    let paths = ConfigPaths::from_environment()?;
    let edit = Edit { agent: args.agent, scope: args.scope, action: EditAction::Uninstall };
    let result = edit.plan(&paths)?.apply(args.dry_run)?;
    print(&result, args.dry_run, &paths, context)
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
}

fn print(result: &EditResult, dry_run: bool, paths: &ConfigPaths, context: &Context) -> Outcome {
    if context.json() {
        render::json(&Report {
            agent: result.edit.agent,
            changed: result.changed,
            dry_run,
            file: &result.file,
            commands: &result.commands,
            diff: diff::lines(&result.before, &result.after).join("\n"),
            kept: &result.backup,
        })?;
    } else {
        render::lines(agents::edit_result(result, dry_run, paths))?;
    }
    Ok(ExitCode::SUCCESS)
}
