//! The tool list: complete, compact, and within a budget of tokens.

use serde_json::{Value, json};

use super::Mcp;
use super::tokens::count_tokens;
use crate::support::World;

/// The tools and parameters of the predecessor, which its clients still send.
const PREDECESSOR_TOOLS: [(&str, &[&str]); 3] = [
    (
        "ctrl",
        &[
            "action",
            "pid",
            "command_or_label",
            "working_directory",
            "environment",
            "force",
            "label",
        ],
    ),
    ("list", &["pid", "command_or_label", "working_directory"]),
    (
        "output",
        &[
            "stream",
            "lines",
            "before_time",
            "since_time",
            "pid",
            "command_or_label",
            "working_directory",
        ],
    ),
];

fn list_tools(client: &Mcp) -> Vec<Value> {
    serde_json::from_value(client.ask("tools/list", json!({}))["tools"].take()).unwrap()
}

#[test]
fn every_protocol_version_lists_the_same_four_tools() {
    let world = World::new();
    let modern = list_tools(&Mcp::modern(&world));
    assert_eq!(modern, list_tools(&Mcp::legacy(&world)));
    let names: Vec<_> = modern.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ctrl", "list", "output", "wait"]);
    for (name, parameters) in PREDECESSOR_TOOLS {
        let tool = modern.iter().find(|tool| tool["name"] == name).unwrap();
        let properties = tool["inputSchema"]["properties"].as_object().unwrap();
        for parameter in parameters {
            assert!(properties.contains_key(*parameter), "{name} has no {parameter}");
        }
    }
}

#[test]
fn every_parameter_has_a_description_and_schemas_have_no_redundant_keywords() {
    let world = World::new();
    for tool in list_tools(&Mcp::modern(&world)) {
        let name = &tool["name"];
        let properties = tool["inputSchema"]["properties"].as_object().unwrap();
        for (parameter, schema) in properties {
            let description = schema["description"].as_str().expect(parameter);
            let is_alone = !["Of ", "Same", "Only these", "New "]
                .iter()
                .any(|word| description.starts_with(word));
            assert!(
                is_alone,
                "{name}: {parameter} needs its neighbours to be understood: {description}"
            );
            assert!(schema["type"].is_string(), "{name}: {parameter} has several types: {schema}");
        }
        for schema in [&tool["inputSchema"], &tool["outputSchema"]] {
            assert_eq!(schema["type"], "object");
            let text = schema.to_string();
            for noise in ["$ref", "$defs", "$schema", "\"title\"", "\"format\"", "null", "oneOf"] {
                assert!(!text.contains(noise), "{name}: {noise} in {schema:#}");
            }
            jsonschema::meta::validate(schema).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        assert!(tool["description"].as_str().unwrap().len() < 2048);
        assert_eq!(tool["_meta"]["anthropic/alwaysLoad"], true);
        let is_read_only = name != "ctrl";
        let annotations = &tool["annotations"];
        assert_eq!(annotations["readOnlyHint"], is_read_only, "{name}");
        assert_eq!(annotations["destructiveHint"].as_bool(), (!is_read_only).then_some(true));
    }
}

#[test]
fn command_is_understood_as_command_or_label() {
    let world = World::new();
    let client = Mcp::modern(&world);
    let start = json!({"action": "start", "command": "sleep 1000", "label": "web",
        "working_directory": world.work()});
    assert_eq!(client.call("ctrl", start).ok()["label"], "web");
    let page = client.call("output", json!({"command": "web"}));
    assert_eq!(page.ok()["output"], json!([]));
    let stopped = client.call("ctrl", json!({"action": "stop", "command": "web"}));
    assert_eq!(stopped.ok()["label"], "web");
}

/// A model reads the first fields of an answer with the most attention, and some clients show it the
/// structured content alone.
#[test]
fn structured_content_has_the_order_of_the_text() {
    let world = World::new();
    let client = Mcp::modern(&world);
    let calls = [
        (
            "ctrl",
            json!({"action": "start", "command": "sleep 1000", "label": "web", "working_directory": world.work()}),
        ),
        ("list", json!({})),
        ("output", json!({"command_or_label": "web"})),
    ];
    for (tool, arguments) in calls {
        let answer = client.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        let structured = serde_json::to_string(&answer["structuredContent"]).unwrap();
        assert_eq!(answer["content"][0]["text"], structured, "{tool}");
    }
}

/// What a model reads before its first call: the instructions, then the tools.
pub(super) fn fixed_texts(client: &Mcp) -> Vec<String> {
    let described = client.ask("server/discover", json!({}));
    let mut all = vec![described["instructions"].as_str().unwrap().to_owned()];
    for mut tool in list_tools(client) {
        // Clients evaluate these themselves and don't pass them to the model.
        let tool = tool.as_object_mut().unwrap();
        tool.retain(|name, _| name != "annotations" && name != "_meta");
        all.push(serde_json::to_string(tool).unwrap());
    }
    all
}

#[test]
fn instructions_and_tools_stay_within_their_token_budget() {
    let world = World::new();
    let client = Mcp::modern(&world);
    let all = fixed_texts(&client);
    assert!(all[0].len() < 2048);
    let counted = count_tokens(&all);
    let sum: usize = counted.iter().sum();
    assert!(sum < 1350, "{sum} tokens: {counted:?}");
}

#[test]
fn a_page_of_output_costs_few_tokens_more_than_its_text() {
    let world = World::new();
    let lines = vite_lines();
    world.write("lines", &(lines.join("\n") + "\n"));
    let client = Mcp::modern(&world);
    let start = json!({"action": "start", "command_or_label": "cat lines", "label": "vite",
        "working_directory": world.work(), "wait_for": "exit"});
    client.call("ctrl", start).ok();
    let page = client.call("output", json!({"command_or_label": "vite", "max_bytes": 20_000}));
    assert_eq!(page.ok()["output"].as_array().unwrap().len(), 100, "{:#}", page.ok());
    let cursor = page.ok()["cursor"].clone();
    let empty = client.call("output", json!({"command_or_label": "vite", "cursor": cursor}));
    let counted = count_tokens(&[lines.join("\n"), page.text().into(), empty.text().into()]);
    let ratio = counted[1] as f64 / counted[0] as f64;
    assert!(ratio <= 1.06, "{ratio}: {counted:?}");
    assert!(counted[2] < 60, "{counted:?}: {}", empty.text());
}

/// A hundred lines of a dev server's output.
fn vite_lines() -> Vec<String> {
    let mut lines: Vec<String> = [
        "",
        "> todo@0.1.0 dev",
        "> vite --host",
        "",
        "  VITE v8.3.8  ready in 212 ms",
        "",
        "  ➜  Local:   http://localhost:5173/",
        "  ➜  Network: http://192.168.1.23:5173/",
        "  ➜  press h + enter to show help",
    ]
    .map(str::to_owned)
    .into();
    let mut number = 0;
    while lines.len() < 100 {
        number += 1;
        let minute = number % 60;
        lines.push(match number % 5 {
            0 => format!("10:{minute:02}:17 AM [vite] (client) page reload src/pages/Page{number}.tsx"),
            1 => format!(
                "10:{minute:02}:09 AM [vite] (client) hmr update /src/components/List{number}.tsx, /src/index.css"
            ),
            2 => format!("10:{minute:02}:44 AM [vite] (client) ✨ new dependencies optimized: lib-{number}"),
            3 => format!("  Plugin: vite:react-babel at src/components/Item{number}.tsx:{minute}:12"),
            _ => format!("GET /api/todos?page={number} 200 in {}ms", number * 3),
        });
    }
    lines
}
