//! `pp forget`: an ended process and its logs are gone, from the list and from the disk.

use insta::assert_snapshot;

use crate::support::World;

#[test]
fn an_ended_process_is_forgotten_with_its_logs() {
    let world = World::new();
    world.pp(["run", "--label", "done", "echo", "hi"]).ok();
    let folder = world.runs_folder(&world.process("done"));
    assert!(folder.exists());
    assert_snapshot!(world.pp(["forget", "done"]), @"
    Forgot done (1 run, 82 B of logs)
    --- exit 0
    ");
    assert!(world.list().is_empty());
    assert!(!folder.parent().unwrap().exists());
}

#[test]
fn a_running_process_is_not_forgotten() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["forget", "nap"]), @"
    --- stderr
    Error: `nap` is still running.
    Run `persistproc stop nap` to end it first.
    --- exit 1
    ");
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn the_next_one_of_that_name_begins_with_run_one() {
    let world = World::new();
    world.pp(["echo", "hi"]).ok();
    world.pp(["echo", "hi"]).ok();
    world.pp(["forget", "echo", "hi"]).ok();
    world.pp(["echo", "hi"]).ok();
    assert_eq!(world.process("echo")["run"], 1);
}
