//! Errors mark the culprit, carry a code to branch on, and say what to type now.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::World;

fn told(world: &World, line: &str, error: &Value) -> String {
    let text = |field: &str| error[field].as_str().unwrap_or("-").to_owned();
    let label = error["labels"][0]["text"].as_str().unwrap_or("-");
    let (message, code, marked, help) = (text("msg"), text("code"), text("marked"), text("help"));
    let told = format!("> {line}\n{message} [{code}]\n{marked}: {label}\nhelp: {help}");
    world.normalizer().normalize(&told)
}

#[test]
fn what_went_wrong_with_what() {
    let world = World::with_three_processes();
    let lines = [
        "persistproc stop wbe",
        "persistproc logs web nosuch",
        "[{label: web}] | persistproc stop",
        "persistproc stop",
        "persistproc stop ''",
        "[1.5] | persistproc stop",
        "persistproc send build yes",
        "persistproc send web",
        "persistproc start",
        "persistproc start --labl x sleep 1",
        "persistproc ps --status dead",
        "persistproc logs web --lines many",
        "persistproc logs web --grep x --follow",
        "persistproc logs web api --raw",
        "persistproc logs web --after zzz",
        "persistproc search '('",
        "persistproc signal NOSUCH web",
        "persistproc forget web",
        "persistproc wait api --pattern nosuch --timeout 1sec",
        "persistproc wait build --pattern nosuch",
        "persistproc restart --label nosuch",
    ];
    let told: Vec<_> = lines.map(|line| told(&world, line, &world.nu_error(line))).into();
    assert_snapshot!("what_went_wrong_with_what", told.join("\n\n"));
}

#[test]
fn a_program_that_is_not_there_is_marked() {
    let error = World::new().nu_error("persistproc start nosuchprogram --port 1");
    assert_eq!(error["code"], "persistproc::command_not_found");
    assert_eq!(error["marked"], "nosuchprogram");
}

#[test]
fn all_are_tried_and_the_others_are_told_below_the_first() {
    let world = World::with_three_processes();
    let error = world.nu_error("persistproc stop nosuch web neither");
    assert_eq!(error["marked"], "nosuch");
    assert!(error["inner"].to_string().contains("neither"), "{error:#}");
    world.until_status("web", "terminated");
}

#[test]
fn without_a_daemon_there_is_one_error_with_the_command_that_starts_one() {
    let world = World::new();
    let line = "$env.config.plugins.persistproc = {autostart: false}; persistproc ps";
    let error = world.nu_error(line);
    assert_eq!(error["code"], "persistproc::daemon_unreachable");
    assert_snapshot!(told(&world, line, &error), @r"
    > $env.config.plugins.persistproc = {autostart: false}; persistproc ps
    No daemon is running for <data>. [persistproc::daemon_unreachable]
    persistproc ps: no answer from the daemon
    help: Start the daemon with `^persistproc serve`, or set `autostart: true` in $env.config.plugins.persistproc.
    ");
    assert!(world.daemons().is_empty());
}

#[test]
fn as_a_person_sees_it() {
    let world = World::with_three_processes();
    let fancy = world.nu("persistproc stop wbe");
    assert_eq!(fancy.code, 1);
    let short = world.nu("$env.config.error_style = 'short'; persistproc stop wbe");
    assert_snapshot!("as_a_person_sees_it", format!("{fancy}\n\n{short}"));
}
