//! Help is complete, and every example in it does what it says.

use serde_json::Value;

use crate::support::World;

const EXAMPLES: &str = "scope commands | where type == plugin
    | select name description search_terms category examples";

#[test]
fn every_example_runs_and_gives_what_it_says() {
    let commands = World::new().nu_value(EXAMPLES);
    let mut run = 0;
    for command in commands.as_array().unwrap() {
        let name = command["name"].as_str().unwrap();
        // The other names of a command have the same examples.
        if ["persistproc list", "persistproc ls", "persistproc output"].contains(&name) {
            continue;
        }
        for example in command["examples"].as_array().unwrap() {
            gives(name, example["example"].as_str().unwrap(), &example["result"]);
            run += 1;
        }
    }
    assert!(run > 30, "{run} examples");
}

/// Each in a world of its own: some of them change it.
fn gives(name: &str, line: &str, expected: &Value) {
    let world = World::with_three_processes();
    assert!(line.contains(name), "{line} does not show {name}");
    if expected.is_null() {
        world.nu(line).ok();
    } else {
        assert_eq!(world.nu_value(line), *expected, "{line}");
    }
}

#[test]
fn help_is_found_and_fits() {
    let commands = World::new().nu_value(EXAMPLES);
    let commands = commands.as_array().unwrap();
    assert_eq!(commands.len(), 13);
    for command in commands {
        let text = |field: &str| command[field].as_str().unwrap();
        assert_eq!(text("category"), "system");
        assert!(text("description").len() < 80, "{}", text("description"));
        assert!(!text("search_terms").is_empty());
        assert!(command["examples"].as_array().unwrap().len() >= 3, "{}", text("name"));
    }
    let found = World::new().nu_value("[jobs daemon tail grep] | each {|word| scope commands | where type == plugin and search_terms =~ $word | is-not-empty }");
    assert_eq!(found, serde_json::json!([true, true, true, true]));
}
