//! `pp send` and `pp signal`: what a process is told arrives, once, whole, and in order.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::World;
use crate::support::scripts::PRINTS_SIGNALS;

/// A world with a `cat` under the label `it`.
fn cat() -> World {
    let world = World::new();
    world.pp(["start", "--label", "it", "cat"]).ok();
    world
}

/// Closes its input and answers everything it printed.
fn printed(world: &World) -> String {
    world.pp(["send", "--eof", "it"]).ok();
    world.pp(["wait", "--for", "exit", "it"]).ok();
    world.pp(["output", "--raw", "it"]).ok().out()
}

#[test]
fn words_arrive_as_a_line() {
    let world = cat();
    assert_snapshot!(world.pp(["send", "it", "hello", "there"]), @"
    Sent 12 bytes to it
    --- exit 0
    ");
    world.pp(["send", "it", "a  b", "--eof"]).ok();
    world.pp(["send", "it", "--", "-v"]).ok();
    assert_eq!(printed(&world), "hello there\na  b --eof\n-v\n");
}

#[test]
fn without_an_enter_when_told_so() {
    let world = cat();
    world.pp(["send", "--no-newline", "it", "one"]).ok();
    world.pp(["send", "--no-newline", "it", "two"]).ok();
    assert_eq!(printed(&world), "onetwo");
}

#[test]
fn the_end_of_input_can_come_with_the_text_or_alone() {
    let world = cat();
    assert_snapshot!(world.pp(["send", "--eof", "it", "last"]), @"
    Sent 5 bytes to it and closed its input
    --- exit 0
    ");
    world.pp(["wait", "--for", "exit", "it"]).ok();
    assert_eq!(world.pp(["output", "it"]).ok().out(), "last\n");
    let world = cat();
    assert_snapshot!(world.pp(["send", "--eof", "it"]), @"
    Closed the input of it
    --- exit 0
    ");
    world.pp(["wait", "--for", "exit", "it"]).ok();
}

#[test]
fn a_dash_is_our_standard_input_byte_for_byte() {
    let world = cat();
    let mut command = world.command("sh");
    command.args(["-c", "{ seq 1 50000; printf '\\377end'; } | pp send it -"]);
    world.run(command).ok();
    world.pp(["send", "--eof", "it"]).ok();
    world.pp(["wait", "--for", "exit", "it"]).ok();
    let mut expected: Vec<u8> = (1..=50_000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
    expected.extend(b"\xffend");
    let got = world.pp(["output", "--raw", "-n", "all", "it"]).ok().stdout;
    assert!(got == expected, "{} bytes of {}", got.len(), expected.len());
}

#[test]
fn what_is_typed_goes_on_its_way_before_the_end() {
    let world = cat();
    let mut command = world.pp_command(["send", "it", "-"]);
    command.stdin(Stdio::piped());
    let mut typing = world.spawn(command);
    typing.type_in(b"first\n");
    world.pp(["wait", "--pattern", "first", "it"]).ok();
    typing.type_in(b"second\n");
    assert_snapshot!(typing.end(), @"
    Sent 13 bytes to it
    --- exit 0
    ");
    assert_eq!(printed(&world), "first\nsecond\n");
}

#[test]
fn a_program_that_does_not_read_is_said_to_be_deaf() {
    let world = World::new();
    world.pp(["start", "--label", "deaf", "sleep", "1000"]).ok();
    let much = "x".repeat(100_000);
    assert_snapshot!(world.pp(["send", "deaf", &much]), @"
    --- stderr
    Error: `deaf` does not read its input, and no more of it fits.
    What fitted will reach the process when it reads again. Run `persistproc output deaf` to see what it is doing. Run `persistproc restart deaf` to start a new run.
    --- exit 1
    ");
}

#[test]
fn an_ended_process_hears_nothing() {
    let world = World::new();
    world.pp(["run", "--label", "it", "sh", "-c", "exit 0"]).ok();
    assert_eq!(world.pp(["send", "it", "hello"]).code, 1);
    assert_eq!(world.pp(["signal", "HUP", "it"]).code, 1);
    assert_eq!(world.pp(["send", "nobody", "hello"]).code, 3);
    assert_eq!(world.pp(["send", "it"]).code, 2);
}

#[test]
fn a_signal_by_any_of_its_names() {
    let world = World::new();
    world
        .pp(["start", "--label", "web", "--wait-pattern", "ready", "sh", "-c", PRINTS_SIGNALS])
        .ok();
    assert_snapshot!(world.pp(["signal", "HUP", "web"]), @"
    Sent SIGHUP to web
    --- exit 0
    ");
    world.pp(["wait", "--pattern", "got HUP", "web"]).ok();
    assert_snapshot!(world.pp(["signal", "sigusr1", "web"]), @"
    Sent SIGUSR1 to web
    --- exit 0
    ");
    world.pp(["wait", "--pattern", "got USR1", "web"]).ok();
    assert_snapshot!(world.pp(["signal", "NOPE", "web"]), @r#"
    --- stderr
    Error: `signal` cannot be "NOPE": there is no such signal.
    Give one of HUP, INT, QUIT, ABRT, ALRM, TERM, KILL, STOP, CONT, TSTP, TTIN, TTOU, USR1, USR2, WINCH, PIPE.
    --- exit 2
    "#);
    assert_snapshot!(world.pp(["signal", "web", "TERM"]), @r#"
    --- stderr
    Error: `signal` cannot be "web": there is no such signal.
    The signal comes first: `persistproc signal TERM web`.
    --- exit 2
    "#);
    let answer = world.pp(["--format", "json", "signal", "TERM", "web"]).ok().json();
    assert_eq!(answer["label"], "web");
    world.pp(["wait", "--for", "exit", "web"]).ok();
    assert_eq!(world.process("web")["exit_code"], 5);
}
