//! Errors mark the culprit, carry a code to branch on, and say what to type now.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::World;

fn told(world: &World, error: &Value) -> String {
    let text = |field: &str| error[field].as_str().unwrap_or("-").to_owned();
    world.normal().of(&format!(
        "{} [{}] at `{}` ({}) help: {}",
        text("msg"),
        text("code"),
        text("marked"),
        error["labels"][0]["text"].as_str().unwrap_or("-"),
        text("help")
    ))
}

#[test]
fn what_went_wrong_with_what() {
    let world = World::with_three();
    let said = |line: &str| told(&world, &world.nu_error(line));
    assert_snapshot!(said("persistproc stop wbe"), @"");
    assert_snapshot!(said("persistproc logs web nosuch"), @"");
    assert_snapshot!(said("[{label: web}] | persistproc stop"), @"");
    assert_snapshot!(said("persistproc stop"), @"");
    assert_snapshot!(said("[1.5] | persistproc stop"), @"");
    assert_snapshot!(said("persistproc send build yes"), @"");
    assert_snapshot!(said("persistproc send web"), @"");
    assert_snapshot!(said("persistproc start nosuchprogram"), @"");
    assert_snapshot!(said("persistproc start"), @"");
    assert_snapshot!(said("persistproc start --labl x sleep 1"), @"");
    assert_snapshot!(said("persistproc ps --status dead"), @"");
    assert_snapshot!(said("persistproc logs web --lines many"), @"");
    assert_snapshot!(said("persistproc logs web --grep x --follow"), @"");
    assert_snapshot!(said("persistproc logs web api --raw"), @"");
    assert_snapshot!(said("persistproc logs web --after zzz"), @"");
    assert_snapshot!(said("persistproc search '('"), @"");
    assert_snapshot!(said("persistproc signal NOSUCH web"), @"");
    assert_snapshot!(said("persistproc forget web"), @"");
    assert_snapshot!(said("persistproc wait api --pattern nosuch --timeout 50ms"), @"");
    assert_snapshot!(said("persistproc wait build --pattern nosuch"), @"");
    assert_snapshot!(said("persistproc restart --label nosuch"), @"");
}

#[test]
fn all_are_tried_and_the_others_are_told_below_the_first() {
    let world = World::with_three();
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
    assert_snapshot!(told(&world, &error), @"");
    assert!(world.daemons().is_empty());
}

#[test]
fn as_a_person_sees_it() {
    let world = World::with_three();
    let mut said = world.nu("persistproc stop wbe");
    assert_eq!(said.code, 1);
    said.stdout.clear();
    assert_snapshot!(said, @"");
    let short = world.nu("$env.config.error_style = 'short'; persistproc stop wbe");
    assert_snapshot!(short, @"");
}
