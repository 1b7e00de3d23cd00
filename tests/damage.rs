//! Log files that are shortened or deleted under a running process: what is left is readable, every view
//! says what is missing, and what follows is stored.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::procs::alive;
use crate::support::{World, until};

/// Prints its arguments as lines, one for each line that it reads.
const ECHO: &str = "while read line; do echo \"$line\"; done";

fn start(world: &World) -> PathBuf {
    world.pp(["start", "--label", "it", "sh", "-c", ECHO]).ok();
    say(world, "before");
    world.runs_folder(&world.process("it")).join("1")
}

/// Has the process print a line, and waits until it is stored.
fn say(world: &World, line: &str) {
    world.pp(["send", "it", line]).ok();
    until("the line to be stored", || {
        let page = world.pp(["output", "-n", "1", "it"]).out();
        if page.contains(line) { Ok(()) } else { Err(page) }
    });
}

fn empty(path: &Path) {
    File::options().write(true).open(path).unwrap().set_len(0).unwrap();
}

#[test]
fn every_view_says_what_was_emptied_and_later_output_is_stored() {
    let world = World::new();
    let run = start(&world);
    empty(&run.join("combined.log"));
    say(&world, "after");

    const NOTE: &str = "[persistproc: 7 bytes of output are missing here, the log was damaged]";
    assert_eq!(world.pp(["output", "it"]).ok().out(), format!("{NOTE}\nafter\n"));
    let all = world.pp(["output", "-n", "all", "it"]).ok().out();
    assert_eq!(all, format!("{NOTE}\nafter\n"));
    let raw = world.pp(["output", "--raw", "-n", "all", "it"]);
    assert_eq!((raw.code, raw.out().as_str()), (1, "after\n"));
    assert!(raw.err().contains("7 bytes of output are missing"), "{}", raw.err());
    world.pp(["stop", "it"]).ok();
    let followed = world.pp(["output", "-f", "-n", "all", "it"]).ok();
    assert_eq!(followed.out(), "after\n");
    assert!(followed.err().contains("another program has changed the log"), "{}", followed.err());
    let found = world.pp(["--format", "json", "search", "after"]).ok().json();
    assert_eq!(found["matches"].as_array().unwrap().len(), 1, "{found:#}");
    assert!(found["note"].as_str().unwrap().contains("7 bytes"), "{found:#}");
}

#[test]
fn a_deleted_run_folder_is_made_again_with_all_output() {
    let world = World::new();
    let run = start(&world);
    fs::remove_dir_all(&run).unwrap();
    say(&world, "after");
    assert_eq!(world.pp(["output", "--raw", "-n", "all", "it"]).ok().out(), "before\nafter\n");

    // Also if the process prints nothing more.
    fs::remove_dir_all(&run).unwrap();
    world.pp(["stop", "it"]).ok();
    assert_eq!(world.pp(["output", "-n", "all", "it"]).ok().out(), "before\nafter\n");
    world.persistproc(["shutdown"]).ok();
    assert_eq!(world.process("it")["status"], "terminated");
}

#[test]
fn the_log_of_an_ended_run_is_read_without_its_index_and_with_what_is_left() {
    for damaged in ["index", "stdout.log"] {
        let world = World::new();
        let run = start(&world);
        world.pp(["stop", "it"]).ok();
        fs::remove_file(run.join(damaged)).unwrap();
        let raw = world.pp(["output", "--raw", "-n", "all", "it"]).ok();
        assert_eq!(raw.out(), "before\n", "{damaged}");
    }
    let world = World::new();
    let run = start(&world);
    say(&world, "after");
    world.pp(["stop", "it"]).ok();
    File::options().write(true).open(run.join("combined.log")).unwrap().set_len(7).unwrap();
    let raw = world.pp(["output", "--raw", "-n", "all", "it"]);
    assert_eq!((raw.code, raw.out().as_str()), (1, "before\n"), "{}", raw.err());
    assert!(raw.err().contains("6 bytes of output are missing"), "{}", raw.err());
    let page = world.pp(["--format", "json", "output", "it"]).ok().json();
    assert!(page["note"].as_str().unwrap().contains("6 bytes at the end of run 1"), "{page:#}");
}

/// A reader that opens one of these never returns.
#[test]
fn a_log_that_is_no_regular_file_blocks_no_reader() {
    for name in ["index", "stdout.log", "gaps.jsonl", "run.json"] {
        let world = World::new();
        let run = start(&world);
        world.pp(["stop", "it"]).ok();
        let path = run.join(name);
        fs::remove_file(&path).ok();
        let fifo = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(fifo.success());
        world.pp(["output", "-n", "all", "it"]);
        world.pp(["list"]).ok();
        world.pp(["search", "before"]);
        world.persistproc(["shutdown"]).ok();
        world.pp(["list"]).ok();
    }
}

#[test]
fn the_end_of_a_run_whose_records_were_deleted_is_kept() {
    let world = World::new();
    let script = "echo begun; until [ -e go ]; do sleep 0.02; done; echo ended; exit 3";
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    world.pp(["wait", "--pattern", "begun", "it"]).ok();
    let shim = world.shim_pid(&world.process("it"));
    fs::remove_dir_all(world.folder("data").join("processes")).unwrap();
    world.kill_daemon();
    world.write("go", "");
    until("the end of the shim", || if alive(shim) { Err(shim.to_string()) } else { Ok(()) });
    let listed = world.process("it");
    assert_eq!((&listed["status"], &listed["exit_code"]), (&json!("exited"), &json!(3)));
    assert_eq!(world.pp(["output", "-n", "all", "it"]).ok().out(), "begun\nended\n");
}
