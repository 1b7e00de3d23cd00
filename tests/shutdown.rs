//! `pp shutdown`: stops all processes and the daemon, or with `--keep` the daemon only.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::daemon::pid;
use crate::support::procs::alive;
use crate::support::{World, until};

/// Starts two processes and returns their PIDs.
fn two(world: &World) -> [u32; 2] {
    world.pp(["start", "--label", "one", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "two", "--tty", "sleep", "1001"]).ok();
    [pid(&world.process("one")), pid(&world.process("two"))]
}

fn until_no_process_is_left(world: &World) {
    until("the end of all processes", || match &world.processes()[..] {
        [] => Ok(()),
        left => Err(format!("{left:#?}")),
    });
}

/// Shuts down, and checks that both processes were stopped and reported.
#[track_caller]
fn check_both_stop(world: &World, pids: [u32; 2]) {
    assert_snapshot!(world.pp(["shutdown"]), @"
    Stopped the daemon (PID N) and 2 processes
    --- exit 0
    ");
    assert!(!pids.into_iter().any(alive));
    until_no_process_is_left(world);
}

#[test]
fn it_stops_the_daemon_and_all_processes() {
    let world = World::new();
    let pids = two(&world);
    check_both_stop(&world, pids);
    // The records are kept.
    assert_eq!(world.process("one")["status"], "terminated");
}

#[test]
fn keep_leaves_the_processes_running_for_the_next_daemon() {
    let world = World::new();
    let pids = two(&world);
    let daemon = world.daemons()[0].pid;
    assert_snapshot!(world.pp(["shutdown", "--keep"]), @"
    Stopped the daemon (PID N); 2 processes left running
    --- exit 0
    ");
    until("the daemon's end", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
    assert!(pids.into_iter().all(alive));
    assert_eq!([pid(&world.process("one")), pid(&world.process("two"))], pids);
    assert_ne!(world.daemons()[0].pid, daemon);
}

#[test]
fn processes_left_running_without_a_daemon_are_stopped_too() {
    let world = World::new();
    let pids = two(&world);
    world.pp(["shutdown", "--keep"]).ok();
    check_both_stop(&world, pids);
}

#[test]
fn a_replaced_daemon_does_not_come_back_after_a_shutdown() {
    let world = World::new();
    two(&world);
    let watching = world.spawn_pp(["list", "--watch"]);
    watching.until_stdout("one");
    let old = world.daemons()[0].pid;
    let serving = world.spawn_pp(["serve", "--replace"]);
    until("the next daemon", || match &world.daemons()[..] {
        [one] if one.pid != old => Ok(()),
        other => Err(format!("{other:#?}")),
    });
    world.pp(["shutdown"]).ok();
    assert_eq!(watching.end().code, 0);
    drop(serving);
    until_no_process_is_left(&world);
}

#[test]
fn without_a_daemon_it_fails_and_starts_none() {
    let world = World::new();
    assert_snapshot!(world.pp(["shutdown"]), @"
    --- stderr
    Error: No daemon is running for <data>.
    There is nothing to shut down.
    --- exit 4
    ");
    assert!(world.daemons().is_empty(), "shutdown started a daemon only to stop it");
}

#[test]
fn attached_clients_exit_with_the_process() {
    let world = World::new();
    let watching = world.spawn_pp([
        "sh",
        "-c",
        "trap 'echo bye; exit 5' TERM; echo hi; while :; do sleep 0.05; done",
    ]);
    watching.until_stdout("hi");
    world.pp(["shutdown"]).ok();
    let output = watching.end();
    assert_eq!((output.out().as_str(), output.code), ("hi\nbye\n", 5), "{output}");
    until_no_process_is_left(&world);
}

#[test]
fn json_has_the_pid_and_the_number_of_stopped_processes() {
    let world = World::new();
    two(&world);
    let daemon = world.daemons()[0].pid;
    let answer = world.pp(["--format", "json", "shutdown"]).ok().json();
    assert_eq!(
        (answer["pid"].as_u64(), answer["stopped"].as_u64()),
        (Some(daemon.into()), Some(2))
    );
}

/// A process that ignores SIGTERM and is killed after this many seconds.
fn start_stubborn(world: &World, stop_timeout: u32) {
    let script = "trap '' TERM; echo up; while :; do sleep 0.1; done";
    let body = json!({
        "command": ["sh", "-c", script],
        "label": "stubborn",
        "working_directory": world.work(),
        "stop_timeout": stop_timeout,
        "wait": { "for": "pattern", "pattern": "up" },
    });
    world.rest().post("/v1/processes", &body).expect(201);
}

#[test]
fn a_shutdown_goes_on_without_its_client_and_is_reported() {
    let world = World::new();
    start_stubborn(&world, 8);
    let daemon = world.daemons()[0].pid;
    let client = world.spawn_pp(["shutdown"]);
    world.until_status("stubborn", "stopping");
    client.signal(rustix::process::Signal::INT);
    client.end();
    let listed = world.pp(["list"]).ok();
    assert!(listed.err().contains("The daemon is shutting down"), "{listed}");
    let doctor = world.pp(["doctor"]);
    assert!(doctor.out().contains("is shutting down: 1 of 1 processes"), "{doctor}");
    assert_eq!(world.unix().get("/v1/processes").expect(200)["shutting_down"], true);
    let refused = world.pp(["start", "sleep", "1000"]);
    assert!(refused.err().contains("The daemon is shutting down"), "{refused}");
    until("the daemon's end", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
    // The next daemon takes requests.
    world.pp(["start", "sleep", "1000"]).ok();
    assert_eq!(world.process("stubborn")["status"], "terminated");
}

#[test]
fn a_stop_and_a_restart_go_on_without_their_client() {
    let world = World::new();
    start_stubborn(&world, 2);
    for verb in ["restart", "stop"] {
        world.pp(["wait", "--pattern", "up", "stubborn"]).ok();
        let client = world.spawn_pp([verb, "stubborn"]);
        world.until_status("stubborn", "stopping");
        client.signal(rustix::process::Signal::INT);
        client.end();
        let status = if verb == "stop" { "terminated" } else { "running" };
        world.until_status("stubborn", status);
    }
    assert_eq!(world.process("stubborn")["run"], 2);
}
