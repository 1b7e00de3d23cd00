//! `mcp print`: what to write into the settings of an agent, and where.

use std::process::ExitCode;

use crate::agents::config_paths::ConfigPaths;
use crate::agents::instructions;
use crate::args::{ConnectionArgs, PrintArgs};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, agents};

pub(super) fn run(args: &PrintArgs, context: &Context) -> Outcome {
    let places = ConfigPaths::from_environment()?;
    let door = super::door(context)?;
    let ConnectionArgs { stdio, scope } = args.to;
    let recipes = match args.agent {
        Some(agent) => vec![instructions::for_agent(agent, stdio, scope, &door, &places)?],
        None => instructions::for_all_agents(stdio, scope, &door, &places),
    };
    match (&recipes[..], args.agent) {
        (_, _) if context.json() => render::json(&serde_json::json!({ "agents": recipes }))?,
        ([one], Some(_)) => render::lines(agents::instructions(one, &places))?,
        (all, _) => render::lines(agents::instructions_summary(all, &places))?,
    }
    Ok(ExitCode::SUCCESS)
}
