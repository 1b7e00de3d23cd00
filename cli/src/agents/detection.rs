//! Detects which agents are installed and whether their configs name this persistproc.

use std::path::PathBuf;

use persistproc_api::Problem;
use serde::Serialize;
use serde_json::Value;

use super::agent_config::malformed_config;
use super::config_paths::ConfigPaths;
use super::hooks::plugin;
use super::server_entry::address_of;
use super::{Agent, Endpoint, Scope, config_file};
use crate::programs::on_path;

/// A supported agent as found on this machine.
#[derive(Debug, Serialize)]
pub(crate) struct DetectedAgent {
    pub(crate) agent: Agent,
    pub(crate) name: &'static str,
    /// Its config or config folder exists, or its program is on the `PATH`.
    #[serde(rename = "here")]
    pub(crate) installed: bool,
    #[serde(flatten)]
    pub(crate) connection: AgentConnection,
    /// Its user config.
    pub(crate) file: PathBuf,
}

/// Whether an agent's user config has an entry for persistproc.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(crate) enum AgentConnection {
    /// The entry has the address of this persistproc.
    Connected,
    /// There is no entry.
    #[serde(rename = "apart")]
    NotConnected,
    /// The entry has another address.
    #[serde(rename = "elsewhere")]
    ConnectedElsewhere {
        #[serde(rename = "leads_to")]
        address: String,
    },
    /// The config cannot be read or parsed.
    Unreadable { error: Problem },
}

/// Examines all supported agents.
pub(crate) fn detect_agents(paths: &ConfigPaths, endpoint: &Endpoint) -> Vec<DetectedAgent> {
    Agent::all().iter().map(|agent| detect(*agent, paths, endpoint)).collect()
}

fn detect(agent: Agent, paths: &ConfigPaths, endpoint: &Endpoint) -> DetectedAgent {
    let program = agent.spec().program;
    DetectedAgent {
        agent,
        name: agent.name(),
        installed: paths.has_traces_of(agent)
            || program.is_some_and(|name| on_path(name).is_some()),
        connection: connection(agent, paths, endpoint),
        file: paths.config_file(agent, Scope::User).unwrap_or_default(),
    }
}

fn connection(agent: Agent, paths: &ConfigPaths, endpoint: &Endpoint) -> AgentConnection {
    if agent == Agent::ClaudeCode && plugin::is_installed(&paths.plugin_folder()) {
        return AgentConnection::Connected;
    }
    match read_entry(agent, paths) {
        Ok(None) => AgentConnection::NotConnected,
        Ok(Some(entry)) if has_address_of(agent, &entry, endpoint) => AgentConnection::Connected,
        Ok(Some(entry)) => AgentConnection::ConnectedElsewhere { address: address_of(&entry) },
        Err(error) => AgentConnection::Unreadable { error },
    }
}

fn read_entry(agent: Agent, paths: &ConfigPaths) -> Result<Option<Value>, Problem> {
    let path = paths.config_file(agent, Scope::User)?;
    let text = config_file::read(&path)?;
    let entry = agent.editor().read(&text);
    entry.map_err(|malformed| malformed_config(agent, &path, &malformed))
}

/// Whether the entry has the address of this persistproc, over either transport.
fn has_address_of(agent: Agent, found: &Value, endpoint: &Endpoint) -> bool {
    [false, true].into_iter().any(|http| {
        let entry = agent.entry(agent.transport(http), endpoint);
        entry.is_ok_and(|entry| entry.has_same_address(found))
    })
}
