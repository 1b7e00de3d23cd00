//! The bridge exits with its agent, promptly, and ends its session.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use super::{Agent, PROTOCOLS, bridge_command};
use crate::support::World;
use crate::support::procs::{Signal, freeze, kill};

/// Agents kill a server that does not exit within this time.
const EXIT_TIMEOUT: Duration = Duration::from_millis(500);

#[test]
fn the_bridge_exits_at_eof() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.start_nap();
        assert_eq!(
            agent.bridge.end_within(EXIT_TIMEOUT),
            Ok(0),
            "{protocol:?}, without pending calls"
        );
        let mut agent = Agent::new(&world, protocol);
        agent.send_wait_for_nap();
        agent.send_wait_for_nap();
        agent.call("list", &json!({}));
        assert_eq!(
            agent.bridge.end_within(EXIT_TIMEOUT),
            Ok(0),
            "{protocol:?}, with pending calls"
        );
        assert_eq!(world.process("nap")["status"], "running");
    }
    let sessions = fs::read_dir(world.folder("data/mcp-sessions")).into_iter().flatten().count();
    assert_eq!(sessions, 0, "a bridge ends its session at EOF");
}

#[test]
fn the_bridge_exits_although_the_daemon_hangs() {
    let world = World::new();
    for protocol in PROTOCOLS {
        let mut agent = Agent::new(&world, protocol);
        agent.call("list", &json!({}));
        let daemon = world.daemons()[0].pid;
        freeze(daemon);
        agent.send_call("list", &json!({}));
        agent.notify("notifications/cancelled", &json!({ "requestId": 77 }));
        let exit_code = agent.bridge.end_within(EXIT_TIMEOUT);
        kill(daemon, Signal::CONT);
        assert_eq!(exit_code, Ok(0), "{protocol:?}");
    }
}

#[test]
fn the_bridge_exits_at_sigterm() {
    let world = World::new();
    let mut agent = Agent::new(&world, PROTOCOLS[0]);
    agent.call("list", &json!({}));
    agent.bridge.signal(Signal::TERM);
    assert_eq!(agent.bridge.end_within(EXIT_TIMEOUT), Ok(143));
}

#[test]
fn requests_before_eof_are_answered() {
    let world = World::new();
    world.pp(["list"]).ok();
    let file = world.write(
        "input",
        concat!(
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#, "\n",
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "\n",
            r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list","arguments":{}}}"#,
        ),
    );
    let mut command = bridge_command(&world);
    command.stdin(Stdio::from(fs::File::open(file).unwrap()));
    let output = world.run(command).ok();
    let is_second: Vec<_> = output.out().lines().map(|line| line.contains("\"id\":2")).collect();
    assert_eq!(is_second, [false, true], "{output}");
}

#[test]
fn no_daemon_is_started_without_input() {
    let world = World::new();
    let output = world.run(bridge_command(&world));
    assert_eq!((output.code, output.to_string().as_str()), (0, "--- exit 0"));
    assert!(world.processes().is_empty());
}

#[test]
fn the_bridge_exits_when_its_output_is_closed() {
    let world = World::new();
    world.pp(["list"]).ok();
    let mut command = world.command("sh");
    let program = env!("CARGO_BIN_EXE_persistproc");
    // The input stays open, so that only the closed output can end the bridge.
    let script = format!(
        "mkfifo input; (while echo '{{}}'; do sleep 0.05; done) >input & '{program}' mcp <input | true; wait"
    );
    command.args(["-c", &script]);
    assert_eq!(world.spawn(command).end_within(Duration::from_secs(20)), Ok(0));
}
