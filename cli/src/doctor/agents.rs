//! Which agents are installed, and whether they are connected to this persistproc and call its hooks.

mod hooks;

use persistproc_api::Problem;

use super::finding::Finding;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::{AgentConnection, DetectedAgent, detect_agents};
use crate::agents::{Agent, Endpoint};

/// The installed agents and the paths of their configs.
pub(super) struct InstalledAgents {
    agents: Vec<DetectedAgent>,
    paths: ConfigPaths,
}

impl InstalledAgents {
    pub(super) fn find(endpoint: &Endpoint) -> Result<Self, Problem> {
        let paths = ConfigPaths::from_environment()?;
        let agents = detect_agents(&paths, endpoint).into_iter();
        Ok(Self { agents: agents.filter(|agent| agent.installed).collect(), paths })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.agents.is_empty()
    }

    /// Whether the config of an agent has an entry for a persistproc.
    pub(super) fn is_any_connected(&self) -> bool {
        let is_connected = |connection: &AgentConnection| {
            use AgentConnection::{Connected, ConnectedElsewhere};
            matches!(connection, Connected | ConnectedElsewhere { .. })
        };
        self.agents.iter().any(|agent| is_connected(&agent.connection))
    }
}

pub(super) fn check(found: &Result<InstalledAgents, Problem>, endpoint: &Endpoint) -> Vec<Finding> {
    let InstalledAgents { agents, paths } = match found {
        Ok(found) => found,
        Err(problem) => {
            let hint = problem.hint.to_string();
            return vec![Finding::problem("agents", problem.message.clone(), hint)];
        }
    };
    if agents.is_empty() {
        return vec![none_installed()];
    }
    let finding = |agent: &DetectedAgent| {
        let file = paths.abbreviate(&agent.file);
        judge(agent, &file, &endpoint.install_command(agent.agent))
    };
    let mut findings: Vec<Finding> = agents.iter().map(finding).collect();
    findings.extend(agents.iter().filter_map(|agent| hooks::check(agent, paths, endpoint)));
    findings
}

fn none_installed() -> Finding {
    let names: Vec<_> = Agent::all().iter().map(|agent| agent.name()).collect();
    Finding::ok("agents", format!("No supported agent is installed: {}.", names.join(", ")))
}

/// `install` is the command that connects the agent.
fn judge(agent: &DetectedAgent, file: &str, install: &str) -> Finding {
    let DetectedAgent { name, connection, .. } = agent;
    match connection {
        AgentConnection::Connected => {
            Finding::ok("agents", format!("{name} is connected ({file})."))
        }
        AgentConnection::NotConnected => {
            Finding::ok("agents", format!("{name} is not connected ({file})."))
                .with_advice(format!("Run `{install}` to connect it."))
        }
        AgentConnection::ConnectedElsewhere { address } => {
            let message = format!("{name} is connected to {address} instead ({file}).");
            Finding::ok("agents", message)
                .with_advice(format!("Run `{install}` to connect it here."))
        }
        AgentConnection::Unreadable { error } => Finding::problem(
            "agents",
            error.message.clone(),
            format!("Fix the file, then run `{install}` to connect the agent."),
        ),
    }
}
