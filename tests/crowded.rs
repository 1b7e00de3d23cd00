//! More than the daemon can take: it says so, to whoever is one too many, and serves the others.

use std::os::unix::net::UnixStream;

use serde_json::json;

use crate::support::background::Background;
use crate::support::{World, until};

/// A daemon that may open few files.
fn cramped(world: &World, files: u32) -> Background {
    let serve = format!("ulimit -n {files}; exec {} serve", env!("CARGO_BIN_EXE_persistproc"));
    let mut command = world.command("bash");
    command.args(["-c", &serve]);
    world.serve(command)
}

#[test]
fn one_connection_too_many_is_told_so() {
    let world = World::new();
    let _daemon = cramped(&world, 200);
    let rest = world.unix();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
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
    // The other door has places of its own.
    world.tcp().get("/v1/processes").expect(200);
    drop(idle);
    until("room", || {
        let reply = rest.get("/v1/processes");
        if reply.status == 200 { Ok(()) } else { Err(reply.to_string()) }
    });
}

#[test]
fn one_process_too_many_is_told_so_and_one_that_runs_is_found() {
    let world = World::new();
    let _daemon = cramped(&world, 200);
    let rest = world.unix();
    let start = |n: u32| {
        let command = ["sleep".to_owned(), format!("{}", 1000 + n)];
        rest.post("/v1/processes", &json!({"command": command, "working_directory": world.work()}))
    };
    for n in 0..25 {
        start(n).expect(201);
    }
    let refused = start(25).expect(503);
    assert_eq!(refused["code"], "busy");
    assert!(refused["message"].as_str().unwrap().starts_with("25 processes run"), "{refused}");
    start(7).expect(200);
    world.pp(["stop", "sleep 1007"]).ok();
    start(25).expect(201);
    let refused = world.pp(["restart", "sleep 1007"]);
    assert!(refused.err().contains("25 processes run"), "{refused}");
}
