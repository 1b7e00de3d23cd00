//! Several processes in one command: by their names, by flags, or the ones of this directory.

use insta::assert_snapshot;

use crate::mcp::Mcp;
use crate::support::output::Output;
use crate::support::{Tmux, World, until};

/// Starts `sleep` under each of these labels.
fn start(world: &World, labels: &[&str]) {
    for label in labels {
        world.pp(["start", "--label", label, "sleep", "1000"]).ok();
    }
}

/// Runs a command in a folder below the working directory.
fn run_in(world: &World, folder: &str, words: &[&str]) -> Output {
    let directory = world.work().join(folder);
    std::fs::create_dir_all(&directory).unwrap();
    let mut command = world.pp_command([]);
    command.args(words).current_dir(directory);
    world.run(command)
}

/// The labels of the running processes, in order.
fn running(world: &World) -> String {
    let list = world.list();
    let alive = list.iter().filter(|process| process["status"] == "running");
    let mut labels: Vec<_> = alive.map(|process| process["label"].as_str().unwrap()).collect();
    labels.sort_unstable();
    labels.join(" ")
}

#[test]
fn words_that_are_no_command_are_several_processes() {
    let world = World::new();
    start(&world, &["web", "api", "db"]);
    assert_snapshot!(world.pp(["signal", "CONT", "web", "api"]), @"
    Sent SIGCONT to web
    Sent SIGCONT to api
    --- exit 0
    ");
    assert_snapshot!(world.pp(["stop", "web", "api"]), @"
    Stopped web (SIGTERM)
    Stopped api (SIGTERM)
    --- exit 0
    ");
    assert_eq!(running(&world), "db");
    let restarted = world.pp(["restart", "api", "web"]).ok();
    assert_eq!(restarted.out().matches("Restarted ").count(), 2, "{restarted}");
    assert_eq!(running(&world), "api db web");
    world.pp(["stop", "--force", "api", "web"]).ok();
    let waited = world.pp(["wait", "--for", "exit", "web", "api"]).ok().out();
    let lines: Vec<_> = waited.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(lines, ["web", "api"], "{waited}");
    assert_snapshot!(world.pp(["forget", "web", "api"]), @"
    Forgot web (2 runs, 80 B of logs)
    Forgot api (2 runs, 80 B of logs)
    --- exit 0
    ");
}

#[test]
fn a_command_of_several_words_is_one_process() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "sleep", "sleep", "1001"]).ok();
    world.pp(["start", "--label", "1000", "sleep", "1002"]).ok();
    world.pp(["stop", "sleep", "1000"]).ok();
    assert_eq!(running(&world), "1000 sleep");
}

#[test]
fn nothing_is_done_if_one_of_the_names_is_unknown() {
    let world = World::new();
    start(&world, &["web", "api"]);
    assert_snapshot!(world.pp(["stop", "web", "nosuch"]), @"
    --- stderr
    Error: No process matches `nosuch`.
    Run `pp list` to see all processes.
    --- exit 3
    ");
    // Words of a command of which no process exists.
    assert_snapshot!(world.pp(["stop", "sleep", "1001"]), @"
    --- stderr
    Error: No process matches `sleep 1001`.
    Did you mean `api`? Run `pp list` to see all processes.
    --- exit 3
    ");
    assert_eq!(running(&world), "api web");
}

#[test]
fn a_failure_does_not_keep_the_others_and_decides_the_exit_code() {
    let world = World::new();
    start(&world, &["web", "api"]);
    world.pp(["stop", "web"]).ok();
    assert_snapshot!(world.pp(["signal", "WINCH", "web", "api"]), @"
    Sent SIGWINCH to api
    --- stderr
    Error: `web` is not running: it was stopped in a terminal (SIGTERM).
    Run `pp restart web` to start it again. Run `pp output web` to see its last lines.
    --- exit 1
    ");
    assert_eq!(running(&world), "api");
    assert_snapshot!(world.pp(["stop", "web", "api"]), @"
    `web` is not running: it was stopped in a terminal (SIGTERM).
    Stopped api (SIGTERM)
    --- exit 0
    ");
    assert_eq!(running(&world), "");
}

#[test]
fn in_json_several_are_an_array_and_one_is_an_object() {
    let world = World::new();
    start(&world, &["web", "api"]);
    let one = world.pp(["--format", "json", "stop", "web"]).ok().json();
    assert_eq!(one["label"], "web");
    let both = world.pp(["--format", "json", "signal", "WINCH", "web", "api"]);
    assert_eq!(both.code, 1, "{both}");
    let both = both.json();
    assert_eq!((&both[0]["label"], &both[0]["code"]), (&"web".into(), &"not_running".into()));
    assert_eq!(both[1]["label"], "api");
    let both = world.pp(["--format", "json", "stop", "web", "api"]).ok().json();
    assert_eq!((&both[0]["label"], &both[0]["status"]), (&"web".into(), &"terminated".into()));
    assert_eq!((&both[1]["label"], &both[1]["status"]), (&"api".into(), &"terminated".into()));
    let none = world.pp(["--format", "json", "stop", "--all"]).ok();
    assert_eq!(none.json(), serde_json::json!([]));
    start(&world, &["web"]);
    let flag = world.pp(["--format", "json", "stop", "--here"]).ok().json();
    assert_eq!(flag[0]["label"], "web", "{flag}");
}

#[test]
fn flags_select_by_directory() {
    let world = World::new();
    run_in(&world, "todo", &["start", "--label", "web", "sleep", "1000"]).ok();
    run_in(&world, "todo/api", &["start", "--label", "api", "sleep", "1001"]).ok();
    run_in(&world, "todo-old", &["start", "--label", "old", "sleep", "1002"]).ok();
    let listed = run_in(&world, "todo", &["--format", "json", "list", "--here"]).ok().json();
    assert_eq!(listed["processes"].as_array().unwrap().len(), 2, "{listed:#}");
    assert_snapshot!(run_in(&world, "todo", &["stop", "--here"]), @"
    Stopped api (SIGTERM)
    Stopped web (SIGTERM)
    --- exit 0
    ");
    assert_eq!(running(&world), "old");
    assert_snapshot!(run_in(&world, "todo", &["restart", "--here"]), @"
    No process matches these flags.
    --- exit 0
    ");
    run_in(&world, "todo/api", &["restart", "--here", "--ended"]).ok();
    assert_eq!(running(&world), "api old");
    run_in(&world, "todo", &["restart", "--all"]).ok();
    assert_eq!(world.process("old")["run"], 2);
    run_in(&world, "todo", &["stop", "--all"]).ok();
    assert_eq!(running(&world), "");
    assert_snapshot!(run_in(&world, "todo", &["stop", "--all"]), @"
    No process runs.
    --- exit 0
    ");
    run_in(&world, "todo", &["forget", "--here"]).ok();
    assert_eq!(world.list().len(), 1);
    run_in(&world, "todo", &["forget", "--ended"]).ok();
    assert!(world.list().is_empty());
    assert_snapshot!(world.pp(["stop", "--here", "web"]), @"
    --- stderr
    Error: The argument '--here' cannot be used with '[TARGET]...'.
    Usage: pp stop --here [TARGET]...
    Run `pp stop --help` to see all options.
    --- exit 2
    ");
}

#[test]
fn a_command_without_a_target_means_the_process_of_this_directory() {
    let world = World::new();
    run_in(&world, "todo/api", &["start", "--label", "api", "sh", "-c", "echo hi; sleep 1000"])
        .ok();
    run_in(&world, "shop", &["start", "--label", "shop", "sleep", "1001"]).ok();
    until("its line", || {
        let shown = run_in(&world, "todo", &["logs"]);
        if shown.out() == "hi\n" { Ok(()) } else { Err(shown.to_string()) }
    });
    assert_snapshot!(run_in(&world, "todo", &["stop"]), @"
    Stopped api (SIGTERM)
    --- exit 0
    ");
    run_in(&world, "todo", &["restart"]).ok();
    assert_eq!(running(&world), "api shop");
    // A folder of the same repository, in which nothing runs.
    std::fs::create_dir(world.work().join("todo/.git")).unwrap();
    run_in(&world, "todo/web", &["stop"]).ok();
    assert_eq!(running(&world), "shop");
}

#[test]
fn a_command_without_a_target_changes_none_of_several() {
    let world = World::new();
    let home = world.folder("home");
    let in_home = |folder: &str, words: &[&str]| {
        let directory = home.join(folder);
        std::fs::create_dir_all(&directory).unwrap();
        let mut command = world.pp_command([]);
        command.args(words).current_dir(directory);
        world.run(command)
    };
    in_home("todo", &["start", "--label", "web", "sleep", "1000"]).ok();
    in_home("todo/api", &["start", "sleep", "1001"]).ok();
    assert_snapshot!(in_home("todo", &["stop"]), @"
    --- stderr
    Error: 2 processes run here:
      api-sleep-1001  running  sleep 1001  ~/todo/api
      web             running  sleep 1000  ~/todo
    Name one or more of them: pp stop api-sleep-1001
    Or all of them: pp stop --here
    --- exit 3
    ");
    assert_snapshot!(in_home("todo", &["restart"]), @"
    --- stderr
    Error: 2 processes run here:
      api-sleep-1001  running  sleep 1001  ~/todo/api
      web             running  sleep 1000  ~/todo
    Name one or more of them: pp restart api-sleep-1001
    Or all of them: pp restart --here
    --- exit 3
    ");
    assert_snapshot!(in_home("shop", &["stop"]), @"
    --- stderr
    Error: No process runs in ~/shop or below. Elsewhere:
      api-sleep-1001  running  sleep 1001  ~/todo/api
      web             running  sleep 1000  ~/todo
    Name the one you mean: pp stop api-sleep-1001
    --- exit 3
    ");
    assert_eq!(running(&world).split(' ').count(), 5, "`sleep 1001 in …` and web");
    in_home("todo", &["stop", "--all"]).ok();
    assert_snapshot!(in_home("todo", &["restart"]), @"
    --- stderr
    Error: 2 processes have ended here:
      api-sleep-1001  terminated  sleep 1001  ~/todo/api
      web             terminated  sleep 1000  ~/todo
    Name one or more of them: pp restart api-sleep-1001
    Or all of them: pp restart --here --ended
    --- exit 3
    ");
    in_home("todo", &["forget", "--ended"]).ok();
    assert_snapshot!(in_home("todo", &["stop"]), @"
    --- stderr
    Error: No process runs in ~/todo or below.
    Run `pp <command>` to start the first process.
    --- exit 3
    ");
}

#[test]
fn a_given_directory_is_a_filter() {
    let world = World::new();
    run_in(&world, "todo", &["start", "--label", "web", "sleep", "1000"]).ok();
    run_in(&world, "shop", &["start", "--label", "shop", "sleep", "1000"]).ok();
    for words in [
        &["stop", "--working-directory", "todo", "shop"][..],
        &["stop", "--working-directory", "todo", "sho"],
        &["signal", "--working-directory", "todo", "HUP", "shop"],
        &["send", "--working-directory", "todo", "shop", "x"],
        &["attach", "--working-directory", "todo", "shop"],
        &["logs", "--working-directory", "todo", "shop"],
        &["wait", "--working-directory", "todo", "shop"],
        &["restart", "--working-directory", "todo", "shop"],
        &["forget", "--working-directory", "todo", "shop"],
    ] {
        let output = run_in(&world, "", words);
        assert_eq!(output.code, 3, "{words:?}: {output}");
        assert!(output.err().contains("/todo or below matches `sho"), "{output}");
    }
    assert_eq!(running(&world), "shop web");
    run_in(&world, "", &["stop", "--working-directory", "todo", "sleep"]).ok();
    assert_eq!(running(&world), "shop");
    run_in(&world, "", &["stop", "--working-directory", "shop"]).ok();
    assert_eq!(running(&world), "");
}

#[test]
fn a_part_of_a_name_elsewhere_is_confirmed_in_a_terminal() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    run_in(&world, "todo", &["start", "sleep", "1000"]).ok();
    assert_snapshot!(run_in(&world, "shop", &["stop", "sleep"]), @"
    --- stderr
    Error: `sleep` matches only processes of other directories:
      todo-sleep-1000  running  sleep 1000  <work>/todo
    Run `pp stop todo-sleep-1000`.
    --- exit 3
    ");
    screen.run("cd shop");
    screen.start("pp stop sleep");
    screen.until("`sleep` matches nothing here. Stop todo-sleep-1000 in ");
    screen.press_key("Enter");
    assert_eq!(screen.exit(), 1);
    screen.until("Error: Nothing was changed.");
    assert_ne!(running(&world), "");
    screen.start("clear; pp stop sleep");
    screen.until("[y/N]");
    screen.type_line("y");
    assert_eq!(screen.exit(), 0);
    screen.until("Stopped todo-sleep-1000 ");
    assert_eq!(running(&world), "");
}

#[test]
fn shutdown_asks_about_processes_that_others_started() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    start(&world, &["web"]);
    let mcp = Mcp::modern(&world);
    for label in ["api", "db"] {
        let directory = world.work();
        let arguments = serde_json::json!({
            "action": "start", "command_or_label": "sleep 1000", "label": label,
            "working_directory": directory,
        });
        mcp.call("ctrl", arguments);
    }
    screen.start("pp shutdown");
    let text = screen.until("Stop all 3? [y/N]");
    assert!(text.contains("2 of 3 processes were started by "), "{text}");
    screen.press_key("Enter");
    assert_eq!(screen.exit(), 1);
    screen.until("Error: Nothing was stopped.");
    assert_eq!(running(&world), "api db web");
    screen.start("clear; pp shutdown --yes");
    assert_eq!(screen.exit(), 0);
    screen.until("and 3 processes");
    // Its own processes are stopped without a question.
    start(&world, &["web"]);
    screen.start("clear; pp shutdown");
    assert_eq!(screen.exit(), 0);
    screen.until("and 1 process");
}
