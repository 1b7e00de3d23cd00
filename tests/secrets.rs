//! Environment values appear in no answer and no log, and no text contains control sequences.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::mcp::Mcp;
use crate::support::{Http, World};

const SECRET: &str = "s3cr3t-0f-the-env1ronment";

/// The bodies of all REST routes that can be read, for one process.
fn read_all(rest: &Http, target: &str) -> String {
    let document = rest.get("/openapi.json").expect(200);
    let paths = document["paths"].as_object().unwrap();
    let readable = paths.iter().filter(|(_, methods)| methods["get"].is_object());
    let paths: Vec<String> = readable
        .map(|(path, _)| path.replace("{target}", target))
        // This stream does not end, and holds the same fields as a process.
        .filter(|path| path != "/v1/events")
        .collect();
    assert!(paths.len() > 6, "{paths:?}");
    let more = ["/v1/processes?facts=true".to_owned(), "/v1/search?grep=.".to_owned()];
    let replies = paths.iter().chain(&more).map(|path| rest.get(path).body);
    replies.map(|body| String::from_utf8_lossy(&body).into_owned()).collect()
}

#[test]
fn environment_values_appear_in_no_answer_and_no_log() {
    let world = World::new();
    let rest = world.rest();
    let start = json!({
        "command": ["sh", "-c", "echo up; exit 3"], "label": "web", "working_directory": world.work(),
        "environment": {"API_KEY": SECRET}, "wait": {"for": "exit"},
    });
    let mut texts = vec![rest.post("/v1/processes", &start).to_string()];
    let mut command = world.pp_command(["start", "--label", "cli", "sleep", "1000"]);
    command.env("TOKEN", SECRET);
    texts.push(world.run(command).to_string());
    let wrong = json!({
        "command": "no-such-program", "working_directory": world.work(), "environment": {"A": SECRET},
    });
    texts.push(rest.post("/v1/processes", &wrong).to_string());
    for verb in ["restart", "wait", "signal", "stop"] {
        let body = if verb == "signal" { json!({"signal": "HUP"}) } else { json!({}) };
        texts.push(rest.post(&format!("/v1/processes/web/{verb}"), &body).to_string());
    }
    texts.extend([read_all(&rest, "web"), read_all(&world.tcp(), "web")]);

    let agent = Mcp::modern(&world);
    for (method, params) in [
        ("tools/call", json!({"name": "list", "arguments": {"detail": "full"}})),
        (
            "tools/call",
            json!({"name": "ctrl", "arguments": {"action": "restart", "command_or_label": "web", "force": true}}),
        ),
        ("tools/call", json!({"name": "output", "arguments": {"command_or_label": "web"}})),
        ("tools/call", json!({"name": "list", "arguments": {"pid": 0}})),
        ("resources/list", json!({})),
        ("resources/read", json!({"uri": "persistproc://processes"})),
        ("prompts/list", json!({})),
    ] {
        texts.push(agent.send(method, &params, &[]).to_string());
    }
    texts.push(world.pp(["list", "--long"]).to_string());
    texts.push(world.pp(["--format", "json", "list", "--long"]).to_string());
    texts.push(world.pp(["-v", "doctor"]).to_string());
    texts.push(world.pp(["restart", "cli"]).to_string());
    texts.push(world.pp(["forget", "web"]).to_string());
    texts.push(fs::read_to_string(world.folder("data/daemon.log")).unwrap());
    assert!(texts.iter().all(|text| text.len() > 10), "{texts:#?}");
    let leaks: Vec<_> = texts.iter().filter(|text| text.contains(SECRET)).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");

    // A restart needs the value, so it is kept in a file that other users cannot read.
    let record = world.runs_folder(&world.process("cli")).parent().unwrap().join("process.json");
    assert!(fs::read_to_string(&record).unwrap().contains(SECRET));
    assert_eq!(fs::metadata(&record).unwrap().permissions().mode() & 0o777, 0o600);
}

/// Sequences that set the title and the clipboard and clear the screen, in 7-bit and 8-bit form.
const SEQUENCES: &str = "\u{1b}]0;pwned\u{7}\u{1b}]52;c;aGk=\u{1b}\\\u{1b}[2J\u{9b}2J";

#[test]
fn no_text_contains_control_sequences() {
    let world = World::new();
    let folder = world.work().join(format!("a{SEQUENCES}b"));
    fs::create_dir(&folder).unwrap();
    let script = format!("printf '%s\\n' 'out{SEQUENCES}put' 'http://localhost:1/{SEQUENCES}'; # ");
    let start = |label: &str, more: &str| {
        let command = json!(["sh", "-c", format!("{script}{SEQUENCES}{more}")]);
        let mut body =
            json!({"command": command, "working_directory": folder, "wait": {"for": "exit"}});
        if !label.is_empty() {
            body["label"] = label.into();
        }
        world.rest().post("/v1/processes", &body)
    };
    start("", "\n").expect(201);
    start("two", "\nexit 3").expect(201);
    assert_eq!(start(&format!("x{SEQUENCES}"), "").status, 422);

    let agent = Mcp::modern(&world);
    let tool = |name: &str, arguments| agent.call(name, arguments).text().to_owned();
    let printed = [
        world.pp(["list"]),
        world.pp(["list", "--long"]),
        world.pp(["output", "two"]),
        world.pp(["output", "-f", "two"]),
        world.pp(["output", "-f", "--timestamps", "two"]),
        world.pp(["search", "put"]),
        world.pp(["output", "sh"]),
        world.pp(["wait", "two"]),
        world.pp(["restart", "two"]),
        world.pp(["stop", SEQUENCES]),
        world.pp(["start", SEQUENCES]),
        world.pp(["start", "--working-directory", SEQUENCES, "true"]),
        world.pp(["output", "--since-time", SEQUENCES, "two"]),
        world.pp(["doctor"]),
    ]
    .map(|output| format!("{}{}", output.out(), output.err()));
    let answered = [
        tool("list", json!({"detail": "full"})),
        tool("output", json!({"command_or_label": "two"})),
        tool("output", json!({"command_or_label": "sh"})),
        tool(
            "ctrl",
            json!({"action": "restart", "command_or_label": "two", "wait_for": "ready", "force": true}),
        ),
        tool("ctrl", json!({"action": "stop", "command_or_label": SEQUENCES})),
    ];
    let is_control = |c: char| c.is_control() && c != '\n';
    for text in printed.iter().chain(&answered) {
        assert!(text.len() > 3 && !text.contains(is_control), "{text:?}");
    }
    // The printable rest of a sequence may stay, as text.
    assert!(printed[2].contains("out2Jput"), "{}", printed[2]);
    // `--raw` prints them on request.
    assert!(world.pp(["output", "--raw", "two"]).out().contains("\u{1b}]52;c;"));
}
