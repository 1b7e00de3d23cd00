//! `Instructions`: the command or the config text with which a user connects an agent by hand.

use std::path::PathBuf;

use persistproc_api::Problem;
use serde::Serialize;

use super::config_paths::ConfigPaths;
use super::{Agent, Endpoint, SERVER_NAME, Scope, ServerEntry, Transport};

/// How to connect one agent by hand.
#[derive(Debug, Serialize)]
pub(crate) struct Instructions {
    pub(crate) agent: Agent,
    pub(crate) name: &'static str,
    #[serde(rename = "way")]
    pub(crate) transport: Transport,
    /// The agent's own command, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) command: Option<String>,
    pub(crate) file: PathBuf,
    /// The keys that lead to the entry in the config.
    pub(crate) path: [&'static str; 2],
    pub(crate) entry: ServerEntry,
    /// A complete config that contains only the entry.
    pub(crate) text: String,
}

/// Instructions for all agents, except those without a config of this scope.
pub(crate) fn for_all_agents(
    http: bool,
    scope: Scope,
    endpoint: &Endpoint,
    paths: &ConfigPaths,
) -> Vec<Instructions> {
    let agents = Agent::all().iter();
    agents.filter_map(|agent| for_agent(*agent, http, scope, endpoint, paths).ok()).collect()
}

/// Instructions for one agent. Uses the bridge, unless HTTP is asked for.
pub(crate) fn for_agent(
    agent: Agent,
    http: bool,
    scope: Scope,
    endpoint: &Endpoint,
    paths: &ConfigPaths,
) -> Result<Instructions, Problem> {
    let transport = agent.transport(http);
    let entry = agent.entry(transport, endpoint)?;
    let command = agent.add_command(transport, endpoint).filter(|_| scope == Scope::User);
    let text =
        agent.add_entry(&entry, "").map_err(|malformed| Problem::internal(malformed.cause))?;
    Ok(Instructions {
        agent,
        name: agent.name(),
        transport,
        command: command.map(|command| command.line()),
        file: paths.config_file(agent, scope)?,
        path: [agent.spec().container, SERVER_NAME],
        entry,
        text,
    })
}
