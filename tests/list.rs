//! `pp list`: running and ended processes, as a table or as JSON.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::procs::Signal;
use crate::support::{Screen, Tmux, World, until};

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
    stopped | terminated | N s | TERM | sleep 1000 | <work>
    killed | exited | N s | KILL | sh -c 'kill -KILL $$' | <work>
    done | exited | N s | 3 | sh -c 'exit 3' | <work>
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
          "id": "done",
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
          "log_combined": "<data>/processes/done/runs/1/combined.log",
          "log_stdout": "<data>/processes/done/runs/1/stdout.log",
          "log_stderr": "<data>/processes/done/runs/1/stderr.log",
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
    assert_eq!(chosen("--status", "running,exited"), "web killed done");
    let repeated = world.pp(["list", "-q", "--status", "terminated", "--status", "running"]).ok();
    assert_eq!(repeated.out().lines().count(), 2, "{repeated}");
    let rest = world.rest().get("/v1/processes?status=running,terminated").expect(200);
    assert_eq!(rest["processes"].as_array().unwrap().len(), 2, "{rest:#}");
    let refused = world.rest().get("/v1/processes?status=running,up").expect(422);
    assert_snapshot!(refused["message"].as_str().unwrap(), @r#"`status` cannot be "running,up": unknown status `up`, expected some of running, stopping, exited, terminated, failed, lost, separated by commas."#);
    assert_eq!(world.pp(["list", "--status", "running,up"]).code, 2);
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

#[test]
fn json_of_a_watch_has_one_document_per_line() {
    let world = World::new();
    world.pp(["start", "--label", "one", "sleep", "1000"]).ok();
    let watching = world.spawn_pp(["list", "--watch", "--format", "json"]);
    watching.until_stdout("one");
    world.pp(["stop", "one"]).ok();
    watching.until_stdout("terminated");
    watching.signal(Signal::INT);
    let out = watching.end().out();
    for line in out.lines() {
        let list: Value = serde_json::from_str(line).unwrap();
        assert_eq!(list["processes"][0]["id"], "one", "{line}");
    }
}

#[test]
fn a_terminal_shows_who_stopped_a_process_and_no_pid_of_an_ended_one() {
    let world = World::new();
    four(&world);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    assert_eq!(screen.run("clear; pp list"), 0);
    let text = screen.text();
    for part in ["exited (3)", "killed (SIGKILL)", "stopped by you", "running"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("EXIT"), "{text}");
    let ended = text.lines().find(|line| line.starts_with("stopped")).unwrap();
    assert!(ended.ends_with("sleep 1000") && !ended.contains("  N  "), "{text}");
}

/// A screen of 80 by 12 on which the list of these processes is watched, and its modes before.
fn watched<'t>(tmux: &'t Tmux<'t>) -> (Screen<'t>, String) {
    let screen = tmux.window();
    screen.resize(80, 12);
    screen.run("clear; stty -a >before; seq 5");
    let modes = screen.modes();
    screen.start("pp list --watch");
    screen.until("NAME");
    (screen, modes)
}

#[test]
fn watch_has_a_screen_of_its_own_and_leaves_no_trace() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let tmux = Tmux::new(&world);
    let (screen, modes) = watched(&tmux);
    // The time goes on without an event.
    let first = screen.until("web");
    until("another time", || {
        let now = screen.text();
        if now != first && now.contains("web") { Ok(()) } else { Err(now) }
    });
    // What is typed is not shown.
    screen.type_text("xyz");
    screen.press_key("C-c");
    assert_eq!(screen.exit(), 130);
    assert_eq!(screen.modes(), modes);
    assert_eq!(screen.run("stty -a >after; cmp before after"), 0, "{}", screen.text());
    let history = screen.history();
    assert!(history.starts_with("1\n2\n3\n4\n5\n"), "{history}");
    assert!(!history.contains("NAME"), "{history}");
}

#[test]
fn watch_shows_what_fits_and_follows_the_size_of_the_terminal() {
    let world = World::new();
    for label in ["a1", "a2", "a3", "a4", "a5"] {
        world.pp(["start", "--label", label, "sleep", "1000"]).ok();
    }
    let tmux = Tmux::new(&world);
    let (screen, _) = watched(&tmux);
    screen.until("a1");
    screen.resize(80, 4);
    let text = screen.until("+ 3 more");
    assert!(text.starts_with("NAME") && text.contains("a5"), "{text}");
    screen.resize(80, 12);
    screen.until("a1");
    screen.until_gone("more");
    screen.press_key("q");
    assert_eq!(screen.exit(), 0);
}

#[test]
fn watch_continues_after_it_was_suspended() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let tmux = Tmux::new(&world);
    let (screen, modes) = watched(&tmux);
    screen.until("web");
    screen.press_key("C-z");
    until("the screen of the shell", || {
        let now = screen.modes();
        if now == modes { Ok(()) } else { Err(now) }
    });
    screen.type_line("fg");
    screen.until("NAME");
    screen.press_key("C-c");
    screen.until("$");
    assert_eq!(screen.modes(), modes);
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
