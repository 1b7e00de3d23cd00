//! `pp label`: another name for a process, running or ended.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::World;

#[test]
fn the_new_name_is_the_one_of_every_message_and_the_id_stays() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    let before = world.process("sleep");
    assert_snapshot!(world.pp(["label", "sleep", "web"]), @"
    work-sleep-1000 is now web
    --- exit 0
    ");
    let after = world.process("web");
    assert_eq!((&after["id"], &after["pid"]), (&before["id"], &before["pid"]));
    assert_eq!(after["log_combined"], before["log_combined"]);
    assert!(world.pp(["list"]).ok().out().contains("\nweb "), "{}", world.pp(["list"]));
    assert_snapshot!(world.pp(["stop", "web"]), @"
    Stopped web (SIGTERM)
    --- exit 0
    ");
    // Ended processes too, and the daemon that comes next knows it.
    world.pp(["label", "web", "shop"]).ok();
    world.kill_daemon();
    assert_snapshot!(world.pp(["restart", "shop"]).out().split(" with").next().unwrap(), @"Restarted shop");
    assert_eq!(world.pp(["stop", "web"]).code, 3, "the old name is no name");
    let json = world.pp(["--format", "json", "label", "shop", "web"]).ok().json();
    assert_eq!((&json["label"], &json["id"]), (&"web".into(), &before["id"]));
}

#[test]
fn the_same_command_is_the_same_process_under_its_new_name() {
    let world = World::new();
    world.pp(["start", "sleep", "1000"]).ok();
    world.pp(["label", "sleep", "web"]).ok();
    let again = world.pp(["--format", "json", "start", "sleep", "1000"]).ok().json();
    assert_eq!((&again["label"], &again["already_running"]), (&"web".into(), &true.into()));
    world.pp(["stop", "web"]).ok();
    world.kill_daemon();
    let started = world.pp(["--format", "json", "start", "sleep", "1000"]).ok().json();
    assert_eq!((&started["label"], &started["run"]), (&"web".into(), &2.into()));
    assert_eq!(world.list().len(), 1);
}

#[test]
fn a_name_of_another_process_is_refused() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "api", "sleep", "1001"]).ok();
    assert_snapshot!(world.pp(["label", "web", "api"]), @"
    --- stderr
    Error: `api` is the name of another process: `sleep 1001` in <work> (running).
    Give another label.
    --- exit 1
    ");
    assert_snapshot!(world.pp(["label", "web", ""]), @r#"
    --- stderr
    Error: `--label` cannot be "": it is empty.
    Example: `"label": "web"`.
    --- exit 2
    "#);
    // The id of a process that was renamed is a name too.
    world.pp(["label", "web", "shop"]).ok();
    assert_snapshot!(world.pp(["label", "api", "web"]), @"
    --- stderr
    Error: `web` is the id of `shop`: `sleep 1000` in <work> (running).
    Give another label.
    --- exit 1
    ");
    assert_snapshot!(world.pp(["start", "--label", "web", "sleep", "1002"]), @"
    --- stderr
    Error: `web` is the id of `shop`: `sleep 1000` in <work> (running).
    Give another label.
    --- exit 1
    ");
    world.pp(["label", "shop", "web"]).ok();
    assert_eq!(world.pp(["label", "nosuch", "x"]).code, 3);
    assert_eq!(world.pp(["label", "web"]).code, 2);
}

#[test]
fn it_is_a_route_of_rest() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "api", "sleep", "1001"]).ok();
    let renamed = world.rest().post("/v1/processes/web/label", &json!({"label": "shop"}));
    assert_eq!(renamed.expect(200)["label"], "shop");
    let refused = world.rest().post("/v1/processes/shop/label", &json!({"label": "api"}));
    assert_eq!(refused.expect(409)["code"], "label_in_use");
}

#[test]
fn of_many_requests_for_one_name_one_succeeds() {
    let world = World::new();
    let labels = ["a", "b", "c", "d", "e", "f"];
    for label in labels {
        world.pp(["start", "--label", &format!("p-{label}"), "sleep", "1000"]).ok();
    }
    let renames = labels.map(|label| world.spawn_pp(["label", &format!("p-{label}"), "web"]));
    let codes = renames.map(|rename| rename.end().code);
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 1, "{codes:?}");
    let named = world.list().into_iter().filter(|process| process["label"] == "web").count();
    assert_eq!(named, 1);
}
