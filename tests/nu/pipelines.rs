//! Pipelines: rows, ids, labels and lists of them are accepted as targets, and an empty selection gives
//! an empty table.

use serde_json::json;

use crate::support::World;

/// The forms in which `web` and `api` can be named through a pipeline.
const FORMS: [&str; 11] = [
    "persistproc ps | where status == running",
    "persistproc ps | where label == web | first",
    "persistproc ps | where label == web | get 0.id",
    "persistproc ps | where status == running | get label",
    "persistproc ps | where status == running | each {|p| $p.id}",
    "persistproc ps | where status == running | select id status | sort-by id",
    "\"web\\napi\" | lines",
    "[web api]",
    "{id: web}",
    "^printf 'web\\napi\\n'",
    "persistproc ps | where status == running | get pid",
];

/// The columns of a process.
const COLUMNS: [&str; 9] =
    ["name", "status", "pid", "uptime", "exit_code", "command", "cwd", "id", "label"];

#[test]
fn every_form_of_input_names_processes() {
    let world = World::with_three_processes();
    for form in FORMS {
        for action in ["logs", "signal CONT", "wait --quiet-for 1ms"] {
            let labels = format!("{form} | persistproc {action} | get label | uniq | sort");
            let labels = world.nu_value(&labels);
            let expected =
                if labels == json!(["web"]) { json!(["web"]) } else { json!(["api", "web"]) };
            assert_eq!(labels, expected, "{form} | {action}");
        }
    }
}

#[test]
fn actions_return_rows_of_ps() {
    let world = World::with_three_processes();
    let columns = json!(COLUMNS);
    for action in ["restart", "send hello", "signal CONT", "stop", "forget"] {
        let line = format!("persistproc ps | where label =~ 'web|api' | persistproc {action}");
        let done = world.nu_value(&format!("{line} | select label | insert columns {columns}"));
        let labels: Vec<_> =
            done.as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap()).collect();
        assert_eq!(labels.len(), 2, "{line}: {done}");
    }
    assert_eq!(world.nu_value("persistproc ps | get label"), json!(["build"]));
}

#[test]
fn an_empty_selection_gives_an_empty_table() {
    let world = World::with_three_processes();
    for action in [
        "logs",
        "logs --follow",
        "stop",
        "restart",
        "wait",
        "send x",
        "signal HUP",
        "search x",
        "forget",
    ] {
        let line = format!("persistproc ps | where false | persistproc {action} | length");
        assert_eq!(world.nu_value(&line), 0, "{action}");
    }
    assert_eq!(world.list().iter().filter(|process| process["status"] == "running").count(), 2);
}

#[test]
fn stop_accepts_ended_processes_from_a_pipeline() {
    let world = World::with_three_processes();
    let stopped = world.nu_value("persistproc ps | persistproc stop | sort-by label | get status");
    assert_eq!(stopped, json!(["terminated", "exited", "terminated"]));
    assert_eq!(world.nu_error("persistproc stop build")["code"], "persistproc::not_running");
}

#[test]
fn text_and_lines_reach_the_process() {
    let world = World::with_three_processes();
    world.nu("\"one\\ntwo\\n\" | persistproc send web").ok();
    world.nu("persistproc send web three four").ok();
    world.nu("persistproc ps | where label == web | persistproc send five").ok();
    let last = world.nu_value("persistproc wait web --pattern five; persistproc logs web --stream stdout -n 4 | get message");
    assert_eq!(last, json!(["got one", "got two", "got three four", "got five"]));
}

#[test]
fn rows_are_filtered_restarted_and_followed() {
    let world = World::with_three_processes();
    let line = "persistproc ps | where status == exited";
    assert_eq!(world.nu_value(&format!("{line} | get label")), json!(["build"]));
    let line = "persistproc ps | where label =~ api | persistproc restart";
    assert_eq!(world.nu_value(&format!("{line} | get label")), json!(["api"]));
    let follows = world.spawn_nu("persistproc logs web --follow | where message =~ error | first");
    world.nu("persistproc send web 'an error'").ok();
    let out = follows.end().ok().out();
    assert!(out.contains("got an error"), "{out}");
}

#[test]
fn a_command_in_several_words_is_one_target() {
    let world = World::new();
    world.nu("persistproc start sleep 1000; persistproc start sleep 1001").ok();
    let of = |line: &str| world.nu_value(&format!("{line} | get command"));
    assert_eq!(of("persistproc stop sleep 1000"), json!(["sleep 1000"]));
    assert_eq!(
        of("persistproc restart 'sleep 1000' 'sleep 1001'"),
        json!(["sleep 1000", "sleep 1001"])
    );
}
