//! `pp restart`: a new run of a process, running or ended.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::scripts::PRINTS_SIGNALS;
use crate::support::{World, until};

#[test]
fn a_running_process_gets_a_new_run_with_the_same_id_and_label() {
    let world = World::new();
    let before =
        world.pp(["--format", "json", "start", "--label", "nap", "sleep", "1000"]).ok().json();
    let after = world.pp(["--format", "json", "restart", "nap"]).ok().json();
    assert_ne!(before["pid"], after["pid"]);
    assert_eq!((&after["id"], &after["label"]), (&before["id"], &before["label"]));
    assert_eq!((&after["run"], &after["status"]), (&Value::from(2), &Value::from("running")));
    assert_eq!(world.children().len(), 1, "{:#?}", world.children());
}

#[test]
fn it_prints_the_new_pid() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["restart", "nap"]), @"
    Restarted nap with PID N
    --- exit 0
    ");
}

#[test]
fn restart_keeps_the_environment_and_directory_of_an_ended_process() {
    let world = World::new();
    let mut command = world.pp_command(["run", "--label", "mood", "sh", "-c", "echo $MOOD; pwd"]);
    command.env("MOOD", "good").current_dir(world.folder("home"));
    world.run(command).ok();
    world.pp(["restart", "mood"]).ok();
    let ended = world.until_status("mood", "exited");
    assert_eq!(ended["run"], 2);
    let home = world.folder("home");
    assert_eq!(world.pp(["output", "mood"]).ok().out(), format!("good\n{}\n", home.display()));
}

#[test]
fn output_of_the_earlier_run_stays_readable() {
    let world = World::new();
    world.pp(["sh", "-c", "date +%N"]).ok();
    let first = world.pp(["output", "sh"]).ok().out();
    world.pp(["restart", "sh"]).ok();
    world.until_status("date", "exited");
    assert_ne!(world.pp(["output", "sh"]).ok().out(), first);
    assert_eq!(world.pp(["output", "--run", "1", "sh"]).ok().out(), first);
}

#[test]
fn attached_clients_and_followers_continue_with_the_new_run() {
    let world = World::new();
    let watching = world.spawn_pp(["run", "--label", "web", "sh", "-c", PRINTS_SIGNALS]);
    watching.until_stdout("ready");
    let following = world.spawn_pp(["output", "-f", "web"]);
    following.until_stdout("ready");
    world.pp(["restart", "web"]).ok();
    watching.until_stdout("ready\nbye\nready\n");
    following.until_stdout("ready\nbye\nready\n");
    world.pp(["stop", "web"]).ok();
    assert_eq!(watching.end().code, 5);
    assert_eq!(following.end().ok().out(), "ready\nbye\nready\nbye\n");
}

#[test]
fn concurrent_restarts_leave_one_process() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let restarts: Vec<_> = (0..6).map(|_| world.spawn_pp(["restart", "nap"])).collect();
    for restart in restarts {
        // Each may fail because another one superseded it.
        restart.end();
    }
    until("one process", || match &world.children()[..] {
        [_] => Ok(()),
        other => Err(format!("{other:#?}")),
    });
    assert_eq!(world.process("nap")["status"], "running");
}
