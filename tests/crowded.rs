//! More connections or processes than the daemon's limit of open files allows: it refuses those above
//! the limit with a reason, and serves the others.

use std::os::unix::net::UnixStream;

use serde_json::json;

use crate::support::background::Background;
use crate::support::{World, until};

/// Starts a daemon that may open 200 files: enough for 50 connections and 25 processes.
fn serve_with_few_files(world: &World) -> Background {
    let serve = format!("ulimit -n 200; exec {} serve", env!("CARGO_BIN_EXE_persistproc"));
    let mut command = world.command("bash");
    command.args(["-c", &serve]);
    world.serve(command)
}

#[test]
fn too_many_connections_are_refused() {
    let world = World::new();
    let _daemon = serve_with_few_files(&world);
    let rest = world.unix();
    // `pp start` would replace a daemon that may open fewer files than itself.
    let start = json!({"command": "sleep 1000", "label": "nap", "working_directory": world.work()});
    rest.post("/v1/processes", &start).expect(201);
    let socket = world.sockets().unwrap().join("daemon.sock");
    let idle: Vec<_> = (0..50).map(|_| UnixStream::connect(&socket).unwrap()).collect();
    let refused = until("the daemon to be full", || {
        let reply = rest.get("/v1/processes");
        if reply.status == 503 { Ok(reply) } else { Err(reply.to_string()) }
    });
    assert_eq!(refused.json()["code"], "busy", "{refused}");
    assert_eq!(refused.header("connection"), Some("close"));
    let listed = world.pp(["list"]);
    assert!(listed.err().contains("limit of 50 connections"), "{listed}");
    // The TCP listener has a limit of its own.
    world.tcp().get("/v1/processes").expect(200);
    drop(idle);
    until("a free connection", || {
        let reply = rest.get("/v1/processes");
        if reply.status == 200 { Ok(()) } else { Err(reply.to_string()) }
    });
}

#[test]
fn too_many_processes_are_refused_and_a_running_one_is_found() {
    let world = World::new();
    let _daemon = serve_with_few_files(&world);
    let rest = world.unix();
    let start = |number: u32| {
        let command = ["sleep".to_owned(), (1000 + number).to_string()];
        rest.post("/v1/processes", &json!({"command": command, "working_directory": world.work()}))
    };
    for number in 0..25 {
        start(number).expect(201);
    }
    let refused = start(25).expect(503);
    assert_eq!(refused["code"], "busy");
    assert!(
        refused["message"].as_str().unwrap().starts_with("25 processes are running"),
        "{refused}"
    );
    start(7).expect(200);
    world.pp(["stop", "sleep 1007"]).ok();
    start(25).expect(201);
    let refused = world.pp(["restart", "sleep 1007"]);
    assert!(refused.err().contains("25 processes are running"), "{refused}");
}
