//! The bridge survives restarts of the daemon: the agent sees at most a delay.

use std::fs;

use serde_json::json;

use super::{Agent, PROTOCOLS, ProtocolKind, bridge_command};
use crate::support::{World, until};

#[test]
fn a_daemon_killed_between_calls_is_replaced() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.start_nap();
        for _ in 0..5 {
            world.kill_daemon();
            let list = agent.call("list", &json!({ "command_or_label": "nap" }));
            assert_eq!(list["processes"][0]["status"], "running", "{list:#}");
        }
        world.kill_daemon();
        // No daemon has received this call yet, so the bridge may send it again.
        assert_eq!(agent.stop_nap()["status"], "terminated");
    }
}

#[test]
fn a_wait_continues_with_the_next_daemon() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.start_nap();
        let id = agent.send_wait_for_nap();
        agent.call("list", &json!({}));
        world.kill_daemon();
        until("the next daemon", || {
            let count = world.daemons().len();
            if count == 1 { Ok(()) } else { Err(format!("{count} daemons")) }
        });
        assert!(agent.try_answer(id).is_none());
        agent.stop_nap();
        agent.assert_exit_answer(id);
    }
}

#[test]
fn an_interrupted_restart_is_not_repeated() {
    let world = World::new();
    world.write("stays", "trap '' TERM; echo trapped; while :; do sleep 1000; done");
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        let label = format!("{protocol:?}");
        let start = json!({ "action": "start", "command_or_label": "sh stays", "label": label, "wait_for": "trapped" });
        agent.call("ctrl", &start);
        let id =
            agent.send_call("ctrl", &json!({ "action": "restart", "command_or_label": label }));
        world.until_status(&label, "stopping");
        world.kill_daemon();
        let message = agent.answer(id)["error"]["message"].to_string();
        assert!(
            message.contains("It is unknown whether `ctrl` was executed. Call `list`"),
            "{message}"
        );
        agent.call("list", &json!({}));
        agent.call("ctrl", &json!({ "action": "stop", "command_or_label": label, "force": true }));
    }
}

#[test]
fn a_forgotten_session_is_initialized_again() {
    let world = World::new();
    let mut agent = Agent::new(&world, ProtocolKind::Session);
    agent.call("list", &json!({}));
    world.kill_daemon();
    fs::remove_dir_all(world.folder("data/mcp-sessions")).unwrap();
    let ids: Vec<_> = (0..10).map(|_| agent.send_call("list", &json!({}))).collect();
    for id in ids {
        let answer = agent.answer(id);
        assert!(answer["error"].is_null(), "{answer:#}");
    }
    assert_eq!(fs::read_dir(world.folder("data/mcp-sessions")).unwrap().count(), 1);
    let initialized = agent.messages().iter().filter(|message| message["id"] == 1).count();
    assert_eq!(initialized, 1, "the agent sees only its own initialize");
}

#[test]
fn the_bridge_starts_no_daemon_after_a_shutdown_until_the_next_call() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.call("list", &json!({}));
        let id = agent.send_call("wait", &json!({ "command_or_label": "unknown", "for": "exit" }));
        agent.answer(id);
        world.pp(["shutdown"]).ok();
        assert!(world.daemons().is_empty());
        assert!(agent.call("list", &json!({}))["processes"].is_array());
    }
}

/// Hosts such as Codex start the bridge with a part of the environment.
#[test]
fn a_bridge_without_the_runtime_directory_finds_the_daemon() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let mut bridge = bridge_command(&world);
    bridge.env_remove("PERSISTPROC_RUNTIME_DIR");
    let mut agent = Agent::with_bridge(&world, ProtocolKind::Session, bridge);
    let list = agent.call("list", &json!({}));
    assert_eq!(list["processes"][0]["label"], "nap", "{list:#}");
    assert_eq!(world.daemons().len(), 1);
}
