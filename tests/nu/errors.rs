//! Errors: the label marks the invalid word, scripts can match the code, the help is the next step.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::World;

/// The line, and its error as message, code, label and help.
fn describe(world: &World, line: &str, error: &Value) -> String {
    let text = |field: &str| error[field].as_str().unwrap_or("-").to_owned();
    let label = error["labels"][0]["text"].as_str().unwrap_or("-");
    let message = text("msg");
    let code = text("code");
    let marked = text("marked");
    let help = text("help");
    let described = format!("> {line}\n{message} [{code}]\n{marked}: {label}\nhelp: {help}");
    world.normalizer().normalize(&described)
}

#[test]
fn every_error_has_a_message_code_label_and_help() {
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
    let texts: Vec<_> = lines.map(|line| describe(&world, line, &world.nu_error(line))).into();
    assert_snapshot!("error_texts", texts.join("\n\n"));
}

#[test]
fn a_missing_program_is_marked() {
    let error = World::new().nu_error("persistproc start nosuchprogram --port 1");
    assert_eq!(error["code"], "persistproc::command_not_found");
    assert_eq!(error["marked"], "nosuchprogram");
}

#[test]
fn every_target_is_tried_and_every_failure_is_reported() {
    let world = World::with_three_processes();
    let error = world.nu_error("persistproc stop nosuch web neither");
    assert_eq!(error["marked"], "nosuch");
    assert!(error["inner"].to_string().contains("neither"), "{error:#}");
    world.until_status("web", "terminated");
}

#[test]
fn words_of_a_command_that_no_process_has_stop_nothing() {
    let world = World::with_three_processes();
    world.pp(["start", "--label", "frontend", "sleep", "1000"]).ok();
    let error = world.nu_error("persistproc stop front end-of-it");
    assert_eq!(error["marked"], "front", "{error:#}");
    assert!(error.to_string().contains("not all of these words name a process"), "{error:#}");
    assert_eq!(world.process("frontend")["status"], "running");
    world.nu("persistproc stop front").ok();
}

#[test]
fn without_a_daemon_the_help_names_the_command_that_starts_it() {
    let world = World::new();
    let line = "$env.config.plugins.persistproc = {autostart: false}; persistproc ps";
    let error = world.nu_error(line);
    assert_eq!(error["code"], "persistproc::daemon_unreachable");
    assert_snapshot!(describe(&world, line, &error), @r"
    > $env.config.plugins.persistproc = {autostart: false}; persistproc ps
    No daemon is running for <data>. [persistproc::daemon_unreachable]
    persistproc ps: no answer from the daemon
    help: Start the daemon with `^persistproc serve`, or set `autostart: true` in $env.config.plugins.persistproc.
    ");
    assert!(world.daemons().is_empty());
}

#[test]
fn errors_are_rendered_in_the_fancy_and_the_short_style() {
    let world = World::with_three_processes();
    let fancy = world.nu("persistproc stop wbe");
    assert_eq!(fancy.code, 1);
    let short = world.nu("$env.config.error_style = 'short'; persistproc stop wbe");
    assert_snapshot!("rendered_errors", format!("{fancy}\n\n{short}"));
}
