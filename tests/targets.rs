//! Targets: each names one process, or the error helps to choose one. What changes a process needs
//! an exact name, or a part of one that cannot be meant for another process.

use insta::assert_snapshot;
use serde_json::json;

use crate::mcp::Mcp;
use crate::support::{Http, World};

/// The routes that change a process, with a body that each accepts.
fn change_on_every_route(rest: &Http, target: &str) -> Vec<u16> {
    let path = |verb: &str| format!("/v1/processes/{target}{verb}");
    let bodies = [
        ("/stop", json!({})),
        ("/restart", json!({})),
        ("/signal", json!({ "signal": "TERM" })),
        ("/stdin", json!({ "text": "x" })),
        ("/resize", json!({ "rows": 30, "columns": 90 })),
    ];
    let mut answers: Vec<u16> =
        bodies.iter().map(|(verb, body)| rest.post(&path(verb), body).status).collect();
    answers.push(rest.delete(&path("")).status);
    answers.push(rest.get(&path("?for_change=true")).status);
    answers
}

fn running(world: &World) -> usize {
    world.list().iter().filter(|process| process["status"] == "running").count()
}

#[test]
fn an_unknown_target_suggests_a_similar_one() {
    let world = World::new();
    world.pp(["start", "--label", "frontend", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["stop", "fronted"]), @"
    --- stderr
    Error: No process matches `fronted`.
    Did you mean `frontend`? Run `pp list` to see all processes.
    --- exit 3
    ");
    assert_snapshot!(world.pp(["output", "something-else"]), @"
    --- stderr
    Error: No process matches `something-else`.
    Run `pp list` to see all processes.
    --- exit 3
    ");
    assert_snapshot!(world.pp(["--format", "json", "restart", "fronted"]), @r#"
    {
      "error": "No process matches `fronted`.",
      "code": "not_found",
      "message": "No process matches `fronted`.",
      "hint": "Did you mean `frontend`? Run `persistproc list` to see all processes."
    }
    --- exit 3
    "#);
}

#[test]
fn an_unknown_target_without_any_process_says_how_to_start_one() {
    let world = World::new();
    assert_snapshot!(world.pp(["stop", "web"]), @"
    --- stderr
    Error: No process matches `web`.
    Run `pp <command>` to start the first process.
    --- exit 3
    ");
    assert_snapshot!(world.pp(["stop", "4242424"]), @"
    --- stderr
    Error: No process matches `4242424`.
    Run `pp <command>` to start the first process.
    --- exit 3
    ");
}

#[test]
fn an_ambiguous_target_lists_the_candidates() {
    let world = World::new();
    world.pp(["start", "--label", "api one", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "api two", "sleep", "1001"]).ok();
    assert_snapshot!(world.pp(["stop", "api"]), @"
    --- stderr
    Error: `api` matches 2 processes:
      api one  running  sleep 1000  <work>
      api two  running  sleep 1001  <work>
    Give the whole name of the one you mean: pp stop 'api one'
    --- exit 3
    ");
    assert_snapshot!(world.pp(["--format", "json", "stop", "api"]), @r#"
    {
      "error": "`api` matches 2 processes:\n  api one  running  sleep 1000  <work>\n  api two  running  sleep 1001  <work>",
      "code": "ambiguous",
      "message": "`api` matches 2 processes:\n  api one  running  sleep 1000  <work>\n  api two  running  sleep 1001  <work>",
      "hint": "Give the whole name of the one you mean: pp stop 'api one'",
      "candidates": [
        "api-one",
        "api-two"
      ]
    }
    --- exit 3
    "#);
    assert_eq!(world.list().iter().filter(|found| found["status"] == "running").count(), 2);
}

#[test]
fn a_command_is_found_in_the_current_directory_first() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    let mut elsewhere = world.pp_command(["start", "sleep", "1000"]);
    elsewhere.current_dir(world.folder("home"));
    world.run(elsewhere).ok();
    let mut nowhere = world.pp_command(["output", "sleep", "1000"]);
    nowhere.current_dir("/");
    assert_snapshot!(world.run(nowhere), @"
    --- stderr
    Error: `sleep 1000` matches 2 processes:
      home-sleep-1000  running  sleep 1000  ~
      work-sleep-1000  running  sleep 1000  <work>
    Give the whole name of the one you mean: pp logs home-sleep-1000
    --- exit 3
    ");
    let stopped = world.pp(["--format", "json", "stop", "sleep", "1000"]).ok().json();
    assert_eq!(stopped["working_directory"].as_str(), world.work().to_str());
}

#[test]
fn a_number_is_no_part_of_a_command() {
    let world = World::new();
    world.pp(["start", "sleep", "47110"]).ok();
    assert_snapshot!(world.pp(["stop", "4711"]), @"
    --- stderr
    Error: No process matches `4711`: a number is a PID, an id or a label, not a part of a name.
    Did you mean `work-sleep-47110`? Run `pp list` to see all processes.
    --- exit 3
    ");
    // The command of another process, which has ended or was never started.
    assert_snapshot!(world.pp(["restart", "sleep", "4711"]), @"
    --- stderr
    Error: No process matches `sleep 4711`: a part of a name has no part of a number.
    Did you mean `work-sleep-47110`? Run `pp list` to see all processes.
    --- exit 3
    ");
    for target in ["4711", "0", "47110", "+47110", "sleep%204711", "%204711"] {
        let answers = change_on_every_route(&world.rest(), target);
        assert_eq!(answers, [404; 7], "{target}");
    }
    let listed = world.rest().get("/v1/processes?target=4711").expect(200);
    assert!(listed["processes"].as_array().unwrap().is_empty());
    for words in [
        &["send", "4711", "text"][..],
        &["signal", "HUP", "4711"],
        &["forget", "4711"],
        &["attach", "4711"],
        &["output", "4711"],
    ] {
        let mut command = world.pp_command([]);
        command.args(words);
        assert_eq!(world.run(command).code, 3, "{words:?}");
    }
    assert_eq!(running(&world), 1);
    // A number that is a label, and the PID itself.
    world.pp(["start", "--label", "4711", "sleep", "1000"]).ok();
    world.pp(["stop", "4711"]).ok();
    let pid = world.list()[0]["pid"].to_string();
    world.pp(["stop", &pid]).ok();
    assert_eq!(running(&world), 0);
}

#[test]
fn a_part_that_changes_a_process_has_three_characters() {
    let world = World::new();
    world.pp(["start", "--label", "frontend", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["stop", "e"]), @"
    --- stderr
    Error: No process matches `e`: a part of a name has at least three characters.
    Did you mean `frontend`? Run `pp list` to see all processes.
    --- exit 3
    ");
    assert_eq!(change_on_every_route(&world.rest(), "fr"), [404; 7]);
    assert_eq!(running(&world), 1);
    world.pp(["output", "e"]).ok();
    world.pp(["stop", "ont"]).ok();
    // Two characters are enough for a whole name.
    world.pp(["start", "--label", "fe", "sleep", "1001"]).ok();
    world.pp(["stop", "fe"]).ok();
}

#[test]
fn a_part_does_not_reach_the_process_of_another_project() {
    let world = World::new();
    world.write("todo/src/main.js", "");
    world.write("shop/main.js", "");
    let in_folder = |folder: &str, words: &[&str]| {
        let mut command = world.pp_command([]);
        command.args(words).current_dir(world.work().join(folder));
        world.run(command)
    };
    in_folder("todo", &["start", "sleep", "1000"]).ok();
    assert_snapshot!(in_folder("shop", &["stop", "sleep"]), @"
    --- stderr
    Error: `sleep` matches only processes of other directories:
      todo-sleep-1000  running  sleep 1000  <work>/todo
    Run `pp stop todo-sleep-1000`.
    --- exit 3
    ");
    assert_eq!(running(&world), 1);
    in_folder("shop", &["output", "sleep"]).ok();
    in_folder("todo/src", &["restart", "sleep"]).ok();
    in_folder("shop", &["stop", "sleep", "1000"]).ok();
    // Folders of one repository belong together.
    world.write(".git/HEAD", "");
    in_folder("todo", &["restart", "sleep", "1000"]).ok();
    in_folder("shop", &["stop", "sleep"]).ok();
    assert_eq!(running(&world), 0);
}

#[test]
fn an_agent_names_what_it_changes_as_people_do() {
    let world = World::new();
    world.pp(["start", "sleep", "47110"]).ok();
    let mcp = Mcp::modern(&world);
    for target in ["4711", "e", "sleep 4711"] {
        for arguments in [
            json!({ "action": "stop", "command_or_label": target }),
            json!({ "action": "restart", "command_or_label": target }),
            json!({ "action": "send", "command_or_label": target, "input": "x" }),
        ] {
            let result = mcp.call("ctrl", arguments);
            assert!(result.error().contains("No process matches"), "{}", result.error());
        }
    }
    assert_eq!(running(&world), 1);
}
