//! Ports through the tools: a port is assigned by `ctrl`, and `list` shows who listens on one.

use serde_json::{Value, json};

use super::Mcp;
use crate::support::World;
use crate::support::world::free_port;

#[test]
fn ctrl_assigns_a_port_and_list_finds_its_holder() {
    let world = World::new();
    let client = Mcp::modern(&world);
    let command = "python3 -m http.server $PORT --bind 127.0.0.1";
    let started = client.call(
        "ctrl",
        json!({"action": "start", "command_or_label": command, "label": "web", "assign_port": true,
            "working_directory": world.work(), "wait_for": "ready"}),
    );
    let started = started.ok();
    let port = &started["assigned_port"];
    assert_eq!(started["ports"], json!([port]), "{started:#}");

    let found = client.call("list", json!({"port": port})).ok();
    let listener = &found["listeners"][0];
    assert_eq!((&listener["label"], &found["processes"]), (&json!("web"), &json!([])), "{found:#}");
    assert!(listener["stop_command"].as_str().unwrap().starts_with("persistproc stop "));
    let free = free_port();
    let nothing = client.call("list", json!({"port": free})).ok();
    assert_eq!(nothing["note"], format!("Nothing listens on port {free}."));
    let strays = client.call("list", json!({"strays": true})).ok();
    assert!(!strays.to_string().contains(&world.work().to_string_lossy().into_owned()));

    let unused = json!({"action": "stop", "command_or_label": "web", "assign_port": true});
    let refused = client.call("ctrl", unused);
    assert!(refused.error().contains("assign_port is only for start"), "{}", refused.error());
    let stopped: Value =
        client.call("ctrl", json!({"action": "stop", "command_or_label": "web"})).ok();
    assert_eq!(stopped["status"], "terminated");
}
