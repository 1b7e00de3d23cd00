//! `mcp print`: the settings for an agent, and the file they belong in.

use std::process::ExitCode;

use super::endpoint;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::instructions;
use crate::args::{ConnectionArgs, PrintArgs};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{self, agents};

pub(super) fn run(args: &PrintArgs, context: &Context) -> Outcome {
    let paths = ConfigPaths::from_environment()?;
    let ConnectionArgs { http, scope, .. } = args.connection;
    let endpoint = endpoint::of_context(context)?.for_scope(scope);
    let all = match args.agent {
        Some(agent) => vec![instructions::for_agent(agent, http, scope, &endpoint, &paths)?],
        None => instructions::for_all_agents(http, scope, &endpoint, &paths),
    };
    if context.json() {
        render::json(&serde_json::json!({ "agents": all }))?;
    } else if let ([one], Some(_)) = (&all[..], args.agent) {
        render::lines(agents::instructions(one, &paths))?;
    } else {
        render::lines(agents::instructions_summary(&all, &paths))?;
    }
    Ok(ExitCode::SUCCESS)
}
