//! Which agents are here, and whether they are connected to persistproc.

use persistproc_api::Problem;

use super::Finding;
use crate::agents::config_paths::ConfigPaths;
use crate::agents::detection::{AgentConnection, DetectedAgent, detect_agents};
use crate::agents::{Agent, Endpoint};

pub(super) fn findings(door: &Endpoint) -> Vec<Finding> {
    match ConfigPaths::from_environment() {
        Ok(places) => judged(&places, door),
        Err(Problem { message, hint, .. }) => vec![Finding::problem("agents", message, hint)],
    }
}

fn judged(places: &ConfigPaths, door: &Endpoint) -> Vec<Finding> {
    let here: Vec<_> =
        detect_agents(places, door).into_iter().filter(|known| known.installed).collect();
    if here.is_empty() {
        return vec![none()];
    }
    here.iter()
        .map(|known| {
            judge(known, &places.abbreviate(&known.file), &door.install_command(known.agent))
        })
        .collect()
}

fn none() -> Finding {
    let names: Vec<_> = Agent::all().iter().map(|agent| agent.name()).collect();
    Finding::ok("agents", format!("None of these agents is here: {}.", names.join(", ")))
}

fn judge(known: &DetectedAgent, file: &str, install: &str) -> Finding {
    let DetectedAgent { name, connection, .. } = known;
    let connect = format!("`{install}` connects it.");
    match connection {
        AgentConnection::Connected => {
            Finding::ok("agents", format!("{name} is connected ({file})."))
        }
        AgentConnection::NotConnected => {
            Finding::ok("agents", format!("{name} is not connected ({file}).")).advice(connect)
        }
        AgentConnection::ConnectedElsewhere { address } => {
            let message = format!("{name} is connected to {address} instead ({file}).");
            Finding::ok("agents", message).advice(format!("`{install}` connects it here."))
        }
        AgentConnection::Unreadable { error } => {
            Finding::problem("agents", error.message.clone(), format!("Mend it; then {connect}"))
        }
    }
}
