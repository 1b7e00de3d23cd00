//! `pp shutdown`: every process, then the daemon; with `--keep` the daemon alone.

use insta::assert_snapshot;

use crate::support::daemon::pid;
use crate::support::procs::alive;
use crate::support::{World, until};

/// Two processes; their pids.
fn two(world: &World) -> [u32; 2] {
    world.pp(["start", "--label", "one", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "two", "--tty", "sleep", "1001"]).ok();
    [pid(&world.process("one")), pid(&world.process("two"))]
}

fn until_nothing_is_left(world: &World) {
    until("the end of everything", || match &world.processes()[..] {
        [] => Ok(()),
        left => Err(format!("{left:#?}")),
    });
}

/// Shuts down, and sees that both were stopped, and that this is said.
#[track_caller]
fn both_stop(world: &World, pids: [u32; 2]) {
    assert_snapshot!(world.pp(["shutdown"]), @"
    Daemon stopped (pid N); 2 processes stopped.
    --- exit 0
    ");
    assert!(!pids.into_iter().any(alive));
    until_nothing_is_left(world);
}

#[test]
fn everything_stops_and_says_so() {
    let world = World::new();
    let pids = two(&world);
    both_stop(&world, pids);
    // The records stay.
    assert_eq!(world.process("one")["status"], "terminated");
}

#[test]
fn keep_leaves_the_processes_to_the_next_daemon() {
    let world = World::new();
    let pids = two(&world);
    let daemon = world.daemons()[0].pid;
    assert_snapshot!(world.pp(["shutdown", "--keep"]), @"
    Daemon stopped (pid N); 0 processes stopped, 2 processes left running.
    --- exit 0
    ");
    until("the daemon's end", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
    assert!(pids.into_iter().all(alive));
    assert_eq!([pid(&world.process("one")), pid(&world.process("two"))], pids);
    assert_ne!(world.daemons()[0].pid, daemon);
}

#[test]
fn what_was_left_running_without_a_daemon_is_stopped_too() {
    let world = World::new();
    let pids = two(&world);
    world.pp(["shutdown", "--keep"]).ok();
    both_stop(&world, pids);
}

#[test]
fn nobody_who_waited_for_a_daemon_that_left_comes_after_the_next() {
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
    until_nothing_is_left(&world);
}

#[test]
fn without_a_daemon_there_is_nothing_to_do() {
    let world = World::new();
    assert_snapshot!(world.pp(["shutdown"]), @"
    --- stderr
    Error: No daemon runs for <data>.
    There is nothing to shut down.
    --- exit 4
    ");
    assert!(world.daemons().is_empty(), "it started one to stop it");
}

#[test]
fn those_who_watch_are_told_the_end() {
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
    until_nothing_is_left(&world);
}

#[test]
fn json_says_who_left() {
    let world = World::new();
    two(&world);
    let daemon = world.daemons()[0].pid;
    let answer = world.pp(["--format", "json", "shutdown"]).ok().json();
    assert_eq!(
        (answer["pid"].as_u64(), answer["stopped"].as_u64()),
        (Some(daemon.into()), Some(2))
    );
}
