//! Which agents are installed, and whether they are connected to this persistproc.

use persistproc_api::Problem;

use super::finding::Finding;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::{AgentConnection, DetectedAgent, detect_agents};
use crate::agents::{Agent, Endpoint};

pub(super) fn check(endpoint: &Endpoint) -> Vec<Finding> {
    let paths = match ConfigPaths::from_environment() {
        Ok(paths) => paths,
        Err(Problem { message, hint, .. }) => {
            return vec![Finding::problem("agents", message, hint)];
        }
    };
    let agents = detect_agents(&paths, endpoint);
    let installed: Vec<_> = agents.iter().filter(|agent| agent.installed).collect();
    if installed.is_empty() {
        return vec![none_installed()];
    }
    installed
        .into_iter()
        .map(|agent| {
            let file = paths.abbreviate(&agent.file);
            judge(agent, &file, &endpoint.install_command(agent.agent))
        })
        .collect()
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
