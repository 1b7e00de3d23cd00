//! `pp list`: running and ended processes, as a table or as JSON.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::World;
use crate::support::procs::Signal;

/// Four processes: running, exited with an error, stopped, and killed by a signal.
fn four(world: &World) {
    world.pp(["run", "--label", "done", "sh", "-c", "exit 3"]);
    world.pp(["run", "--label", "killed", "sh", "-c", "kill -KILL $$"]);
    world.pp(["start", "--label", "stopped", "sleep", "1000"]).ok();
    world.pp(["stop", "stopped"]).ok();
    world.pp(["start", "--label", "web", "sleep", "1001"]).ok();
}

fn labels(list: &[Value]) -> Vec<&str> {
    list.iter().filter_map(|process| process["label"].as_str()).collect()
}

#[test]
fn an_empty_list_says_how_to_start_a_process() {
    let world = World::new();
    assert_snapshot!(world.pp(["list"]), @"
    No processes.
    Start one by putting pp before its command: pp npm run dev
    --- exit 0
    ");
}

#[test]
fn the_list_is_a_table() {
    let world = World::new();
    four(&world);
    assert_snapshot!(cells(&world.pp(["list"]).ok().to_string()), @"
    NAME | STATUS | PID | FOR | EXIT | COMMAND | DIRECTORY
    web | running | N | N s | sleep 1001 | <work>
    stopped | terminated | N | N s | TERM | sleep 1000 | <work>
    killed | exited | N | N s | KILL | sh -c 'kill -KILL $$' | <work>
    done | exited | N | N s | 3 | sh -c 'exit 3' | <work>
    --- exit 0
    ");
}

/// The cells of a table, independent of column widths and PIDs.
fn cells(table: &str) -> String {
    let pid = |cell: &str| cell.len() > 1 && cell.bytes().all(|byte| byte.is_ascii_digit());
    let row = |line: &str| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.map(|cell| if pid(cell) { "N" } else { cell }).collect::<Vec<_>>().join(" | ")
    };
    table.lines().map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn json_is_the_answer_of_the_rest_api() {
    let world = World::new();
    world.pp(["run", "--label", "done", "sh", "-c", "exit 3"]);
    assert_snapshot!(world.pp(["--format", "json", "list"]), @r#"
    {
      "processes": [
        {
          "id": "work-sh-c-exit-3",
          "label": "done",
          "command": [
            "sh",
            "-c",
            "exit 3"
          ],
          "working_directory": "<work>",
          "status": "exited",
          "pid": N,
          "start_time": "<time>",
          "end_time": "<time>",
          "exit_code": 3,
          "signal": null,
          "error": null,
          "run": 1,
          "tty": false,
          "log_combined": "<data>/processes/work-sh-c-exit-3/runs/1/combined.log",
          "log_stdout": "<data>/processes/work-sh-c-exit-3/runs/1/stdout.log",
          "log_stderr": "<data>/processes/work-sh-c-exit-3/runs/1/stderr.log",
          "started_by": "cli"
        }
      ]
    }
    --- exit 0
    "#);
}

#[test]
fn running_processes_come_first_then_the_newest() {
    let world = World::new();
    four(&world);
    assert_eq!(labels(&world.list()), ["web", "stopped", "killed", "done"]);
}

#[test]
fn filters_select_processes() {
    let world = World::new();
    four(&world);
    let chosen = |flag, value: &str| {
        let mut answer = world.pp(["--format", "json", "list", flag, value]).ok().json();
        let list: Vec<Value> = serde_json::from_value(answer["processes"].take()).unwrap();
        labels(&list).join(" ")
    };
    assert_eq!(chosen("--status", "exited"), "killed done");
    assert_eq!(chosen("--command-or-label", "web"), "web");
    assert_eq!(chosen("--command-or-label", "sleep"), "web stopped");
    assert_eq!(chosen("--pid", &world.process("web")["pid"].to_string()), "web");
    assert_eq!(chosen("--working-directory", "."), "web stopped killed done");
    assert_eq!(chosen("--working-directory", "/"), "");
}

#[test]
fn filters_without_a_match_are_reported() {
    let world = World::new();
    four(&world);
    assert_snapshot!(world.pp(["list", "--command-or-label", "nothing-like-it"]), @"
    No process matches these filters.
    Run `persistproc list` to see all processes.
    --- exit 0
    ");
}

#[test]
fn ps_ls_and_pp_without_arguments_are_aliases() {
    let world = World::new();
    world.pp(["run", "--label", "done", "sh", "-c", "exit 3"]);
    let expected = world.pp(["list"]).ok().to_string();
    assert_eq!(world.pp(["ps"]).ok().to_string(), expected);
    assert_eq!(world.pp(["ls"]).ok().to_string(), expected);
    assert_eq!(world.pp([]).ok().to_string(), expected);
}

#[test]
fn the_format_is_set_by_a_variable_or_a_flag_after_the_verb() {
    let world = World::new();
    let mut command = world.pp_command(["list"]);
    command.env("PERSISTPROC_FORMAT", "json");
    assert_eq!(world.run(command).ok().json()["processes"], Value::Array(vec![]));
    assert!(world.pp(["list", "--format", "json"]).ok().json()["processes"].is_array());
}

#[test]
fn environment_values_are_never_listed() {
    let world = World::new();
    let secret = r#"{"API_KEY": "s3cr3t-value"}"#;
    world.pp(["start", "--environment", secret, "sleep", "1000"]).ok();
    assert!(!world.pp(["--format", "json", "list"]).ok().out().contains("s3cr3t"));
    assert!(!world.pp(["list"]).ok().out().contains("s3cr3t"));
}

#[test]
fn watch_prints_the_list_at_every_change() {
    let world = World::new();
    world.pp(["start", "--label", "one", "sleep", "1000"]).ok();
    let watching = world.spawn_pp(["list", "--watch"]);
    watching.until_stdout("one");
    world.pp(["start", "--label", "two", "sleep", "1000"]).ok();
    watching.until_stdout("two");
    world.pp(["stop", "two"]).ok();
    watching.until_stdout("terminated");
    // The next daemon is asked after this one was shut down.
    world.pp(["shutdown", "--keep"]).ok();
    world.pp(["start", "--label", "three", "sleep", "1000"]).ok();
    watching.until_stdout("three");
    watching.signal(Signal::INT);
    watching.end();
}

#[test]
fn watch_ends_when_the_daemon_is_shut_down() {
    let world = World::new();
    world.pp(["start", "--label", "one", "sleep", "1000"]).ok();
    let watching = world.spawn_pp(["list", "--watch"]);
    watching.until_stdout("one");
    world.pp(["shutdown"]).ok();
    let ended = watching.end();
    // A list that it gets in the meantime says that the daemon is shutting down.
    assert!(ended.code == 0 && ended.err().ends_with("The daemon was shut down.\n"), "{ended}");
    assert!(world.daemons().is_empty());
}

/// As with the Python program of the same name.
#[test]
fn pid_0_is_the_daemon() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1001"]).ok();
    let list = world.pp(["--format", "json", "list", "--pid", "0"]).ok().json();
    let daemon = &list["processes"][0];
    assert_eq!(list["processes"].as_array().unwrap().len(), 1);
    assert_eq!(daemon["label"], "persistproc-server");
    assert_eq!(daemon["pid"], world.daemons()[0].pid);
    assert!(daemon["log_combined"].as_str().unwrap().ends_with("daemon.log"), "{daemon:#}");
    let table = world.pp(["list", "--pid", "0"]).ok().out();
    assert!(table.contains("persistproc-server"), "{table}");
    world.pp(["stop", "web"]).ok();
}
