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
    other.call("ctrl", json!({"action": "stop", "command_or_label": "nap"})).ok();
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
