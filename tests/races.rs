//! Everybody at once: starts, stops, restarts and forgets of the same process, a stop of what is
//! being started, a shutdown while everybody listens, a pid that is somebody else's by now.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill};
use crate::support::tools::number_from_env;
use crate::support::{Http, World, until};

/// Clients that ask at once.
const CLIENTS: u64 = 50;

/// Ends at once with 99 when another one of it is there, and leaves a note.
const ALONE: &str = "flock -n -E 99 alone sleep 1000; [ $? = 99 ] && echo two >>twice";

fn alone(world: &World) -> Value {
    json!({"command": ["sh", "-c", ALONE], "working_directory": world.work(), "label": "alone"})
}

/// Has fifty clients ask so often in all, each question made of its number.
fn ask(door: &Http, times: u64, question: impl Fn(&Http, u64) + Sync) {
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= times {
                        return;
                    }
                    question(door, number);
                }
            });
        }
    });
}

/// 1,000 starts; `tests/run --thorough` asks 10,000 times.
#[test]
fn however_often_it_is_started_there_is_one() {
    let world = World::new();
    let (door, first) = (world.rest(), AtomicU64::new(0));
    ask(&door, 10 * number_from_env("PERSISTPROC_TEST_ROUNDS", 100), |door, _| {
        let reply = door.post("/v1/processes", &alone(&world));
        assert!(matches!(reply.status, 200 | 201), "{reply}");
        first.fetch_add(u64::from(reply.status == 201), Ordering::Relaxed);
    });
    assert_eq!(first.into_inner(), 1);
    assert_eq!(world.process("alone")["run"], 1);
    assert!(!world.work().join("twice").exists());
}

/// Each answer is one of those that make sense, and there are never two of it.
#[test]
fn whatever_fifty_clients_want_there_is_one() {
    let world = World::new();
    let door = world.rest();
    ask(&door, 5 * number_from_env("PERSISTPROC_TEST_ROUNDS", 100), |door, number| {
        let (reply, sensible): (_, &[u16]) = match number % 7 {
            0..3 => (door.post("/v1/processes", &alone(&world)), &[200, 201, 409]),
            3 => (door.post("/v1/processes/alone/restart", &json!({})), &[200, 201, 404, 409]),
            4 => (door.post("/v1/processes/alone/stop", &json!({})), &[200, 404, 409]),
            5 => (door.post("/v1/processes/alone/stop", &json!({"force": true})), &[200, 404, 409]),
            _ => (door.delete("/v1/processes/alone"), &[200, 404, 409]),
        };
        assert!(sensible.contains(&reply.status), "{reply}");
    });
    assert!(!world.work().join("twice").exists(), "two at once");
    world.pp(["start", "--label", "alone", "sh", "-c", ALONE]).ok();
    assert_eq!(world.process("alone")["status"], "running");
    world.pp(["stop", "alone"]).ok();
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn a_stop_while_it_starts_leaves_nothing() {
    let world = World::new();
    let door = world.rest();
    let start =
        json!({"command": ["sleep", "1000"], "working_directory": world.work(), "label": "it"});
    for _ in 0..number_from_env("PERSISTPROC_TEST_ROUNDS", 50) {
        let (started, stopped) = thread::scope(|scope| {
            let starting = scope.spawn(|| door.post("/v1/processes", &start));
            let stopped = door.post("/v1/processes/it/stop", &json!({}));
            (starting.join().unwrap(), stopped)
        });
        assert!(matches!(started.status, 200 | 201 | 409), "{started}");
        if stopped.status == 200 {
            assert_eq!(world.children().len(), 0, "{stopped}\n{started}");
        } else {
            assert!(matches!(stopped.status, 404 | 409), "{stopped}");
            door.post("/v1/processes/it/stop", &json!({}));
        }
    }
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn a_shutdown_ends_everyone_who_listens() {
    let world = World::new();
    let words = ["run", "--label", "it", "sh", "-c", "while :; do echo on; sleep 0.01; done"];
    let running = world.spawn_pp(words);
    running.until_stdout("on\n");
    let following: Vec<_> = (0..20).map(|_| world.spawn_pp(["output", "-f", "it"])).collect();
    following.iter().for_each(|follower| follower.until_stdout("on\n"));
    world.persistproc(["shutdown"]).ok();
    assert_eq!(running.end().code, 128 + 15);
    for follower in following {
        follower.end();
    }
    until("the end of all", || match &world.processes()[..] {
        [] => Ok(()),
        left => Err(format!("{left:#?}")),
    });
}

/// The record says a pid that is somebody else's by now: nobody touches that one.
#[test]
fn a_pid_that_was_given_to_somebody_else_is_left_alone() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sleep", "1000"]).ok();
    let before = world.process("it");
    let shim = world.shim_pid(&before);
    for victim in [world.daemons()[0].pid, shim, pid(&before)] {
        kill(victim, Signal::KILL);
    }
    let mut stranger = Command::new("sleep").arg("1000").stdout(Stdio::null()).spawn().unwrap();
    let file = world.runs_folder(&before).join("1/run.json");
    let record = fs::read_to_string(&file).unwrap();
    let renamed = |old: u32, text: &str| {
        text.replace(&format!("\"pid\": {old},"), &format!("\"pid\": {},", stranger.id()))
    };
    fs::write(&file, renamed(shim, &renamed(pid(&before), &record))).unwrap();

    let after = world.process("it");
    assert_eq!((&after["status"], pid(&after)), (&"lost".into(), stranger.id()));
    assert_ne!(world.pp(["stop", "it"]).code, 0);
    assert_ne!(world.pp(["signal", "KILL", "it"]).code, 0);
    world.pp(["restart", "it"]).ok();
    world.pp(["stop", "it"]).ok();
    world.pp(["forget", "it"]).ok();
    assert!(alive(stranger.id()));
    stranger.kill().unwrap();
    stranger.wait().unwrap();
}
