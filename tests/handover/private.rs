//! A run with handed input or descriptors is private: no other start joins it, and nothing but its
//! own input reaches it.

use std::process::Stdio;

use insta::assert_snapshot;

use super::{same, with_pp};
use crate::support::background::Background;
use crate::support::{World, tools};

/// Prints the letter when four of it run at the same time.
const FOUR_AT_ONCE: &str =
    "touch r.$$; until [ $(ls r.* | wc -l) -ge 4 ]; do sleep 0.05; done; echo $1";

/// `pp` with these words and a pipe as standard input.
fn piped<const N: usize>(world: &World, words: [&str; N]) -> Background {
    let mut command = world.pp_command(words);
    command.stdin(Stdio::piped());
    world.spawn(command)
}

#[test]
fn the_same_words_with_input_of_their_own_are_two_processes() {
    let world = World::new();
    let counting = ["sh", "-c", "read x; echo ready $x; sort"];
    let mut first = piped(&world, counting);
    let mut second = piped(&world, counting);
    first.type_in(b"1\nc\na\n");
    second.type_in(b"2\nb\nd\n");
    first.until_stdout("ready 1");
    second.until_stdout("ready 2");
    let all = world.list();
    assert_eq!(all.len(), 2, "{all:#?}");
    for process in &all {
        let id = process["id"].as_str().unwrap();
        assert_eq!(process["status"], "running");
        assert_eq!(process["private"], true, "{process:#}");
        assert_eq!(process["stdin"], "handed", "{process:#}");
        assert!(world.pp(["output", id]).ok().out().starts_with("ready"));
    }
    assert_ne!(all[0]["label"], all[1]["label"], "{all:#?}");
    assert_eq!(first.end().ok().out(), "ready 1\na\nc\n");
    assert_eq!(second.end().ok().out(), "ready 2\nb\nd\n");
}

#[test]
fn no_start_joins_a_private_run() {
    let world = World::new();
    let mut private = piped(&world, ["sh", "-c", "read x; echo $x; cat"]);
    private.type_in(b"hello\n");
    private.until_stdout("hello");
    let start = ["--format", "json", "start", "sh", "-c", "read x; echo $x; cat"];
    let started = world.pp(start).ok().json();
    assert_eq!(started["already_running"], false, "{started:#}");
    assert_eq!(started["private"], serde_json::Value::Null, "{started:#}");
    let again = world.pp(start).ok().json();
    assert_eq!((&again["already_running"], &again["id"]), (&true.into(), &started["id"]));
    assert_eq!(private.end().ok().out(), "hello\n");
}

#[test]
fn parallel_calls_of_one_program_each_run() {
    let world = World::new();
    let xargs =
        format!("yes x | head -n 4 | timeout 30 xargs -P4 -n1 $PP sh -c '{FOUR_AT_ONCE}' _");
    assert_eq!(same(&world, &format!("{xargs}; rm r.*")), "x\nx\nx\nx\n");
    tools::path_of("make");
    let recipe = FOUR_AT_ONCE.replace('$', "$$");
    let rules: String =
        (1..=4).map(|n| format!("t{n}:\n\t@$(PP) sh -c '{recipe}' _ x\n")).collect();
    world.write("Makefile", &format!("all: t1 t2 t3 t4\n{rules}"));
    assert_eq!(same(&world, "timeout 30 make -s -j4; rm r.*"), "x\nx\nx\nx\n");
    assert_eq!(same(&world, "timeout 30 make -s -j4 < Makefile"), "x\nx\nx\nx\n");
}

/// Ended records are reused, so a loop does not fill the list.
#[test]
fn a_loop_leaves_one_process() {
    let world = World::new();
    let text = same(&world, "for i in $(seq 12); do echo $i | $PP cat; done");
    assert_eq!(text.lines().count(), 12);
    let all = world.list();
    assert_eq!((all.len(), &all[0]["run"]), (1, &12.into()), "{all:#?}");
    for _ in 0..2 {
        let pair = [piped(&world, ["cat"]), piped(&world, ["cat"])];
        for (mut cat, text) in pair.into_iter().zip(["a", "b"]) {
            cat.type_in(text.as_bytes());
            assert_eq!(cat.end().ok().out(), text);
        }
    }
    let all = world.list();
    assert_eq!(all.len(), 2, "{all:#?}");
}

#[test]
fn other_input_is_refused_with_the_reason() {
    let world = World::new();
    let mut cat = piped(&world, ["run", "--label", "it", "sh", "-c", "echo ready; cat"]);
    cat.until_stdout("ready");
    assert_snapshot!(world.pp(["send", "it", "hello"]), @r"
    --- stderr
    Error: `it` reads the input of the command that started it, so it takes no other input.
    Run `pp <command>` to start one that takes input.
    --- exit 2
    ");
    cat.type_in(b"own\n");
    cat.until_stdout("own");
    assert_eq!(cat.end().ok().out(), "ready\nown\n");
}

#[test]
fn a_restart_has_dev_null_as_input_and_says_so() {
    let world = World::new();
    let words = "echo one | pp run --label it sh -c 'readlink /proc/self/fd/0; cat'";
    let first = with_pp(&world, words).ok().out();
    assert!(first.starts_with("pipe:") && first.ends_with("one\n"), "{first}");
    assert_snapshot!(world.pp(["restart", "it"]), @r"
    Restarted it with PID N
    Its standard input is /dev/null
    --- exit 0
    ");
    let ended = world.until_status("it", "exited");
    assert_eq!(
        (&ended["stdin"], &ended["private"]),
        (&"dev_null".into(), &serde_json::Value::Null)
    );
    assert_eq!(world.pp(["output", "it"]).ok().out(), "/dev/null\n");
    world.pp(["restart", "it"]).ok();
    world.until_status("it", "exited");
    assert_eq!(world.pp(["output", "it"]).ok().out(), "/dev/null\n");
    // A start has input of its own again.
    world.pp(["start", "--label", "it", "sh", "-c", "readlink /proc/self/fd/0; cat"]).ok();
    world.pp(["send", "it", "typed"]).ok();
    world.pp(["send", "--eof", "it"]).ok();
    let ended = world.until_status("it", "exited");
    assert_eq!(ended["stdin"], serde_json::Value::Null, "{ended:#}");
    assert!(world.pp(["output", "it"]).ok().out().ends_with("typed\n"));
}
