//! REST, as a script or an editor uses it: over the Unix socket and on 127.0.0.1, with answers
//! that mean done and errors that name the next step.

mod bodies;
mod control;
mod daemon;
mod follow;
mod fuzz;
mod openapi;
mod output;
mod parameters;
mod processes;
mod refusals;

use serde_json::{Value, json};

use crate::support::{Http, World};

/// Starts a process over REST.
#[track_caller]
fn start(world: &World, rest: &Http, label: &str, command: &[&str]) -> Value {
    let body = json!({"command": command, "label": label, "working_directory": world.work()});
    rest.post("/v1/processes", &body).expect(201)
}
