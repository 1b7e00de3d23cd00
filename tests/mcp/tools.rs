//! The tools as a client is told of them: whole and lean, and what a model pays for them.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::Mcp;
use crate::support::{World, tools};

/// The names and types that clients of the predecessor send.
const OLD: [(&str, &[&str]); 3] = [
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

fn listed(client: &Mcp) -> Vec<Value> {
    serde_json::from_value(client.ask("tools/list", json!({}))["tools"].take()).unwrap()
}

#[test]
fn four_tools_are_listed_the_same_in_every_version() {
    let world = World::new();
    let modern = listed(&Mcp::modern(&world));
    assert_eq!(modern, listed(&Mcp::legacy(&world)));
    let names: Vec<_> = modern.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ctrl", "list", "output", "wait"]);
    for (name, parameters) in OLD {
        let tool = modern.iter().find(|tool| tool["name"] == name).unwrap();
        let properties = tool["inputSchema"]["properties"].as_object().unwrap();
        for parameter in parameters {
            assert!(properties.contains_key(*parameter), "{name} has no {parameter}");
        }
    }
}

#[test]
fn every_parameter_is_described_and_no_schema_says_more_than_a_model_needs() {
    let world = World::new();
    for tool in listed(&Mcp::modern(&world)) {
        let name = &tool["name"];
        let properties = tool["inputSchema"]["properties"].as_object().unwrap();
        for (parameter, schema) in properties {
            assert!(schema["description"].is_string(), "{name}: {parameter} is not described");
            assert!(schema["type"].is_string(), "{name}: {parameter} has no one type: {schema}");
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
        let looks = name != "ctrl";
        assert_eq!(tool["annotations"]["readOnlyHint"], looks, "{name}");
        assert_eq!(tool["annotations"]["destructiveHint"].as_bool(), (!looks).then_some(true));
    }
}

#[test]
fn what_a_model_reads_before_its_first_call_is_short() {
    let world = World::new();
    let client = Mcp::modern(&world);
    let told = client.ask("server/discover", json!({}));
    let instructions = told["instructions"].as_str().unwrap();
    assert!(instructions.len() < 2048);
    let mut all = vec![instructions.to_owned()];
    for mut tool in listed(&client) {
        // For the client's own decisions; no model sees them.
        let tool = tool.as_object_mut().unwrap();
        tool.retain(|name, _| name != "annotations" && name != "_meta");
        all.push(serde_json::to_string(tool).unwrap());
    }
    let counted = tokens(&all);
    let sum: usize = counted.iter().sum();
    assert!(sum < 1200, "{sum} tokens: {counted:?}");
}

#[test]
fn a_page_of_output_costs_little_more_than_its_text() {
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
    let news = client.call("output", json!({"command_or_label": "vite", "cursor": cursor}));
    let counted = tokens(&[lines.join("\n"), page.text().into(), news.text().into()]);
    let ratio = counted[1] as f64 / counted[0] as f64;
    assert!(ratio <= 1.06, "{ratio}: {counted:?}");
    assert!(counted[2] < 60, "{counted:?}: {}", news.text());
}

/// A hundred lines as a dev server prints them over a morning.
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

/// How many tokens each text costs, by a public tokenizer.
#[track_caller]
pub(super) fn tokens(texts: &[String]) -> Vec<usize> {
    let script = "const { Tiktoken } = require('js-tiktoken/lite');
        const tokenizer = new Tiktoken(require('js-tiktoken/ranks/o200k_base'));
        const texts = JSON.parse(require('fs').readFileSync(0));
        console.log(JSON.stringify(texts.map((text) => tokenizer.encode(text).length)));";
    let mut node = Command::new(tools::path_of("node"))
        .args(["-e", script])
        .current_dir(tools::mcp_clients())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = serde_json::to_vec(texts).unwrap();
    node.stdin.take().unwrap().write_all(&input).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "node failed");
    serde_json::from_slice(&output.stdout).unwrap()
}
