//! Who started a process and who stopped it, whichever face they used: the answer to "why is my
//! server down".

use serde_json::json;

use super::Mcp;
use crate::support::World;

#[test]
fn everyone_sees_who_started_and_who_stopped_a_process() {
    let world = World::new();
    let (one, other) = (Mcp::modern(&world).named("claude-code"), Mcp::legacy(&world));
    let start = json!({"action": "start", "command_or_label": "sleep 1000", "label": "nap",
        "working_directory": world.work()});
    one.call("ctrl", start).ok();
    assert_eq!(world.process("nap")["started_by"], "claude-code");
    other.call("ctrl", json!({"action": "stop", "command_or_label": "nap"})).ok();
    let listed = one.call("list", json!({})).ok();
    let nap = &listed["processes"][0];
    assert_eq!(
        (&nap["started_by"], &nap["stopped_by"]),
        (&"claude-code".into(), &"test-agent".into())
    );
    let long = world.pp(["list", "--long"]).ok().out();
    assert!(
        long.contains("started by claude-code") && long.contains("stopped by test-agent"),
        "{long}"
    );

    // A new run has its own story; a program that ends by itself was stopped by nobody.
    world.pp(["restart", "nap"]).ok();
    let nap = world.process("nap");
    assert_eq!((&nap["started_by"], &nap["stopped_by"]), (&"cli".into(), &json!(null)));
    let headers = [("content-type", "application/json"), ("user-agent", "curl/8.1")];
    world.tcp().send("POST", "/v1/processes/nap/restart", &headers, b"{}").expect(201 - 1);
    assert_eq!(world.process("nap")["started_by"], "curl");
    world.pp(["shutdown"]).ok();
    let nap = world.process("nap");
    assert_eq!((&nap["status"], &nap["stopped_by"]), (&"terminated".into(), &"cli".into()));
}
