//! A disk that can only be read: what is there can be seen and ended, and what cannot be done is
//! said in a sentence.

use insta::assert_snapshot;

use crate::support::disk::{ReadOnly, is_root};
use crate::support::procs::{Signal, alive, kill};
use crate::support::{World, until};

#[test]
fn the_next_daemon_comes_all_the_same() {
    if !is_root("read_only::the_next_daemon_comes_all_the_same") {
        return;
    }
    let world = World::new();
    world
        .pp(["start", "--label", "it", "--wait-pattern", "there", "sh", "-c", "echo there; cat"])
        .ok();
    kill(world.daemons()[0].pid, Signal::KILL);
    let locked = ReadOnly::over(world.folder("data")).expect("nobody writes there");
    assert_eq!(world.pp(["output", "it"]).ok().out(), "there\n");
    assert_eq!(world.process("it")["status"], "running");
    assert_snapshot!(world.pp(["start", "--label", "more", "sleep", "1000"]), @"
    --- stderr
    Error: Cannot write to <data>/processes/work-sleep-1000: Read-only file system (os error 30).
    Check the permissions and the free space of the data directory.
    --- exit 1
    ");
    assert!(world.pp(["doctor"]).out().contains("Read-only file system"));
    world.pp(["stop", "it"]).ok();
    assert_eq!(world.process("it")["status"], "terminated");
    drop(locked);
    kill(world.daemons()[0].pid, Signal::TERM);
    world.pp(["start", "--label", "more", "sleep", "1000"]).ok();
    assert_eq!(world.process("it")["status"], "terminated");
}

#[test]
fn an_exit_that_cannot_be_written_down_outlives_daemons() {
    if !is_root("read_only::an_exit_that_cannot_be_written_down_outlives_daemons") {
        return;
    }
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "read line; exit 6"]).ok();
    let shim = world.shim_pid(&world.process("it"));
    let locked = ReadOnly::over(world.folder("data")).expect("nobody writes there");
    world.pp(["send", "it", "go"]).ok();
    world.pp(["wait", "--for", "exit", "it"]).ok();
    for signal in [Signal::TERM, Signal::KILL] {
        let daemon = world.daemons()[0].pid;
        kill(daemon, signal);
        until_gone(daemon);
        assert_eq!(world.process("it")["exit_code"], 6);
    }
    drop(locked);
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until_gone(daemon);
    until_gone(shim);
    let process = world.process("it");
    assert_eq!((&process["status"], &process["exit_code"]), (&"exited".into(), &6.into()));
}

#[test]
fn nothing_is_ended_for_a_run_that_cannot_be() {
    if !is_root("read_only::nothing_is_ended_for_a_run_that_cannot_be") {
        return;
    }
    let world = World::new();
    world.pp(["start", "--label", "runs", "sleep", "1000"]).ok();
    world.pp(["run", "--label", "over", "sh", "-c", "exit 5"]);
    world.pp(["start", "--label", "ends", "sh", "-c", "read line; exit 6"]).ok();
    let pid = world.process("runs")["pid"].clone();
    let locked = ReadOnly::over(world.folder("data")).expect("nobody writes there");
    world.pp(["send", "ends", "go"]).ok();
    world.pp(["wait", "--for", "exit", "ends"]).ok();
    for name in ["runs", "over", "ends"] {
        let output = world.pp(["restart", name]);
        assert!(output.code == 1 && output.err().contains("Cannot write to"), "{output}");
    }
    let as_before = || {
        assert_eq!(world.process("runs")["pid"], pid);
        assert_eq!(world.process("runs")["status"], "running");
        assert_eq!(world.process("over")["exit_code"], 5);
        assert_eq!(world.process("ends")["exit_code"], 6);
    };
    as_before();
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until_gone(daemon);
    as_before();
    drop(locked);
    world.pp(["restart", "ends"]).ok();
    assert_eq!(world.process("ends")["run"], 2);
}

fn until_gone(pid: u32) {
    until("its end", || if alive(pid) { Err("alive".into()) } else { Ok(()) });
}
