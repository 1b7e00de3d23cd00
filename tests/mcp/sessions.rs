//! Sessions survive a restart of the daemon and their idle timeout; pending calls are answered when
//! the daemon shuts down.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::client::{message, next_message};
use super::{Mcp, daemon_with_short_sessions, replace_daemon};
use crate::support::wait::pause;
use crate::support::{World, until};

#[test]
fn a_session_continues_after_the_daemon_was_killed() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    let start = json!({"action": "start", "command_or_label": "sleep 1000", "label": "nap",
        "working_directory": world.work()});
    let pid = client.call("ctrl", start).ok()["pid"].clone();
    for _ in 0..3 {
        replace_daemon(&world);
        let list = client.call("list", json!({})).ok();
        assert_eq!(list["processes"][0]["pid"], pid);
        assert_eq!(list["processes"][0]["started_by"], "you");
    }
}

#[test]
fn concurrent_requests_restore_their_session() {
    let world = World::new();
    let client = Mcp::legacy(&world);
    for round in 0..5 {
        replace_daemon(&world);
        let requests: Vec<_> = (100..120)
            .map(|id| {
                let client = client.clone();
                thread::spawn(move || client.send_with_id(id, "tools/list", &json!({})))
            })
            .collect();
        for request in requests {
            let reply = request.join().unwrap();
            assert_eq!(reply.status, 200, "round {round}: {reply}");
        }
    }
}

#[test]
fn a_session_continues_after_its_idle_timeout() {
    let world = World::new();
    let serve = daemon_with_short_sessions(&world);
    let client = Mcp::legacy(&world);
    for _ in 0..2 {
        pause(Duration::from_secs(1));
        client.call("list", json!({})).ok();
    }
    world.pp(["shutdown"]).ok();
    serve.end().ok();
}

#[test]
fn a_session_does_not_expire_during_a_call() {
    let world = World::new();
    let serve = daemon_with_short_sessions(&world);
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let client = Mcp::legacy(&world);
    let wait = json!({"command_or_label": "nap", "for": "exit", "timeout_seconds": 1});
    for _ in 0..2 {
        assert_eq!(client.call("wait", wait.clone()).ok()["reason"], "timeout");
    }
    world.pp(["shutdown"]).ok();
    serve.end().ok();
}

#[test]
fn an_ended_or_unknown_session_is_answered_with_404() {
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
        let mut unknown = client.clone();
        unknown.session = Some(id.into());
        assert_eq!(unknown.send("tools/list", &json!({}), &[]).status, 404);
    }
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
}

#[test]
fn pending_calls_and_listeners_are_answered_when_the_daemon_shuts_down() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let wait = json!({"name": "wait", "arguments": {
        "command_or_label": "nap", "for": "exit", "timeout_seconds": 40}});
    let calls = [Mcp::modern(&world), Mcp::legacy(&world)].map(|client| {
        let wait = wait.clone();
        thread::spawn(move || client.send("tools/call", &wait, &[]))
    });
    let mut listener = Mcp::modern(&world)
        .open("subscriptions/listen", &json!({"notifications": {"resourcesListChanged": true}}));
    let acknowledged = next_message(&mut listener).unwrap();
    assert!(acknowledged["method"].as_str().unwrap().contains("acknowledged"), "{acknowledged}");
    // Shut down only after both calls have arrived.
    until("three connections to the daemon", || has_connections(world.port, 3));
    world.pp(["shutdown", "--keep"]).ok();
    for call in calls {
        let message = message(&call.join().unwrap());
        let answer = &message["result"]["structuredContent"];
        assert_eq!(answer["reason"], "daemon_stopping", "{message:#}");
        assert!(answer["note"].as_str().unwrap().contains("wait again"), "{message:#}");
    }
    let last = next_message(&mut listener).expect("a result of the listener");
    assert!(last["result"].is_object(), "{last}");
    assert!(next_message(&mut listener).is_none());
    assert_eq!(world.process("nap")["status"], "running");
}

/// Succeeds if the kernel lists at least `wanted` established connections to a port. The error has
/// their number.
fn has_connections(port: u16, wanted: usize) -> Result<(), String> {
    let table = fs::read_to_string("/proc/net/tcp").unwrap();
    let local_end = format!(":{port:04X}");
    let is_established = |line: &&str| {
        let fields: Vec<_> = line.split_whitespace().collect();
        fields.len() > 3 && fields[1].ends_with(&local_end) && fields[3] == "01"
    };
    let count = table.lines().filter(is_established).count();
    if count >= wanted { Ok(()) } else { Err(format!("{count} of {wanted}")) }
}
