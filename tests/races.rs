//! Races: many clients start, stop, restart and forget the same process at the same time, a stop
//! overtakes a start, a shutdown meets followers, and a recorded pid is reused.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill};
use crate::support::tools::number_from_env;
use crate::support::{Http, World, until};

/// How many clients send requests at the same time.
const CLIENTS: u64 = 50;

/// Creates the file `twice` if another instance holds the lock, that is, if it runs twice at the same
/// time.
const RUNS_ONCE: &str = "flock -n -E 99 once sleep 1000; [ $? = 99 ] && echo two >>twice";

fn start_request(world: &World) -> Value {
    json!({"command": ["sh", "-c", RUNS_ONCE], "working_directory": world.work(), "label": "once"})
}

/// Sends requests from all clients, this many in total. `send` gets the number of the request.
fn send_from_all_clients(rest: &Http, total: u64, send: impl Fn(&Http, u64) + Sync) {
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= total {
                        return;
                    }
                    send(rest, number);
                }
            });
        }
    });
}

/// 1,000 starts; 10,000 with `tests/run --thorough`.
#[test]
fn simultaneous_starts_start_one_process() {
    let world = World::new();
    let rest = world.rest();
    let created = AtomicU64::new(0);
    let total = 10 * number_from_env("PERSISTPROC_TEST_ROUNDS", 100);
    send_from_all_clients(&rest, total, |rest, _| {
        let reply = rest.post("/v1/processes", &start_request(&world));
        assert!(matches!(reply.status, 200 | 201), "{reply}");
        created.fetch_add(u64::from(reply.status == 201), Ordering::Relaxed);
    });
    assert_eq!(created.into_inner(), 1);
    assert_eq!(world.process("once")["run"], 1);
    assert!(!world.work().join("twice").exists());
}

#[test]
fn simultaneous_requests_of_all_kinds_never_run_a_process_twice() {
    let world = World::new();
    let rest = world.rest();
    let total = 5 * number_from_env("PERSISTPROC_TEST_ROUNDS", 100);
    send_from_all_clients(&rest, total, |rest, number| {
        let force = json!({"force": true});
        let (reply, expected): (_, &[u16]) = match number % 7 {
            0..3 => (rest.post("/v1/processes", &start_request(&world)), &[200, 201, 409]),
            3 => (rest.post("/v1/processes/once/restart", &json!({})), &[200, 201, 404, 409]),
            4 => (rest.post("/v1/processes/once/stop", &json!({})), &[200, 404, 409]),
            5 => (rest.post("/v1/processes/once/stop", &force), &[200, 404, 409]),
            _ => (rest.delete("/v1/processes/once"), &[200, 404, 409]),
        };
        assert!(expected.contains(&reply.status), "{reply}");
    });
    assert!(!world.work().join("twice").exists(), "two at the same time");
    world.pp(["start", "--label", "once", "sh", "-c", RUNS_ONCE]).ok();
    assert_eq!(world.process("once")["status"], "running");
    world.pp(["stop", "once"]).ok();
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn a_stop_during_a_start_leaves_no_process() {
    let world = World::new();
    let rest = world.rest();
    let start =
        json!({"command": ["sleep", "1000"], "working_directory": world.work(), "label": "it"});
    for _ in 0..number_from_env("PERSISTPROC_TEST_ROUNDS", 50) {
        let (started, stopped) = thread::scope(|scope| {
            let starting = scope.spawn(|| rest.post("/v1/processes", &start));
            let stopped = rest.post("/v1/processes/it/stop", &json!({}));
            (starting.join().unwrap(), stopped)
        });
        assert!(matches!(started.status, 200 | 201 | 409), "{started}");
        if stopped.status == 200 {
            assert_eq!(world.children().len(), 0, "{stopped}\n{started}");
        } else {
            assert!(matches!(stopped.status, 404 | 409), "{stopped}");
            rest.post("/v1/processes/it/stop", &json!({}));
        }
    }
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn a_shutdown_ends_all_followers() {
    let world = World::new();
    let command = ["run", "--label", "it", "sh", "-c", "while :; do echo on; sleep 0.01; done"];
    let running = world.spawn_pp(command);
    running.until_stdout("on\n");
    let followers: Vec<_> = (0..20).map(|_| world.spawn_pp(["output", "-f", "it"])).collect();
    followers.iter().for_each(|follower| follower.until_stdout("on\n"));
    world.persistproc(["shutdown"]).ok();
    assert_eq!(running.end().code, 128 + 15);
    for follower in followers {
        follower.end();
    }
    until("the end of all processes", || match &world.processes()[..] {
        [] => Ok(()),
        left => Err(format!("{left:#?}")),
    });
}

/// The recorded pids of shim and child belong to an unrelated process by now.
#[test]
fn a_process_that_reused_a_recorded_pid_is_left_alone() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sleep", "1000"]).ok();
    let before = world.process("it");
    let shim = world.shim_pid(&before);
    let victims = [world.daemons()[0].pid, shim, pid(&before)];
    victims.iter().for_each(|victim| kill(*victim, Signal::KILL));
    // A daemon that finds the shim before its end asks it.
    until("their ends", || match victims.into_iter().find(|victim| alive(*victim)) {
        Some(victim) => Err(victim.to_string()),
        None => Ok(()),
    });
    let mut unrelated = Command::new("sleep").arg("1000").stdout(Stdio::null()).spawn().unwrap();
    let file = world.runs_folder(&before).join("1/run.json");
    let mut record = fs::read_to_string(&file).unwrap();
    for old in [pid(&before), shim] {
        let new = unrelated.id();
        record = record.replace(&format!("\"pid\": {old},"), &format!("\"pid\": {new},"));
    }
    fs::write(&file, record).unwrap();

    let after = world.process("it");
    assert_eq!((&after["status"], pid(&after)), (&"lost".into(), unrelated.id()));
    world.pp(["stop", "it"]).ok();
    assert_ne!(world.pp(["signal", "KILL", "it"]).code, 0);
    world.pp(["restart", "it"]).ok();
    world.pp(["stop", "it"]).ok();
    world.pp(["forget", "it"]).ok();
    assert!(alive(unrelated.id()));
    unrelated.kill().unwrap();
    unrelated.wait().unwrap();
}
