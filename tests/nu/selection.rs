//! Flags that select processes by their directory and status, with the plugin and without it.

use serde_json::{Value, json};

use super::fallback::value_without_plugin;
use crate::support::World;

/// Asserts the values of these pipelines, one after the other.
fn assert_selects(world: &World, value: impl Fn(&str) -> Value) {
    std::fs::create_dir(world.work().join("empty")).unwrap();
    for (pipeline, expected) in [
        ("persistproc ps --here | get label | sort", json!(["api", "build", "web"])),
        ("cd empty; persistproc ps --here | length", json!(0)),
        ("cd empty; persistproc stop --here | length", json!(0)),
        ("persistproc logs --here | get label | uniq | sort", json!(["api", "build", "web"])),
        ("persistproc restart --lost | length", json!(0)),
        ("persistproc stop --here | get label | sort", json!(["api", "web"])),
        ("persistproc stop --all | length", json!(0)),
        ("cd empty; persistproc restart --ended --here | length", json!(0)),
        ("persistproc forget --here | get label | sort", json!(["api", "build", "web"])),
        ("persistproc forget --ended | length", json!(0)),
        ("persistproc logs --all | length", json!(0)),
    ] {
        assert_eq!(value(pipeline), expected, "{pipeline}");
    }
}

#[test]
fn flags_select_with_the_plugin() {
    let world = World::with_three_processes();
    assert_selects(&world, |pipeline| world.nu_value(pipeline));
}

#[test]
fn flags_select_without_the_plugin() {
    let world = World::with_three_processes();
    assert_selects(&world, |pipeline| value_without_plugin(&world, pipeline));
}

/// Asserts that commands without a target mean the processes of the directory, as in other shells.
fn assert_means_here(world: &World, value: impl Fn(&str) -> Value) {
    std::fs::create_dir(world.work().join("one")).unwrap();
    for (pipeline, expected) in [
        ("cd one; persistproc start --label only sh -c 'echo hi; sleep 1000' | length", json!(1)),
        ("cd one; persistproc wait only --pattern hi | length", json!(1)),
        ("cd one; persistproc logs | get message", json!(["hi"])),
        ("cd one; persistproc restart | get label", json!(["only"])),
        ("cd one; persistproc stop | get label", json!(["only"])),
        (
            "cd one; try { persistproc stop } catch {|e| $e.details.code }",
            json!("persistproc::not_found"),
        ),
        ("try { persistproc stop } catch {|e| $e.details.code }", json!("persistproc::ambiguous")),
        ("persistproc logs | get label | uniq | sort", json!(["api", "build", "only", "web"])),
        ("persistproc ps | where false | persistproc stop | length", json!(0)),
        (
            "persistproc ps --status running,terminated | get label | sort",
            json!(["api", "only", "web"]),
        ),
    ] {
        assert_eq!(value(pipeline), expected, "{pipeline}");
    }
}

#[test]
fn a_command_without_a_target_means_the_process_here_with_the_plugin() {
    let world = World::with_three_processes();
    assert_means_here(&world, |pipeline| world.nu_value(pipeline));
}

#[test]
fn a_command_without_a_target_means_the_process_here_without_the_plugin() {
    let world = World::with_three_processes();
    assert_means_here(&world, |pipeline| value_without_plugin(&world, pipeline));
}

#[test]
fn a_restart_takes_the_environment_of_the_shell() {
    let world = World::with_three_processes();
    let script = "$env.PORT = 4000; persistproc restart web --env; \
                  persistproc --format json env web | from json | get different only_here | flatten";
    assert_eq!(world.nu_value(script), json!([]));
}

#[test]
fn a_flag_that_selects_takes_no_target() {
    let world = World::with_three_processes();
    let error = world.nu_error("persistproc stop web --here");
    assert_eq!(error["msg"], "A target cannot be combined with a flag that selects.", "{error}");
}
