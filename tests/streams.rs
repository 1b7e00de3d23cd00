//! The standard streams of `pp <program>`: in a terminal one terminal for all of them, `--split` for
//! two, and each redirected stream for itself. What the program prints has the order of the program.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::tools::number_from_env;
use crate::support::{Tmux, World, until};

/// Writes alternately to standard error (the trace of `-x`) and standard output.
const TRACED: &str = "for i in 1 2 3 4 5; do echo out $i; done\n";

/// How often the traced script runs.
fn rounds() -> usize {
    number_from_env("PERSISTPROC_TEST_ROUNDS", 20) as usize
}

/// Whether the latest run has merged or split streams. Only merged ones are named.
fn streams_of(process: &Value) -> &str {
    process["streams"].as_str().unwrap_or("split")
}

/// What `bash -x` prints for the traced script.
fn bare_trace(world: &World) -> String {
    let mut command = world.command("sh");
    command.args(["-c", "bash -x traced 2>&1"]);
    world.run(command).ok().out()
}

#[test]
fn in_a_terminal_the_order_is_that_of_the_program() {
    let world = World::new();
    world.write("traced", TRACED);
    let bare = bare_trace(&world).replace('\n', "\r\n");
    let mut command = world.command("script");
    let rounds = rounds();
    let all = format!("for i in $(seq {rounds}); do pp bash -x traced; done");
    command.args(["-qec", &all, "/dev/null"]);
    let shown = world.run(command).ok().out();
    assert_eq!(shown.matches(&bare).count(), rounds, "{shown}");
    assert_eq!(streams_of(&world.process("traced")), "merged");
}

#[test]
fn in_a_file_for_both_streams_the_order_is_that_of_the_program() {
    let world = World::new();
    world.write("traced", TRACED);
    let bare = bare_trace(&world);
    let mut command = world.command("bash");
    let rounds = rounds();
    let all = format!("for i in $(seq {rounds}); do pp bash -x traced; done >log 2>&1");
    command.args(["-c", &all]);
    world.run(command).ok();
    let log = fs::read_to_string(world.work().join("log")).unwrap();
    assert_eq!(log.matches(&bare).count(), rounds, "{log}");
    assert_eq!(log.len(), bare.len() * rounds);
    let process = world.process("traced");
    assert_eq!((streams_of(&process), &process["tty"]), ("merged", &false.into()));
}

#[test]
fn two_files_and_dev_null_are_two_pipes() {
    let world = World::new();
    for (redirection, expected) in [
        (">a 2>b", "split"),
        (">/dev/null 2>&1", "split"),
        (">a 2>&1", "merged"),
        ("2>&1 | cat", "merged"),
    ] {
        let mut command = world.command("sh");
        command.args([
            "-c",
            &format!("pp run --label it sh -c 'echo out; echo err >&2' {redirection}"),
        ]);
        world.run(command).ok();
        assert_eq!(streams_of(&world.process("it")), expected, "{redirection}");
    }
}

#[test]
fn split_gives_standard_error_a_terminal_of_its_own() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let ask = "console.log(process.stdout.isTTY, process.stderr.isTTY); console.error(\"E\")";
    assert_eq!(screen.run(&format!("clear; pp run --split node -e '{ask}'")), 0);
    let text = screen.text();
    assert!(text.starts_with("true true\nE\n[exit"), "{text}");
    assert_eq!(world.pp(["output", "--stream", "stderr", "node"]).ok().out(), "E\n");
    assert_eq!(world.pp(["output", "--stream", "stdout", "node"]).ok().out(), "true true\n");
    assert_eq!(streams_of(&world.process("node")), "split");
}

#[test]
fn a_merged_run_says_that_it_has_no_separate_stderr() {
    let world = World::new();
    let body = serde_json::json!({
        "command": ["sh", "-c", "echo out; echo err >&2"], "working_directory": world.work(),
        "label": "web", "streams": "merged",
    });
    world.rest().post("/v1/processes", &body).expect(201);
    world.until_status("web", "exited");
    assert_eq!(world.pp(["output", "web"]).ok().out(), "out\nerr\n");
    assert_eq!(world.pp(["output", "--stream", "stdout", "web"]).ok().out(), "out\nerr\n");
    assert_snapshot!(world.pp(["output", "--stream", "stderr", "web"]), @"
    --- stderr
    Error: `stream` cannot be `stderr`: run 1 of `web` has one pipe for both of its streams.
    Run `pp output web` to see both in order. To keep standard error apart, start it with `pp run --split`.
    --- exit 2
    ");
    for form in ["--follow", "--raw", "--rows", "--lines=all"] {
        let output = world.pp(["output", "--stream", "stderr", form, "web"]);
        assert!(output.code == 2 && output.err().contains("--split"), "{form}: {output}");
    }
}

#[test]
fn an_interactive_shell_has_job_control() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; PS1='> ' pp bash --norc -i");
    screen.until(">");
    screen.type_line("sleep 1000 & set -o | grep monitor; kill %1; wait; echo all done");
    screen.until("\nall done");
    let text = screen.text();
    assert!(text.contains("monitor        \ton") || text.contains("monitor         on"), "{text}");
    assert!(!text.contains("job control"), "{text}");
    screen.type_line("exit 3");
    assert_eq!(screen.exit(), 3);
}

#[test]
fn a_pager_is_interrupted_by_its_terminal() {
    let world = World::new();
    world.write("lines", "one\ntwo\n");
    let mut start = world.pp_command(["start", "--tty", "--label", "pager", "less", "+F", "lines"]);
    start.env("TERM", "xterm");
    world.run(start).ok();
    let until_shown = |text: &str| {
        until(text, || {
            let raw = world.pp(["output", "--raw", "pager"]).ok().out();
            if raw.contains(text) { Ok(()) } else { Err(raw) }
        });
    };
    until_shown("Waiting for data");
    world.pp(["send", "--no-newline", "pager", "\x03"]).ok();
    until_shown("(END)");
    world.pp(["send", "--no-newline", "pager", "q"]).ok();
    assert_eq!(world.until_status("pager", "exited")["exit_code"], 0);
}

#[test]
fn a_redirected_stream_is_no_terminal_and_the_others_are() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let ask = |test: &str, redirection: &str| {
        let script = format!("{test} && echo out && echo err >&2");
        assert_eq!(
            screen.run(&format!("pp sh -c '{script}' {redirection}")),
            0,
            "{}",
            screen.text()
        );
    };
    let file = |name: &str| fs::read_to_string(world.work().join(name)).unwrap();
    ask("test -t 0 && test -t 1 && ! test -t 2", "2>e");
    assert_eq!(file("e"), "err\n");
    ask("test -t 0 && ! test -t 1 && test -t 2", ">o");
    assert_eq!(file("o"), "out\n");
    ask("! test -t 0 && test -t 1 && test -t 2", "</dev/null");
    ask("test -t 0 && ! test -t 1 && ! test -t 2", ">both 2>&1");
    assert_eq!(file("both"), "out\nerr\n");
    world.write("in", "in\n");
    ask("read word && test $word = in && ! test -t 0 && ! test -t 1", "<in >o");
    assert_eq!(file("o"), "out\n");
}

#[test]
fn the_terminal_is_the_controlling_one_if_any_stream_is_on_it() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let script = "test $(ps -o tty= -p $$) = $(tty <&2 | cut -c6-) && echo same >/dev/tty";
    assert_eq!(screen.run(&format!("clear; pp sh -c '{script}' </dev/null >o")), 0);
    assert!(screen.text().starts_with("same\n"), "{}", screen.text());
}

#[test]
fn output_of_a_terminal_that_is_neither_stream_is_shown_and_not_logged() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("asks", "printf 'who? ' >/dev/tty; read name </dev/tty; echo got $name; exit 4\n");
    screen.start("clear; pp run --label it sh asks >both 2>&1");
    screen.until("who?");
    screen.type_line("me");
    assert_eq!(screen.exit(), 4);
    assert_eq!(fs::read_to_string(world.work().join("both")).unwrap(), "got me\n");
    assert_eq!(world.pp(["output", "it"]).ok().out(), "got me\n");
    // A program that has ended before pp shows its terminal.
    assert_eq!(screen.run("clear; pp sh -c 'echo shown >/dev/tty' >both 2>&1"), 0);
    assert!(screen.text().starts_with("shown\n"), "{}", screen.text());
}
