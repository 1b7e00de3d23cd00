//! The help of the plugin's commands: it is complete, and every example gives its documented result.

use serde_json::Value;

use crate::support::World;

const EXAMPLES: &str = "scope commands | where type == plugin
    | select name description search_terms category examples";

#[test]
fn every_example_gives_its_documented_result() {
    let commands = World::new().nu_value(EXAMPLES);
    let mut run = 0;
    for command in commands.as_array().unwrap() {
        let name = command["name"].as_str().unwrap();
        // An alias has the examples of its command.
        if ["persistproc list", "persistproc ls", "persistproc output"].contains(&name) {
            continue;
        }
        for example in command["examples"].as_array().unwrap() {
            assert_result(name, example["example"].as_str().unwrap(), &example["result"]);
            run += 1;
        }
    }
    assert!(run > 30, "{run} examples");
}

/// Runs an example in its own world, because some examples change processes.
fn assert_result(name: &str, line: &str, expected: &Value) {
    let world = World::with_three_processes();
    assert!(line.contains(name), "{line} does not show {name}");
    if expected.is_null() {
        world.nu(line).ok();
    } else {
        assert_eq!(world.nu_value(line), *expected, "{line}");
    }
}

#[test]
fn commands_have_search_terms_examples_and_short_descriptions() {
    let commands = World::new().nu_value(EXAMPLES);
    let commands = commands.as_array().unwrap();
    assert_eq!(commands.len(), 16);
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
