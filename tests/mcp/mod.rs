//! The face for agents, as their clients use it: over HTTP on loopback, in the protocol's newest
//! version and in those with sessions, with the daemon dying in between.

mod answers;
mod client;
mod clients;
mod conformance;
mod errors;
mod fixture;
mod guard;
mod long_answers;
mod resources;
mod rmcp_client;
mod sessions;
mod tools;
mod turns;
mod vite;
mod waiting;
mod who;

use crate::support::background::Background;
use crate::support::procs::{Signal, kill};
use crate::support::{World, until};

/// `kill -9` of the daemon, and the next one.
#[track_caller]
fn another_daemon(world: &World) {
    let daemon = world.daemons().remove(0).pid;
    kill(daemon, Signal::KILL);
    until("the daemon's end", || {
        let gone = world.daemons().iter().all(|found| found.pid != daemon);
        if gone { Ok(()) } else { Err("it lives".into()) }
    });
    // A connection may still be taken by the one that dies.
    until("the next daemon", || match world.pp(["list"]) {
        list if list.code == 0 => Ok(()),
        list => Err(list.to_string()),
    });
}

/// A daemon whose sessions leave the memory after a fifth of a second of silence.
#[track_caller]
fn forgetful_daemon(world: &World) -> Background {
    let mut serve = world.pp_command(["serve"]);
    serve.env("PERSISTPROC_MCP_IDLE", "0.2");
    let serve = world.spawn(serve);
    serve.until_stdout(&world.port.to_string());
    serve
}

pub(crate) use client::{Answer, Mcp};
