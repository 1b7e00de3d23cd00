//! `pp start`: a process in the background, started once, with the given label, directory and
//! environment.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::{Tmux, World};

#[test]
fn it_prints_the_pid_and_the_log_files() {
    let world = World::new();
    assert_snapshot!(world.pp(["start", "sleep", "1000"]), @"
    Started process with PID N
    Label: sleep 1000 in <work>
    Stdout log: <data>/processes/work-sleep-1000/runs/1/stdout.log
    Stderr log: <data>/processes/work-sleep-1000/runs/1/stderr.log
    Combined log: <data>/processes/work-sleep-1000/runs/1/combined.log
    --- exit 0
    ");
}

#[test]
fn json_is_the_answer_of_the_rest_api() {
    let world = World::new();
    let output = world.pp(["--format", "json", "start", "--label", "nap", "sleep", "1000"]).ok();
    assert_snapshot!(output, @r#"
    {
      "id": "nap",
      "label": "nap",
      "command": [
        "sleep",
        "1000"
      ],
      "working_directory": "<work>",
      "status": "running",
      "pid": N,
      "start_time": "<time>",
      "end_time": null,
      "exit_code": null,
      "signal": null,
      "error": null,
      "run": 1,
      "tty": false,
      "log_combined": "<data>/processes/nap/runs/1/combined.log",
      "log_stdout": "<data>/processes/nap/runs/1/stdout.log",
      "log_stderr": "<data>/processes/nap/runs/1/stderr.log",
      "started_by": "cli",
      "already_running": false,
      "cursor": "1-0-0"
    }
    --- exit 0
    "#);
}

#[test]
fn a_second_start_returns_the_running_process() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["start", "sleep", "1000"]), @"
    Already running with PID N
    Label: sleep 1000 in <work>
    Stdout log: <data>/processes/work-sleep-1000/runs/1/stdout.log
    Stderr log: <data>/processes/work-sleep-1000/runs/1/stderr.log
    Combined log: <data>/processes/work-sleep-1000/runs/1/combined.log
    --- exit 0
    ");
    assert_eq!(world.list().len(), 1);
}

#[test]
fn a_second_start_fails_with_if_running_error() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["start", "--if-running", "error", "sleep", "1000"]), @"
    --- stderr
    Error: `work-sleep-1000` is already running with PID N.
    Run `pp restart work-sleep-1000` to start a new run.
    --- exit 1
    ");
}

#[test]
fn a_second_start_restarts_with_if_running_restart() {
    let world = World::new();
    let first = world.pp(["--format", "json", "start", "sleep", "1000"]).ok().json();
    let again = ["--format", "json", "start", "--if-running", "restart", "sleep", "1000"];
    let second = world.pp(again).ok().json();
    assert_ne!(first["pid"], second["pid"]);
    assert_eq!((&second["id"], &second["run"]), (&first["id"], &Value::from(2)));
    assert_eq!(world.children().len(), 1);
}

#[test]
fn starting_an_ended_process_begins_its_next_run() {
    let world = World::new();
    world.pp(["sh", "-c", "echo $MOOD"]).ok();
    let started = world.pp(["--format", "json", "start", "sh", "-c", "echo $MOOD"]).ok().json();
    assert_eq!((&started["run"], world.list().len()), (&Value::from(2), 1));
}

#[test]
fn label_directory_and_environment_are_applied() {
    let world = World::new();
    let home = world.folder("home").to_string_lossy().into_owned();
    let ask = "pwd; echo $MOOD";
    let more = r#"{"MOOD": "good", "X": "1"}"#;
    let asked = ["start", "--label", "asks", "--working-directory", &home, "--environment", more];
    let mut command = world.pp_command(asked);
    command.args(["sh", "-c", ask]);
    world.run(command).ok();
    world.until_status("asks", "exited");
    assert_eq!(world.pp(["output", "asks"]).ok().out(), format!("{home}\ngood\n"));
}

#[test]
fn flags_after_the_program_are_passed_to_it() {
    let world = World::new();
    world.program("serve-it", "#!/bin/sh\nprintf '<%s>' \"$@\"\n");
    world.pp(["start", "serve-it", "--label", "x", "--port", "3000"]).ok();
    world.until_status("serve-it", "exited");
    assert_eq!(world.pp(["output", "serve-it"]).ok().out(), "<--label><x><--port><3000>\n");
}

#[test]
fn it_has_pipes_or_with_tty_a_terminal() {
    let world = World::new();
    world.pp(["start", "--label", "pipes", "sh", "-c", "test -t 1"]).ok();
    world.pp(["start", "--label", "tty", "--tty", "sh", "-c", "test -t 1"]).ok();
    assert_eq!(world.until_status("pipes", "exited")["exit_code"], 1);
    assert_eq!(world.until_status("tty", "exited")["exit_code"], 0);
}

#[test]
fn a_terminal_gets_one_line() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    assert_eq!(screen.run("clear; pp start --label 'my web' sleep 1000"), 0);
    let text = screen.text();
    assert!(text.contains("Started my web (PID "), "{text}");
    assert!(text.contains(") · pp logs -f 'my web'\n[exit"), "{text}");
    assert_eq!(screen.run("clear; pp start --label 'my web' sleep 1000"), 0);
    assert!(screen.text().starts_with("my web is already running (PID "), "{}", screen.text());
    assert_eq!(screen.run("clear; pp -v start sleep 1001"), 0);
    assert!(screen.text().contains("Combined log: "), "{}", screen.text());
    // The result of a wait is the only line.
    assert_eq!(screen.run("clear; pp start --wait-pattern hi sh -c 'echo hi; sleep 1000'"), 0);
    assert!(screen.text().starts_with("work-sh-c-echo-hi-sleep-1000 printed"), "{}", screen.text());
}

#[test]
fn a_label_is_the_id_also_for_another_command() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    world.pp(["stop", "web"]).ok();
    let again = world.pp(["--format", "json", "start", "--label", "web", "sleep", "1001"]).ok();
    assert_eq!((&again.json()["id"], &again.json()["run"]), (&"web".into(), &2.into()));
}
