//! `mcp install` and `mcp uninstall`: agents that are here, one connected, one parted from.

use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use crate::agents::change::{Done, Verb, Wish};
use crate::agents::look;
use crate::agents::places::Places;
use crate::agents::{Agent, Way};
use crate::args::{InstallArgs, UninstallArgs};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, agents, diff};

pub(super) fn run(args: &InstallArgs, context: &Context) -> Outcome {
    let places = Places::find()?;
    let door = super::door(context)?;
    let Some(agent) = args.agent else {
        let known = look::around(&places, &door);
        if context.json() {
            render::json(&serde_json::json!({ "agents": known }))?;
        } else {
            render::lines(agents::overview(&known, &places, &door))?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let way = agent.way(args.to.stdio);
    let wish = Wish { agent, scope: args.to.scope, verb: Verb::Connect { way, door } };
    let done = wish.plan(&places)?.carry_out(args.dry_run)?;
    if way == Way::Http && done.changed && !args.dry_run {
        context.note(&agents::daemon_has_to_run(agent));
    }
    told(&done, args.dry_run, &places, context)
}

pub(super) fn uninstall(args: &UninstallArgs, context: &Context) -> Outcome {
    let places = Places::find()?;
    let wish = Wish { agent: args.agent, scope: args.scope, verb: Verb::Part };
    let done = wish.plan(&places)?.carry_out(args.dry_run)?;
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

fn told(done: &Done, dry_run: bool, places: &Places, context: &Context) -> Outcome {
    if context.json() {
        render::json(&Report {
            agent: done.wish.agent,
            changed: done.changed,
            dry_run,
            file: &done.file,
            commands: &done.ran,
            diff: diff::lines(&done.before, &done.after).join("\n"),
            kept: &done.kept,
        })?;
    } else {
        render::lines(agents::done(done, dry_run, places))?;
    }
    Ok(ExitCode::SUCCESS)
}
