//! A command of the plugin accepts every flag of the executable's command of the same name, so that
//! command lines from documentation also work in Nushell.

use std::collections::BTreeSet;

use serde_json::json;

use crate::support::World;

/// The long flags in a help text.
fn flags(help: &str) -> BTreeSet<String> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let words = lines.flat_map(|line| line.split([' ', ',', '=']).take(4));
    let long = words.filter_map(|word| word.strip_prefix("--"));
    // The name of a repeatable flag is followed by dots.
    long.map(|flag| flag.trim_end_matches('.').to_owned()).collect()
}

/// Flags that Nushell has other ways for: `; print --no-newline (char bel)`, text without colours in
/// tables, the column `exit_code` of an answer, and a record for `--environment`.
const OTHER_WAYS: [&str; 6] = ["help", "version", "notify", "color", "exit-code", "env"];

/// Commands that the plugin does not define, and what Nushell has instead. They run as the executable,
/// and most of them print JSON with `--format json`.
const OTHER_COMMANDS: [(&str, &str); 22] = [
    ("run", "a program that is watched needs the terminal"),
    ("attach", "needs the terminal"),
    ("ui", "needs the terminal"),
    ("url", "persistproc ps --long | where name == web | get url.0"),
    ("open", "start (persistproc ps --long | where name == web | get url.0)"),
    ("dashboard", "opens a browser"),
    ("runs", "persistproc --format json runs web | from json | get runs"),
    ("env", "persistproc --format json env web | from json"),
    ("notify", "persistproc --format json notify web | from json | get except"),
    ("label", "persistproc --format json label web shop | from json"),
    ("ctrl", "start, stop and restart are commands of their own"),
    ("serve", "a daemon in the foreground needs the terminal"),
    ("shutdown", "answers with a sentence"),
    ("doctor", "persistproc --format json doctor | from json | get findings"),
    ("init", "prints or installs a script"),
    ("setup", "asks in the terminal"),
    ("prompt", "prints a text"),
    ("completions", "prints a script"),
    ("man", "prints a page"),
    ("mcp", "speaks a protocol, or changes settings of agents"),
    ("hook", "agents run it"),
    ("token", "prints a text"),
];

#[test]
fn every_command_is_one_of_nushell_or_has_a_reason() {
    let world = World::new();
    let script = "scope commands | where type == plugin | get name | str replace 'persistproc ' ''";
    let defined = world.nu_value(script);
    let defined: Vec<&str> =
        defined.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    let help = world.persistproc(["help"]).ok().out();
    let commands: Vec<&str> = help
        .lines()
        .skip_while(|line| !line.starts_with("Run:"))
        .take_while(|line| !line.starts_with("Global options"))
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|name| !name.is_empty() && !name.starts_with('<'))
        .collect();
    assert!(commands.len() > 20, "{help}");
    let has_reason = |name: &str| OTHER_COMMANDS.iter().any(|(command, _)| *command == name);
    let missing: Vec<_> =
        commands.iter().filter(|name| !defined.contains(name) && !has_reason(name)).collect();
    assert!(missing.is_empty(), "Nushell lacks {missing:?}");
}

#[test]
fn commands_of_the_executable_answer_nushell() {
    let world = World::with_three_processes();
    for (script, expected) in [
        ("persistproc --format json label web shop | from json | get label", json!("shop")),
        ("persistproc --format json env shop | from json | columns | length", json!(3)),
        ("try { persistproc url api } catch { 'no URL' }", json!("no URL")),
    ] {
        assert_eq!(world.nu_value(script), expected, "{script}");
    }
}

#[test]
fn the_plugin_accepts_every_flag_of_the_executable() {
    let world = World::new();
    let script = "scope commands | where type == plugin | each {|c| {name: $c.name,
        flags: ($c.signatures | values | flatten | where parameter_type in [named switch]
            | get parameter_name | uniq)} }";
    for command in world.nu_value(script).as_array().unwrap() {
        let name = command["name"].as_str().unwrap().strip_prefix("persistproc ").unwrap();
        let help = world.persistproc(["help", name]).ok().out();
        let theirs: Vec<_> = command["flags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|flag| flag.as_str().unwrap())
            .collect();
        let missing: Vec<_> = flags(&help)
            .into_iter()
            .filter(|flag| !OTHER_WAYS.contains(&flag.as_str()))
            .filter(|flag| !theirs.contains(&flag.as_str()))
            .collect();
        assert!(flags(&help).len() > 4, "{help}");
        assert!(missing.is_empty(), "persistproc {name} in Nushell lacks {missing:?}");
    }
}
