//! The REST API as scripts and editors use it: over the Unix socket and on 127.0.0.1. A request is
//! answered when its work is done, and an error contains the next step.

mod bodies;
mod control;
mod daemon;
mod events;
mod follow;
mod openapi;
mod output;
mod parameters;
mod processes;
mod refusals;
mod schemathesis;

use serde_json::{Value, json};

use crate::support::{Http, World};

/// Starts a process over REST.
#[track_caller]
fn start(world: &World, rest: &Http, label: &str, command: &[&str]) -> Value {
    let body = json!({"command": command, "label": label, "working_directory": world.work()});
    rest.post("/v1/processes", &body).expect(201)
}
