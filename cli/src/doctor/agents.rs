//! Which agents are here, and whether they are connected to persistproc.

use persistproc_api::Problem;

use super::Finding;
use crate::agents::look::{self, Acquaintance, State};
use crate::agents::places::Places;
use crate::agents::{Agent, Door};

pub(super) fn findings(door: &Door) -> Vec<Finding> {
    match Places::find() {
        Ok(places) => judged(&places, door),
        Err(Problem { message, hint, .. }) => vec![Finding::problem("agents", message, hint)],
    }
}

fn judged(places: &Places, door: &Door) -> Vec<Finding> {
    let here: Vec<_> = look::around(places, door).into_iter().filter(|known| known.here).collect();
    if here.is_empty() {
        return vec![none()];
    }
    here.iter()
        .map(|known| judge(known, &places.short(&known.file), &door.installing(known.agent)))
        .collect()
}

fn none() -> Finding {
    let names: Vec<_> = Agent::all().iter().map(|agent| agent.name()).collect();
    Finding::ok("agents", format!("None of these agents is here: {}.", names.join(", ")))
}

fn judge(known: &Acquaintance, file: &str, install: &str) -> Finding {
    let Acquaintance { name, state, .. } = known;
    let connect = format!("`{install}` connects it.");
    match state {
        State::Connected => Finding::ok("agents", format!("{name} is connected ({file}).")),
        State::Apart => {
            Finding::ok("agents", format!("{name} is not connected ({file}).")).advice(connect)
        }
        State::Elsewhere { leads_to } => {
            let message = format!("{name} is connected to {leads_to} instead ({file}).");
            Finding::ok("agents", message).advice(format!("`{install}` connects it here."))
        }
        State::Unreadable { error } => {
            Finding::problem("agents", error.message.clone(), format!("Mend it; then {connect}"))
        }
    }
}
