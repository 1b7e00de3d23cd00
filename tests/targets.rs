//! Targets: each names one process, or the error helps to choose one.

use insta::assert_snapshot;

use crate::support::World;

#[test]
fn an_unknown_target_suggests_a_similar_one() {
    let world = World::new();
    world.pp(["start", "--label", "frontend", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["stop", "fronted"]), @"
    --- stderr
    Error: No process matches `fronted`.
    Did you mean `frontend`? Run `persistproc list` to see all processes.
    --- exit 3
    ");
    assert_snapshot!(world.pp(["output", "something-else"]), @"
    --- stderr
    Error: No process matches `something-else`.
    Run `persistproc list` to see all processes.
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
    assert_snapshot!(world.pp(["stop", "api"]), @r#"
    --- stderr
    Error: `api` matches 2 processes: work-sleep-1000 "api one" (running, sleep 1000 in <work>), work-sleep-1001 "api two" (running, sleep 1001 in <work>).
    Give the id of the one you mean.
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
    Error: `sleep 1000` matches 2 processes: home-sleep-1000 (running, sleep 1000 in <home>), work-sleep-1000 (running, sleep 1000 in <work>).
    Give the id of the one you mean.
    --- exit 3
    ");
    let stopped = world.pp(["--format", "json", "stop", "sleep", "1000"]).ok().json();
    assert_eq!(stopped["working_directory"].as_str(), world.work().to_str());
}
