//! `pp send` and `pp signal`: input and signals arrive once, complete and in order.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::support::World;
use crate::support::scripts::PRINTS_SIGNALS;

/// A world with `cat` running under the label `it`.
fn cat() -> World {
    let world = World::new();
    world.pp(["start", "--label", "it", "cat"]).ok();
    world
}

/// Closes the input of `it` and returns everything it printed.
fn output_after_eof(world: &World) -> String {
    world.pp(["send", "--eof", "it"]).ok();
    world.pp(["wait", "--for", "exit", "it"]).ok();
    world.pp(["output", "--raw", "it"]).ok().out()
}

#[test]
fn words_are_sent_as_one_line() {
    let world = cat();
    assert_snapshot!(world.pp(["send", "it", "hello", "there"]), @"
    Sent `hello there` to it
    --- exit 0
    ");
    world.pp(["send", "it", "a  b", "--eof"]).ok();
    world.pp(["send", "it", "--", "-v"]).ok();
    assert_eq!(output_after_eof(&world), "hello there\na  b --eof\n-v\n");
}

#[test]
fn no_newline_sends_the_text_alone() {
    let world = cat();
    world.pp(["send", "--no-newline", "it", "one"]).ok();
    world.pp(["send", "--no-newline", "it", "two"]).ok();
    assert_eq!(output_after_eof(&world), "onetwo");
}

#[test]
fn eof_can_follow_the_text_or_be_sent_alone() {
    let world = cat();
    assert_snapshot!(world.pp(["send", "--eof", "it", "last"]), @"
    Sent `last` to it and closed its input
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
fn a_dash_forwards_standard_input_byte_for_byte() {
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
fn standard_input_is_forwarded_before_its_end() {
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
    assert_eq!(output_after_eof(&world), "first\nsecond\n");
}

#[test]
fn a_program_that_does_not_read_its_input_is_reported() {
    let world = World::new();
    world.pp(["start", "--label", "busy", "sleep", "1000"]).ok();
    let long_text = "x".repeat(100_000);
    assert_snapshot!(world.pp(["send", "busy", &long_text]), @"
    --- stderr
    Error: `busy` does not read its input, and its input buffer is full.
    The part that fit reaches the process when it reads again. Run `pp output busy` to see what it is doing. Run `pp restart busy` to start a new run.
    --- exit 1
    ");
}

#[test]
fn sending_to_an_ended_or_unknown_process_fails() {
    let world = World::new();
    world.pp(["run", "--label", "it", "sh", "-c", "exit 0"]).ok();
    assert_eq!(world.pp(["send", "it", "hello"]).code, 1);
    assert_eq!(world.pp(["signal", "HUP", "it"]).code, 1);
    assert_eq!(world.pp(["send", "unknown", "hello"]).code, 3);
    assert_eq!(world.pp(["send", "it"]).code, 2);
}

#[test]
fn a_signal_is_accepted_in_every_spelling() {
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
    The signal comes first: `pp signal TERM web`.
    --- exit 2
    "#);
    let answer = world.pp(["--format", "json", "signal", "TERM", "web"]).ok().json();
    assert_eq!(answer["label"], "web");
    world.pp(["wait", "--for", "exit", "web"]).ok();
    assert_eq!(world.process("web")["exit_code"], 5);
}
