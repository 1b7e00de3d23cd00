//! `mcp install` and `mcp uninstall`: agents that are here, one connected, one parted from.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::detect_agents;
use crate::agents::edit::{Edit, EditAction, EditResult};
use crate::agents::{Agent, Transport};
use crate::args::{InstallArgs, UninstallArgs};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, agents, diff};

pub(super) fn run(args: &InstallArgs, context: &Context) -> Outcome {
    let places = ConfigPaths::from_environment()?;
    let door = super::door(context)?;
    let Some(agent) = args.agent else {
        let known = detect_agents(&places, &door);
        if context.json() {
            render::json(&serde_json::json!({ "agents": known }))?;
        } else {
            render::lines(agents::overview(&known, &places, &door))?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let transport = agent.transport(args.to.stdio);
    let edit = Edit {
        agent,
        scope: args.to.scope,
        action: EditAction::Install { transport, endpoint: door },
    };
    let done = edit.plan(&places)?.apply(args.dry_run)?;
    if transport == Transport::Http && done.changed && !args.dry_run {
        context.note(&agents::daemon_must_run(agent));
    }
    told(&done, args.dry_run, &places, context)
}

pub(super) fn uninstall(args: &UninstallArgs, context: &Context) -> Outcome {
    let places = ConfigPaths::from_environment()?;
    let edit = Edit { agent: args.agent, scope: args.scope, action: EditAction::Uninstall };
    let done = edit.plan(&places)?.apply(args.dry_run)?;
    told(&done, args.dry_run, &places, context)
}

/// What `--format json` says of a change.
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

fn told(done: &EditResult, dry_run: bool, places: &ConfigPaths, context: &Context) -> Outcome {
    if context.json() {
        render::json(&Report {
            agent: done.edit.agent,
            changed: done.changed,
            dry_run,
            file: &done.file,
            commands: &done.commands,
            diff: diff::lines(&done.before, &done.after).join("\n"),
            kept: &done.backup,
        })?;
    } else {
        render::lines(agents::edit_result(done, dry_run, places))?;
    }
    Ok(ExitCode::SUCCESS)
}
