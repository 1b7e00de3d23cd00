//! Sessions outlive the daemon that made them, and their own time in memory; ends come with an
//! answer.

use std::fs;

use serde_json::{Value, json};

use super::client::{message, next};
use super::{Mcp, another_daemon, forgetful_daemon};
use crate::support::wait::pause;
use crate::support::{World, until};

#[test]
fn a_session_goes_on_after_kill_9_of_the_daemon() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    let start = json!({"action": "start", "command_or_label": "sleep 1000", "label": "nap",
        "working_directory": world.work()});
    let pid = client.call("ctrl", start).ok()["pid"].clone();
    for _ in 0..3 {
        another_daemon(&world);
        let list = client.call("list", json!({})).ok();
        assert_eq!(list["processes"][0]["pid"], pid);
        assert_eq!(list["processes"][0]["started_by"], "test-agent");
    }
}

#[test]
fn many_requests_at_once_find_their_session_again() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    for round in 0..5 {
        another_daemon(&world);
        let asking = (100..120).map(|number| {
            let client = client.clone();
            std::thread::spawn(move || client.send_as(number, "tools/list", &json!({})))
        });
        for reply in asking.collect::<Vec<_>>() {
            let reply = reply.join().unwrap();
            assert_eq!(reply.status, 200, "round {round}: {reply}");
        }
    }
}

#[test]
fn a_session_goes_on_after_it_was_idle() {
    let world = World::new();
    let serve = forgetful_daemon(&world);
    let client = Mcp::legacy(&world);
    for _ in 0..2 {
        pause(std::time::Duration::from_secs(1));
        client.call("list", json!({})).ok();
    }
    world.pp(["shutdown"]).ok();
    drop(serve);
}

#[test]
fn a_session_stays_while_a_call_is_under_way() {
    let world = World::new();
    let serve = forgetful_daemon(&world);
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let client = Mcp::legacy(&world);
    let wait = json!({"command_or_label": "nap", "for": "exit", "timeout_seconds": 1});
    for _ in 0..2 {
        assert_eq!(client.call("wait", wait.clone()).ok()["reason"], "timeout");
    }
    world.pp(["shutdown"]).ok();
    drop(serve);
}

#[test]
fn an_ended_or_unknown_session_is_told_to_begin_anew() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    let session = client.session.clone().unwrap();
    let file = world.folder("data/mcp-sessions").join(format!("{session}.json"));
    assert!(file.exists());
    let headers = [("mcp-session-id", session.as_str())];
    let reply = world.tcp().send("DELETE", "/mcp", &headers, b"");
    assert_eq!(reply.status, 200, "{reply}");
    assert!(!file.exists());
    assert_eq!(client.send("tools/list", &json!({}), &[]).status, 404);
    for id in ["../../token", "0a1b2c3d-0000-4000-8000-00000000000f"] {
        let mut stranger = client.clone();
        stranger.session = Some(id.into());
        assert_eq!(stranger.send("tools/list", &json!({}), &[]).status, 404);
    }
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
}

#[test]
fn whoever_waits_when_the_daemon_leaves_is_answered() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let wait = json!({"name": "wait", "arguments": {
        "command_or_label": "nap", "for": "exit", "timeout_seconds": 40}});
    let mut waiting = Vec::new();
    for client in [Mcp::modern(&world), Mcp::legacy(&world)] {
        let wait = wait.clone();
        waiting.push(std::thread::spawn(move || client.send("tools/call", &wait, &[])));
    }
    let mut listener = Mcp::modern(&world)
        .open("subscriptions/listen", &json!({"notifications": {"resourcesListChanged": true}}));
    let acknowledged = next(&mut listener).unwrap();
    assert!(acknowledged["method"].as_str().unwrap().contains("acknowledged"), "{acknowledged}");
    // Both calls have to be there before the daemon leaves.
    until("three connections of agents", || connections(world.port, 3));
    world.pp(["shutdown", "--keep"]).ok();
    for one in waiting {
        let answer = message(&one.join().unwrap());
        let told: &Value = &answer["result"]["structuredContent"];
        assert_eq!(told["reason"], "daemon_stopping", "{answer:#}");
        assert!(told["note"].as_str().unwrap().contains("wait again"), "{answer:#}");
    }
    let last = next(&mut listener).expect("a last word");
    assert!(last["result"].is_object(), "{last}");
    assert!(next(&mut listener).is_none());
    assert_eq!(world.process("nap")["status"], "running");
}

/// Connections to a port, as the kernel lists them.
fn connections(port: u16, wanted: usize) -> Result<(), String> {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let end = format!(":{port:04X} ");
    let open = |line: &&str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        fields.len() > 3 && format!("{} ", fields[1]).ends_with(&end) && fields[3] == "01"
    };
    match table.lines().filter(open).count() {
        count if count >= wanted => Ok(()),
        count => Err(format!("{count} of {wanted}")),
    }
}
