//! `pp logs` of several processes: their lines, merged by time, each after the name of its process.

use std::fs;

use insta::assert_snapshot;

use serde_json::Value;

use crate::support::procs::Signal;
use crate::support::{Tmux, World, until};

/// Prints each line that is written to the pipe of this name.
const ECHOES: &str = "mkfifo $0; while :; do while read line; do echo \"$line\"; done <$0; done";

/// Starts a process that prints what [`say`] gives it.
fn start(world: &World, name: &str) {
    world.pp(["start", "--label", name, "sh", "-c", ECHOES, name]).ok();
    until("its pipe", || {
        if world.work().join(name).exists() { Ok(()) } else { Err("no pipe".to_owned()) }
    });
}

/// Prints a line by this process, and waits until it is logged.
fn say(world: &World, name: &str, line: &str) {
    fs::write(world.work().join(name), format!("{line}\n")).unwrap();
    until("the line in the log", || {
        let logged = world.pp(["output", name]).ok().out();
        if logged.ends_with(&format!("{line}\n")) { Ok(()) } else { Err(logged) }
    });
}

#[test]
fn the_last_lines_of_all_are_merged_by_time() {
    let world = World::new();
    start(&world, "web");
    start(&world, "worker");
    say(&world, "web", "one");
    say(&world, "worker", "two");
    say(&world, "worker", "three");
    say(&world, "web", "four");
    assert_snapshot!(world.pp(["logs", "web", "worker"]), @"
    web    | one
    worker | two
    worker | three
    web    | four
    --- exit 0
    ");
    // As many lines of each.
    assert_snapshot!(world.pp(["logs", "--here", "-n", "1"]), @"
    worker | three
    web    | four
    --- exit 0
    ");
    assert_eq!(world.pp(["logs", "--here", "-n", "2"]).out().lines().count(), 4);
    // Without a target: all of this directory.
    assert_snapshot!(world.pp(["logs", "--lines", "all"]), @"
    web    | one
    worker | two
    worker | three
    web    | four
    --- exit 0
    ");
    let json = world.pp(["--format", "json", "logs", "--all", "-n", "1"]).ok().out();
    let last: Value = serde_json::from_str(json.lines().last().unwrap()).unwrap();
    assert_eq!((&last["name"], &last["line"]), (&"web".into(), &"four".into()), "{json}");
    let timed = world.pp(["logs", "-t", "web", "worker"]).ok().out();
    let line = timed.lines().next().unwrap();
    assert!(line.starts_with("web    | ") && line.ends_with(" one"), "{line}");
    assert_eq!(line.len(), "web    | 00:00:00.000 one".len(), "{line}");
}

#[test]
fn what_only_one_process_has_is_refused() {
    let world = World::new();
    start(&world, "web");
    start(&world, "worker");
    assert_snapshot!(world.pp(["logs", "--raw", "web", "worker"]), @"
    --- stderr
    Error: `--raw` shows the output of one process.
    Name one process, or leave out `--raw`.
    --- exit 2
    ");
}

#[test]
fn a_pattern_selects_lines_of_each() {
    let world = World::new();
    start(&world, "web");
    start(&world, "worker");
    for line in ["one error", "two"] {
        say(&world, "web", line);
    }
    for line in ["three", "four Error", "five error"] {
        say(&world, "worker", line);
    }
    assert_snapshot!(world.pp(["logs", "web", "worker", "--grep", "error"]), @"
    web    | one error
    worker | four Error
    worker | five error
    --- exit 0
    ");
    assert_snapshot!(world.pp(["logs", "--here", "--grep", "error", "-n", "1"]), @"
    web    | one error
    worker | five error
    --- exit 0
    ");
    assert_snapshot!(world.pp(["logs", "--here", "--grep", "nosuch"]), @"
    --- exit 1
    ");
    assert_eq!(world.pp(["logs", "--here", "--grep", "("]).code, 2);
    let rows = world.pp(["logs", "--here", "--grep", "two", "--rows"]).ok().json();
    assert_eq!((&rows["name"], &rows["line"]), (&"web".into(), &"two".into()));
}

#[test]
fn times_are_local_in_a_terminal_and_those_of_the_api_in_a_pipe() {
    let world = World::new();
    start(&world, "web");
    say(&world, "web", "one");
    let piped = world.pp(["logs", "-t", "web"]).ok().out();
    let (time, line) = piped.trim_end().split_once(' ').unwrap();
    assert!(time.ends_with('Z') && line == "one", "{piped}");
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    // Tokyo has no daylight saving time.
    let hour_there = (time[11..13].parse::<u32>().unwrap() + 9) % 24;
    let expected = format!("{hour_there:02}{} one", &time[13..23]);
    for command in ["logs -t web", "logs -t -n all web"] {
        screen.run(&format!("clear; TZ=Asia/Tokyo pp {command}"));
        screen.until(&expected);
    }
    screen.type_line("clear; TZ=Asia/Tokyo pp logs -t -f web");
    screen.until(&expected);
}

#[test]
fn following_named_processes_ends_with_the_last_of_them() {
    let world = World::new();
    start(&world, "web");
    start(&world, "worker");
    say(&world, "web", "before");
    let follower = world.spawn_pp(["logs", "-f", "web", "worker"]);
    follower.until_stdout("web    | before");
    say(&world, "worker", "live");
    follower.until_stdout("worker | live");
    // A new run goes on in the same view.
    fs::remove_file(world.work().join("web")).unwrap();
    world.pp(["restart", "web"]).ok();
    until("its pipe", || {
        if world.work().join("web").exists() { Ok(()) } else { Err("no pipe".to_owned()) }
    });
    say(&world, "web", "again");
    follower.until_stdout("web    | again");
    world.pp(["stop", "web"]).ok();
    say(&world, "worker", "alone");
    follower.until_stdout("worker | alone");
    world.pp(["stop", "worker"]).ok();
    let output = follower.end();
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(output.out(), "web    | before\nworker | live\nweb    | again\nworker | alone\n");
    assert!(output.err().contains("worker was "), "{output}");
}

#[test]
fn following_a_directory_shows_what_starts_later_and_ctrl_c_ends_only_the_view() {
    let world = World::new();
    start(&world, "web");
    fs::create_dir(world.folder("home").join("other")).unwrap();
    let follower = world.spawn_pp(["logs", "-f", "--here"]);
    say(&world, "web", "one");
    follower.until_stdout("web | one");
    world.pp(["run", "--label", "build", "echo", "built"]).ok();
    follower.until_stdout("build | built");
    world.pp(["run", "--label", "build", "echo", "built"]).ok();
    until("its second run", || {
        let text = follower.out();
        if text.matches("build | built").count() == 2 { Ok(()) } else { Err(text) }
    });
    let mut elsewhere = world.pp_command(["run", "--label", "elsewhere", "echo", "no"]);
    elsewhere.current_dir(world.folder("home").join("other"));
    world.run(elsewhere).ok();
    say(&world, "web", "two");
    follower.until_stdout("web   | two");
    follower.signal(Signal::INT);
    let output = follower.end();
    assert!(!output.out().contains("elsewhere"), "{output}");
    assert_eq!(world.process("web")["status"], "running");
}

#[test]
fn names_have_colours_in_a_terminal() {
    let world = World::new();
    start(&world, "web");
    start(&world, "worker");
    say(&world, "web", "one");
    say(&world, "worker", "two");
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    assert_eq!(screen.run("pp logs web worker"), 0);
    screen.until("worker | two");
    let colours = screen.colours();
    assert!(
        colours.contains("mweb    |\u{1b}[") && colours.contains("mworker |\u{1b}["),
        "{colours:?}"
    );
    assert_eq!(screen.run("clear; NO_COLOR=1 pp logs web worker"), 0);
    screen.until("worker | two");
    let plain = screen.colours();
    assert!(plain.contains("web    | one") && plain.contains("worker | two"), "{plain:?}");
}
