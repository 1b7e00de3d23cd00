//! A command of the plugin accepts every flag of the executable's command of the same name, so that
//! command lines from documentation also work in Nushell.

use std::collections::BTreeSet;

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
