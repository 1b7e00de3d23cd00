//! Daemons come and go behind the bridge; the agent is not to notice more than a pause.

use std::fs;

use serde_json::json;

use super::{Agent, ERAS, Era};
use crate::support::procs::{Signal, alive, kill};
use crate::support::{World, until};

fn kill_the_daemon(world: &World) {
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until("its end", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
}

#[test]
fn a_daemon_killed_between_calls_is_replaced() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        let label = format!("{era:?}");
        agent.call(
            "ctrl",
            &json!({ "action": "start", "command_or_label": "sleep 1000", "label": label }),
        );
        for _ in 0..5 {
            kill_the_daemon(&world);
            let list = agent.call("list", &json!({ "command_or_label": label }));
            assert_eq!(list["processes"][0]["status"], "running", "{list:#}");
        }
        kill_the_daemon(&world);
        // Nobody had heard of it, so it is as safe as ever.
        let stopped = agent.call("ctrl", &json!({ "action": "stop", "command_or_label": label }));
        assert_eq!(stopped["status"], "terminated");
    }
}

#[test]
fn a_wait_outlives_the_daemon_that_it_began_with() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        agent.call(
            "ctrl",
            &json!({ "action": "start", "command_or_label": "sleep 1000", "label": "nap" }),
        );
        let id = agent.send_call("wait", &json!({ "command_or_label": "nap", "for": "exit" }));
        agent.call("list", &json!({}));
        kill_the_daemon(&world);
        until("the next daemon", || match world.daemons().len() {
            1 => Ok(()),
            none => Err(format!("{none} daemons")),
        });
        assert!(agent.answered(id).is_none());
        agent.call("ctrl", &json!({ "action": "stop", "command_or_label": "nap" }));
        let answer = agent.answer(id);
        assert_eq!(answer["result"]["structuredContent"]["reason"], "exit", "{answer:#}");
    }
}

#[test]
fn what_must_not_be_done_twice_is_left_to_the_agent() {
    let world = World::new();
    world.write("stays", "trap '' TERM; echo trapped; while :; do sleep 1000; done");
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        let label = format!("{era:?}");
        let start = json!({ "action": "start", "command_or_label": "sh stays", "label": label, "wait_for": "trapped" });
        agent.call("ctrl", &start);
        let id =
            agent.send_call("ctrl", &json!({ "action": "restart", "command_or_label": label }));
        world.until_status(&label, "stopping");
        kill_the_daemon(&world);
        let told = agent.answer(id)["error"]["message"].to_string();
        assert!(told.contains("Whether `ctrl` was done is not known. Call `list`"), "{told}");
        agent.call("list", &json!({}));
        agent.call("ctrl", &json!({ "action": "stop", "command_or_label": label, "force": true }));
    }
}

#[test]
fn a_session_that_the_daemon_forgot_begins_anew() {
    let world = World::new();
    let mut agent = Agent::new(&world, Era::Session);
    agent.call("list", &json!({}));
    kill_the_daemon(&world);
    fs::remove_dir_all(world.folder("data/mcp-sessions")).unwrap();
    let ids: Vec<_> = (0..10).map(|_| agent.send_call("list", &json!({}))).collect();
    for id in ids {
        assert!(agent.answer(id)["error"].is_null(), "{:#}", agent.answer(id));
    }
    assert_eq!(fs::read_dir(world.folder("data/mcp-sessions")).unwrap().count(), 1);
    let introductions = agent.messages().iter().filter(|said| said["id"] == 1).count();
    assert_eq!(introductions, 1, "the agent is told once");
}

#[test]
fn a_daemon_that_was_shut_down_stays_away_until_it_is_needed() {
    let world = World::new();
    for era in ERAS {
        let mut agent = Agent::new(&world, era);
        agent.call("list", &json!({}));
        let id = agent.send_call("wait", &json!({ "command_or_label": "nobody", "for": "exit" }));
        agent.answer(id);
        world.pp(["shutdown"]).ok();
        assert!(world.daemons().is_empty());
        assert!(agent.call("list", &json!({}))["processes"].is_array());
    }
}
