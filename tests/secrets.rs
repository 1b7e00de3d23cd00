//! What must not come out again: values of the environment on any face, and in any text something
//! that a terminal would obey.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::mcp::Mcp;
use crate::support::{Http, World};

const SECRET: &str = "s3cr3t-0f-the-env1ronment";

/// Everything that can be read of a process over REST, as the daemon lists its routes.
fn read(rest: &Http, target: &str) -> String {
    let document = rest.get("/openapi.json").expect(200);
    let paths = document["paths"].as_object().unwrap();
    let readable = paths.iter().filter(|(_, methods)| methods["get"].is_object());
    let paths: Vec<String> = readable
        .map(|(path, _)| path.replace("{target}", target))
        // That one goes on for ever, and says no more than what a process is.
        .filter(|path| path != "/v1/events")
        .collect();
    assert!(paths.len() > 6, "{paths:?}");
    let more = ["/v1/processes?facts=true".to_owned(), "/v1/search?grep=.".to_owned()];
    let replies = paths.iter().chain(&more).map(|path| rest.get(path).body);
    replies.map(|body| String::from_utf8_lossy(&body).into_owned()).collect()
}

#[test]
fn values_of_the_environment_are_on_no_face_and_in_no_log() {
    let world = World::new();
    let rest = world.rest();
    let start = json!({
        "command": ["sh", "-c", "echo up; exit 3"], "label": "web", "working_directory": world.work(),
        "environment": {"API_KEY": SECRET}, "wait": {"for": "exit"},
    });
    let mut said = vec![rest.post("/v1/processes", &start).to_string()];
    let mut command = world.pp_command(["start", "--label", "cli", "sleep", "1000"]);
    command.env("TOKEN", SECRET);
    said.push(world.run(command).to_string());
    let wrong = json!({
        "command": "no-such-program", "working_directory": world.work(), "environment": {"A": SECRET},
    });
    said.push(rest.post("/v1/processes", &wrong).to_string());
    for verb in ["restart", "wait", "signal", "stop"] {
        let body = if verb == "signal" { json!({"signal": "HUP"}) } else { json!({}) };
        said.push(rest.post(&format!("/v1/processes/web/{verb}"), &body).to_string());
    }
    said.extend([read(&rest, "web"), read(&world.tcp(), "web")]);

    let agent = Mcp::modern(&world);
    for (method, params) in [
        ("tools/call", json!({"name": "list", "arguments": {"detail": "full"}})),
        (
            "tools/call",
            json!({"name": "ctrl", "arguments": {"action": "restart", "command_or_label": "web"}}),
        ),
        ("tools/call", json!({"name": "output", "arguments": {"command_or_label": "web"}})),
        ("tools/call", json!({"name": "list", "arguments": {"pid": 0}})),
        ("resources/list", json!({})),
        ("resources/read", json!({"uri": "persistproc://processes"})),
        ("prompts/list", json!({})),
    ] {
        said.push(agent.send(method, &params, &[]).to_string());
    }
    said.push(world.pp(["list", "--long"]).to_string());
    said.push(world.pp(["--format", "json", "list", "--long"]).to_string());
    said.push(world.pp(["-v", "doctor"]).to_string());
    said.push(world.pp(["restart", "cli"]).to_string());
    said.push(world.pp(["forget", "web"]).to_string());
    said.push(fs::read_to_string(world.folder("data/daemon.log")).unwrap());
    assert!(said.iter().all(|text| text.len() > 10), "{said:#?}");
    let told: Vec<_> = said.iter().filter(|text| text.contains(SECRET)).collect();
    assert!(told.is_empty(), "{told:#?}");

    // It is kept, since a restart needs it, where nobody else can read it.
    let record = world.runs_folder(&world.process("cli")).parent().unwrap().join("process.json");
    assert!(fs::read_to_string(&record).unwrap().contains(SECRET));
    assert_eq!(fs::metadata(&record).unwrap().permissions().mode() & 0o777, 0o600);
}

/// A title, the clipboard, a cleared screen, in seven and in eight bits.
const COMMANDS: &str = "\u{1b}]0;pwned\u{7}\u{1b}]52;c;aGk=\u{1b}\\\u{1b}[2J\u{9b}2J";

#[test]
fn no_text_has_anything_in_it_that_a_terminal_would_obey() {
    let world = World::new();
    let folder = world.work().join(format!("a{COMMANDS}b"));
    fs::create_dir(&folder).unwrap();
    let script = format!("printf '%s\\n' 'out{COMMANDS}put' 'http://localhost:1/{COMMANDS}'; # ");
    let start = |label: &str, more: &str| {
        let command = json!(["sh", "-c", format!("{script}{COMMANDS}{more}")]);
        let mut body =
            json!({"command": command, "working_directory": folder, "wait": {"for": "exit"}});
        if !label.is_empty() {
            body["label"] = label.into();
        }
        world.rest().post("/v1/processes", &body)
    };
    start("", "\n").expect(201);
    start("two", "\nexit 3").expect(201);
    assert_eq!(start(&format!("x{COMMANDS}"), "").status, 422);

    let agent = Mcp::modern(&world);
    let tool = |name: &str, arguments| agent.call(name, arguments).text().to_owned();
    let said = [
        world.pp(["list"]),
        world.pp(["list", "--long"]),
        world.pp(["output", "two"]),
        world.pp(["output", "-f", "two"]),
        world.pp(["output", "-f", "--timestamps", "two"]),
        world.pp(["search", "put"]),
        world.pp(["output", "sh"]),
        world.pp(["wait", "two"]),
        world.pp(["restart", "two"]),
        world.pp(["stop", COMMANDS]),
        world.pp(["start", COMMANDS]),
        world.pp(["start", "--working-directory", COMMANDS, "true"]),
        world.pp(["output", "--since-time", COMMANDS, "two"]),
        world.pp(["doctor"]),
    ]
    .map(|output| format!("{}{}", output.out(), output.err()));
    let told = [
        tool("list", json!({"detail": "full"})),
        tool("output", json!({"command_or_label": "two"})),
        tool("output", json!({"command_or_label": "sh"})),
        tool("ctrl", json!({"action": "restart", "command_or_label": "two", "wait_for": "ready"})),
        tool("ctrl", json!({"action": "stop", "command_or_label": COMMANDS})),
    ];
    let obeyed = |c: char| c.is_control() && c != '\n';
    for text in said.iter().chain(&told) {
        assert!(text.len() > 3 && !text.contains(obeyed), "{text:?}");
    }
    // What a sequence was made of may stay, as text.
    assert!(said[2].contains("out2Jput"), "{}", said[2]);
    // Unless that is asked for.
    assert!(world.pp(["output", "--raw", "two"]).out().contains("\u{1b}]52;c;"));
}
