//! `started_by` and `stopped_by` name the client that started or stopped a process, on every face:
//! they answer "Why is my server down?".

use serde_json::json;

use super::Mcp;
use crate::support::World;

#[test]
fn started_by_and_stopped_by_name_the_client() {
    let world = World::new();
    let claude = Mcp::modern(&world).named("claude-code");
    let other = Mcp::legacy(&world);
    let start = json!({"action": "start", "command_or_label": "sleep 1000", "label": "nap",
        "working_directory": world.work()});
    claude.call("ctrl", start).ok();
    assert_eq!(world.process("nap")["started_by"], "claude-code");
    let stop = json!({"action": "stop", "command_or_label": "nap", "force": true});
    other.call("ctrl", stop).ok();
    let listed = claude.call("list", json!({})).ok();
    let nap = &listed["processes"][0];
    assert_eq!(nap["started_by"], "claude-code");
    assert_eq!(nap["stopped_by"], "test-agent");
    let long = world.pp(["list", "--long"]).ok().out();
    assert!(long.contains("started by claude-code"), "{long}");
    assert!(long.contains("stopped by test-agent"), "{long}");

    // A new run replaces both.
    world.pp(["restart", "nap"]).ok();
    let nap = world.process("nap");
    assert_eq!(nap["started_by"], "cli");
    assert!(nap["stopped_by"].is_null(), "{nap:#}");
    let headers = [("content-type", "application/json"), ("user-agent", "curl/8.1")];
    world.tcp().send("POST", "/v1/processes/nap/restart", &headers, b"{}").expect(200);
    assert_eq!(world.process("nap")["started_by"], "curl");
    world.pp(["shutdown"]).ok();
    let nap = world.process("nap");
    assert_eq!(nap["status"], "terminated");
    assert_eq!(nap["stopped_by"], "cli");
}

/// Two windows of one agent have the same name.
#[test]
fn a_session_sees_which_processes_it_has_started() {
    let world = World::new();
    let [own, other] = [Mcp::legacy(&world), Mcp::legacy(&world)];
    let start = json!({"action": "start", "label": "nap", "working_directory": world.work(),
        "command_or_label": "sleep 1000"});
    own.call("ctrl", start).ok();
    let started_by =
        |client: &Mcp| client.call("list", json!({})).ok()["processes"][0]["started_by"].clone();
    assert_eq!((started_by(&own), started_by(&other)), (json!("you"), json!("test-agent")));
    super::replace_daemon(&world);
    assert_eq!((started_by(&own), started_by(&other)), (json!("you"), json!("test-agent")));
}
