//! The MCP server as its clients use it: over HTTP on loopback, in the newest protocol version and
//! in those with sessions, also while the daemon is killed and replaced.

mod answer_schemas;
mod client;
mod concurrent_requests;
mod conformance;
mod conformance_server;
mod eight_tasks;
mod errors;
mod guard;
mod in_use;
mod long_calls;
mod ports;
mod requesters;
mod resources;
mod rmcp_client;
mod sessions;
mod tasks_and_progress;
mod third_party_clients;
mod tokens;
mod tools;
mod vite;

use std::time::Duration;

use serde_json::Value;

use crate::support::background::Background;
use crate::support::wait::pause;
use crate::support::{World, until};

pub(crate) use client::{Mcp, ToolResult};
pub(crate) use tokens::count_tokens;

/// Kills the daemon with SIGKILL and waits until the next one answers.
#[track_caller]
fn replace_daemon(world: &World) {
    world.kill_daemon();
    // A connection may still be accepted by the dying daemon.
    until("the next daemon", || {
        let list = world.pp(["list"]);
        if list.code == 0 { Ok(()) } else { Err(list.to_string()) }
    });
}

/// A daemon whose sessions leave memory after 0.2 s without a request.
#[track_caller]
fn daemon_with_short_sessions(world: &World) -> Background {
    let mut serve = world.pp_command(["serve"]);
    serve.env("PERSISTPROC_MCP_IDLE", "0.2");
    let serve = world.spawn(serve);
    serve.until_stdout(&world.port.to_string());
    serve
}

/// Runs a client's job three times: with a stable daemon, with a daemon that is replaced before
/// each call, and with sessions that leave memory before each call. The job runs its argument
/// before each call.
#[track_caller]
fn with_stable_and_interrupted_sessions(world: &World, job: impl Fn(&dyn Fn())) {
    world.pp(["list"]).ok();
    job(&|| ());
    job(&|| replace_daemon(world));
    world.pp(["shutdown"]).ok();

    let serve = daemon_with_short_sessions(world);
    job(&|| pause(Duration::from_millis(500)));
    world.pp(["shutdown"]).ok();
    serve.end().ok();
}

/// An object with the fields of both; those of `more` win.
fn merged(mut base: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("not an object: {more}") };
    base.as_object_mut().expect("an object").extend(more);
    base
}
