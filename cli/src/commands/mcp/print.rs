//! `mcp print`: what to write into the settings of an agent, and where.

use std::process::ExitCode;

use crate::agents::places::Places;
use crate::agents::recipe::{self, recipe};
use crate::args::{ConnectionArgs, PrintArgs};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, agents};

pub(super) fn run(args: &PrintArgs, context: &Context) -> Outcome {
    let places = Places::find()?;
    let door = super::door(context)?;
    let ConnectionArgs { stdio, scope } = args.to;
    let recipes = match args.agent {
        Some(agent) => vec![recipe(agent, stdio, scope, &door, &places)?],
        None => recipe::all(stdio, scope, &door, &places),
    };
    match (&recipes[..], args.agent) {
        (_, _) if context.json() => render::json(&serde_json::json!({ "agents": recipes }))?,
        ([one], Some(_)) => render::lines(agents::whole(one, &places))?,
        (all, _) => render::lines(agents::brief(all, &places))?,
    }
    Ok(ExitCode::SUCCESS)
}
