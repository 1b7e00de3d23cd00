//! A data directory that is read-only: processes can be seen and stopped, and requests that need
//! to write fail with a clear error.

use insta::assert_snapshot;

use crate::support::disk::{ReadOnly, is_root};
use crate::support::procs::{Signal, alive, kill};
use crate::support::{World, until};

fn make_read_only(world: &World) -> ReadOnly {
    ReadOnly::over(world.folder("data")).expect("the data directory can be mounted read-only")
}

#[test]
fn a_daemon_starts_on_a_read_only_disk() {
    if !is_root("read_only::a_daemon_starts_on_a_read_only_disk") {
        return;
    }
    let world = World::new();
    world
        .pp(["start", "--label", "it", "--wait-pattern", "there", "sh", "-c", "echo there; cat"])
        .ok();
    kill(world.daemons()[0].pid, Signal::KILL);
    let read_only = make_read_only(&world);
    assert_eq!(world.pp(["output", "it"]).ok().out(), "there\n");
    assert_eq!(world.process("it")["status"], "running");
    assert_snapshot!(world.pp(["start", "--label", "more", "sleep", "1000"]), @"
    --- stderr
    Error: Cannot write to <data>/processes/more: Read-only file system (os error 30).
    Check the permissions and the free space of the data directory.
    --- exit 1
    ");
    assert!(world.pp(["doctor"]).out().contains("Read-only file system"));
    world.pp(["stop", "it"]).ok();
    assert_eq!(world.process("it")["status"], "terminated");
    drop(read_only);
    // A daemon that is shutting down refuses starts.
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::TERM);
    until_ended(daemon);
    world.pp(["start", "--label", "more", "sleep", "1000"]).ok();
    assert_eq!(world.process("it")["status"], "terminated");
}

#[test]
fn an_exit_that_could_not_be_recorded_outlives_daemons() {
    if !is_root("read_only::an_exit_that_could_not_be_recorded_outlives_daemons") {
        return;
    }
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", "read line; exit 6"]).ok();
    let shim = world.shim_pid(&world.process("it"));
    let read_only = make_read_only(&world);
    world.pp(["send", "it", "go"]).ok();
    world.pp(["wait", "--for", "exit", "it"]).ok();
    for signal in [Signal::TERM, Signal::KILL] {
        let daemon = world.daemons()[0].pid;
        kill(daemon, signal);
        until_ended(daemon);
        assert_eq!(world.process("it")["exit_code"], 6);
    }
    drop(read_only);
    // The shim records the exit when the daemon disconnects, and ends.
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until_ended(daemon);
    until_ended(shim);
    let process = world.process("it");
    assert_eq!((&process["status"], &process["exit_code"]), (&"exited".into(), &6.into()));
}

#[test]
fn a_restart_that_cannot_be_recorded_ends_no_process() {
    if !is_root("read_only::a_restart_that_cannot_be_recorded_ends_no_process") {
        return;
    }
    let world = World::new();
    world.pp(["start", "--label", "runs", "sleep", "1000"]).ok();
    world.pp(["run", "--label", "exited", "sh", "-c", "exit 5"]);
    world.pp(["start", "--label", "exits", "sh", "-c", "read line; exit 6"]).ok();
    let pid = world.process("runs")["pid"].clone();
    let read_only = make_read_only(&world);
    world.pp(["send", "exits", "go"]).ok();
    world.pp(["wait", "--for", "exit", "exits"]).ok();
    for label in ["runs", "exited", "exits"] {
        let output = world.pp(["restart", label]);
        assert!(output.code == 1 && output.err().contains("Cannot write to"), "{output}");
    }
    let assert_unchanged = || {
        assert_eq!(world.process("runs")["pid"], pid);
        assert_eq!(world.process("runs")["status"], "running");
        assert_eq!(world.process("exited")["exit_code"], 5);
        assert_eq!(world.process("exits")["exit_code"], 6);
    };
    assert_unchanged();
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until_ended(daemon);
    assert_unchanged();
    drop(read_only);
    world.pp(["restart", "exits"]).ok();
    assert_eq!(world.process("exits")["run"], 2);
}

fn until_ended(pid: u32) {
    until("the end of a process", || if alive(pid) { Err("alive".into()) } else { Ok(()) });
}
