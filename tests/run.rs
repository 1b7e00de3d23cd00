//! `pp <program>` outside a terminal behaves like the program itself: the same bytes on the same
//! streams, the same exit code, unchanged arguments.

use std::fs;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::support::procs::Signal;
use crate::support::scripts::{COUNTS, PRINTS_SIGNALS};
use crate::support::tools::number_from_env;
use crate::support::{World, until};

const CRASH: &str = "printf out; printf err >&2; exit 7";

const KILLED: &str = "printf out; printf err >&2; kill -SEGV $$";

#[test]
fn both_streams_and_the_exit_code_are_passed_through_byte_for_byte() {
    let world = World::new();
    let output = world.pp(["sh", "-c", r"printf 'a\000\377\r\n\033[1mb'; printf err >&2; exit 7"]);
    assert_eq!(output.stdout, b"a\x00\xff\r\n\x1b[1mb");
    assert_eq!(output.stderr, b"err");
    assert_eq!(output.code, 7);
}

/// 100 rounds; `tests/run --thorough` does 1,000.
#[test]
fn many_runs_in_a_row_lose_nothing() {
    let world = World::new();
    for round in 1..=number_from_env("PERSISTPROC_TEST_ROUNDS", 100) {
        let (script, code) = if round.is_multiple_of(2) { (CRASH, 7) } else { (KILLED, 128 + 11) };
        let output = world.pp(["sh", "-c", script]);
        let all = (output.out(), output.code);
        assert_eq!(all, ("out".to_owned(), code), "in round {round}");
        // A note about the signal follows the program's own bytes.
        assert!(output.err().starts_with("err"), "in round {round}: {output}");
    }
}

#[test]
fn everything_after_the_program_is_passed_to_it() {
    let world = World::new();
    world.program("npm", "#!/bin/sh\nprintf '<%s>' \"$@\"\n");
    let all = world.pp(["npm", "run", "dev", "--port", "3000", "--host"]).ok();
    assert_eq!(all.out(), "<run><dev><--port><3000><--host>");
    let ours = world.pp(["npm", "-q", "--format", "json", "--", "--help", "list", "-h"]).ok();
    assert_eq!(ours.out(), "<-q><--format><json><--><--help><list><-h>");
    let named = world.pp(["run", "npm", "--label", "x", "--", "--fresh"]).ok();
    assert_eq!(named.out(), "<--label><x><--><--fresh>");
}

#[test]
fn words_are_kept_and_a_single_line_is_parsed_like_a_shell() {
    let world = World::new();
    assert_eq!(world.pp(["sh", "-c", "echo a  b"]).ok().out(), "a b\n");
    assert_eq!(world.pp(["echo", "a  b", "", "$HOME", "*"]).ok().out(), "a  b  $HOME *\n");
    assert_eq!(world.pp(["echo 'a  b'"]).ok().out(), "a  b\n");
    assert_eq!(world.pp(["X=1 sh -c 'echo $X' | tr 1 2 && echo done"]).ok().out(), "2\ndone\n");
}

#[test]
fn a_program_named_like_a_verb_is_run_with_run() {
    let world = World::new();
    world.program("list", "#!/bin/sh\necho the program list \"$@\"\n");
    assert_eq!(world.pp(["run", "--", "list", "--all"]).ok().out(), "the program list --all\n");
}

#[test]
fn the_program_gets_the_directory_and_environment_of_the_caller() {
    let world = World::new();
    world.pp(["sh", "-c", "echo the daemon is running"]).ok();
    let mut command = world.pp_command(["sh", "-c", "pwd; echo $GREETING"]);
    command.env("GREETING", "hello  there").current_dir(world.folder("home"));
    let output = world.run(command).ok();
    assert_snapshot!(output, @r"
    <home>
    hello there
    --- exit 0
    ");
}

#[test]
fn output_before_a_crash_is_kept() {
    let world = World::new();
    let output = world.pp(["sh", "-c", "printf 'no newline'; kill -SEGV $$"]);
    assert_eq!((output.out().as_str(), output.code), ("no newline", 139));
    assert_eq!(world.pp(["sh", "-c", "kill -KILL $$"]).code, 137);
}

#[test]
fn piped_input_reaches_the_program() {
    let world = World::new();
    let mut command = world.pp_command(["cat"]);
    command.stdin(Stdio::piped());
    let mut cat = world.spawn(command);
    cat.type_in(b"one\ntwo");
    let output = cat.end().ok();
    assert_eq!(output.out(), "one\ntwo");
}

#[test]
fn running_the_same_command_again_attaches_to_it() {
    let world = World::new();
    let first = world.spawn_pp(["sh", "-c", PRINTS_SIGNALS]);
    first.until_stdout("ready");
    let second = world.spawn_pp(["sh", "-c", PRINTS_SIGNALS]);
    second.until_stdout("ready");
    let all = world.list();
    assert_eq!(all.len(), 1, "{all:#?}");
    world.pp(["stop", "sh"]).ok();
    let first = first.end();
    let second = second.end();
    assert_eq!((first.out(), first.code), ("ready\nbye\n".to_owned(), 5));
    assert_eq!(second.code, 5);
    assert!(second.out().ends_with("bye\n"), "{second}");
    assert!(second.err().contains("already"), "{second}");
}

#[test]
fn fresh_ends_the_running_process_and_starts_a_new_run() {
    let world = World::new();
    let first = world.spawn_pp(["sh", "-c", PRINTS_SIGNALS]);
    first.until_stdout("ready");
    let before = world.process("ready");
    let second = world.spawn_pp(["run", "--fresh", "sh", "-c", PRINTS_SIGNALS]);
    second.until_stdout("ready");
    let after = until("the new run", || {
        let found = world.process("ready");
        if found["pid"] == before["pid"] { Err(format!("{found:#}")) } else { Ok(found) }
    });
    assert_eq!((after["run"].as_u64(), &after["id"]), (Some(2), &before["id"]));
    // The first client continues with the new run.
    first.until_stdout("ready\nbye\nready\n");
}

#[test]
fn a_label_names_the_process() {
    let world = World::new();
    world.pp(["run", "--label", "web", "echo", "hi"]).ok();
    assert_eq!(world.process("web")["label"], "web");
    assert_eq!(world.pp(["output", "web"]).ok().out(), "hi\n");
}

#[test]
fn a_closed_pipe_is_noted_while_another_client_reads_the_output() {
    let world = World::new();
    let line = format!("pp run --label it sh -c '{COUNTS}' | (head -n 1; cat go > /dev/null)");
    let fifo = world.work().join("go");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let mut command = world.command("sh");
    command.args(["-c", &line]);
    let first = world.spawn(command);
    first.until_stdout("line 1");
    let second = world.spawn_pp(["attach", "it"]);
    second.until_stdout("line 3");
    fs::write(&fifo, "").unwrap();
    let output = first.end();
    second.signal(Signal::TERM);
    second.end();
    assert_snapshot!(output, @r"
    line 1
    --- stderr
    Still running: pp attach it · pp stop it
    --- exit 0
    ");
}

#[test]
fn sigterm_to_pp_leaves_the_process_running() {
    let world = World::new();
    let pp = world.spawn_pp(["sh", "-c", PRINTS_SIGNALS]);
    pp.until_stdout("ready");
    pp.signal(Signal::TERM);
    let output = pp.end();
    assert_eq!(output.out(), "ready\n", "{output}");
    assert_eq!(world.process("ready")["status"], "running");
}

#[test]
fn on_exit_decides_what_ctrl_c_does() {
    let world = World::new();
    let detach = world.spawn_pp(["run", "--on-exit", "detach", "sh", "-c", PRINTS_SIGNALS]);
    detach.until_stdout("ready");
    detach.signal(Signal::INT);
    detach.end();
    assert_eq!(world.process("ready")["status"], "running");

    let mut stop = world.pp_command(["sh", "-c", PRINTS_SIGNALS]);
    stop.env("PERSISTPROC_ON_EXIT", "stop");
    let stop = world.spawn(stop);
    stop.until_stdout("ready");
    stop.signal(Signal::INT);
    let output = stop.end();
    let ended = (output.code, world.process("ready")["status"].clone());
    assert_eq!(ended, (128 + 2, "terminated".into()), "{output}");
}
