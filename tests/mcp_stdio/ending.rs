//! The bridge ends when its agent does, at once, and leaves nothing behind.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use super::{Agent, ERAS, bridge};
use crate::support::World;
use crate::support::procs::{Signal, freeze, kill};

/// What an agent waits for its servers at most.
const AT_ONCE: Duration = Duration::from_millis(500);

#[test]
fn the_end_of_the_input_is_the_end() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        agent.call(
            "ctrl",
            &json!({ "action": "start", "command_or_label": "sleep 1000", "label": "nap" }),
        );
        assert_eq!(agent.bridge.end_within(AT_ONCE), Ok(0), "{era:?}, nothing under way");
        let mut agent = Agent::new(&world, era);
        agent.send_call("wait", &json!({ "command_or_label": "nap", "for": "exit" }));
        agent.send_call("wait", &json!({ "command_or_label": "nap", "for": "exit" }));
        agent.call("list", &json!({}));
        assert_eq!(agent.bridge.end_within(AT_ONCE), Ok(0), "{era:?}, calls under way");
        assert_eq!(world.process("nap")["status"], "running");
    }
    let sessions = fs::read_dir(world.folder("data/mcp-sessions")).into_iter().flatten().count();
    assert_eq!(sessions, 0, "sessions are over when their agents are");
}

#[test]
fn a_daemon_that_does_not_answer_keeps_nobody() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        agent.call("list", &json!({}));
        let daemon = world.daemons()[0].pid;
        freeze(daemon);
        agent.send_call("list", &json!({}));
        agent.tell("notifications/cancelled", &json!({ "requestId": 77 }));
        let ended = agent.bridge.end_within(AT_ONCE);
        kill(daemon, Signal::CONT);
        assert_eq!(ended, Ok(0), "{era:?}");
    }
}

#[test]
fn a_signal_is_the_end() {
    let world = World::new();
    let mut agent = Agent::new(&world, ERAS[0]);
    agent.call("list", &json!({}));
    agent.bridge.signal(Signal::TERM);
    assert_eq!(agent.bridge.end_within(AT_ONCE), Ok(143));
}

#[test]
fn what_came_before_the_end_is_answered() {
    let world = World::new();
    world.pp(["list"]).ok();
    let file = world.write(
        "said",
        concat!(
            r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#, "\n",
            r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "\n",
            r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"list","arguments":{}}}"#,
        ),
    );
    let mut command = bridge(&world);
    command.stdin(Stdio::from(fs::File::open(file).unwrap()));
    let output = world.run(command).ok();
    let ids: Vec<_> = output.out().lines().map(|line| line.contains("\"id\":2")).collect();
    assert_eq!(ids, [false, true], "{output}");
}

#[test]
fn without_a_word_no_daemon_is_started() {
    let world = World::new();
    let output = world.run(bridge(&world));
    assert_eq!((output.code, output.to_string().as_str()), (0, "--- exit 0"));
    assert!(world.processes().is_empty());
}

#[test]
fn an_agent_that_reads_no_more_is_gone() {
    let world = World::new();
    world.pp(["list"]).ok();
    let mut command = world.command("sh");
    let program = env!("CARGO_BIN_EXE_persistproc");
    // The input stays open: only the output tells.
    let script = format!(
        "mkfifo said; (while echo '{{}}'; do sleep 0.05; done) >said & '{program}' mcp <said | true; wait"
    );
    command.args(["-c", &script]);
    assert_eq!(world.spawn(command).end_within(Duration::from_secs(20)), Ok(0));
}
