//! `pp forget`: deletes an ended process from the list, and its logs from disk.

use insta::assert_snapshot;

use crate::support::World;

#[test]
fn forget_deletes_the_record_and_the_logs() {
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
fn a_running_process_cannot_be_forgotten() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["forget", "nap"]), @"
    --- stderr
    Error: `nap` is still running.
    Run `pp stop nap` to end it first.
    --- exit 1
    ");
    assert_eq!(world.process("nap")["status"], "running");
}

#[test]
fn a_process_started_after_forget_begins_with_run_1() {
    let world = World::new();
    world.pp(["echo", "hi"]).ok();
    world.pp(["echo", "hi"]).ok();
    world.pp(["forget", "echo", "hi"]).ok();
    world.pp(["echo", "hi"]).ok();
    assert_eq!(world.process("echo")["run"], 1);
}
