//! The typical job of an agent, on a real Vite project: start the dev server, break the build, read
//! the error, fix it. Measured in calls and tokens.

use std::fs;

use serde_json::{Value, json};

use super::Mcp;
use super::tokens::count_tokens;
use crate::support::http::Http;
use crate::support::world::free_port;
use crate::support::{World, tools, until, vite};

/// A client that records its calls and their answers.
struct RecordingClient {
    client: Mcp,
    transcript: Vec<String>,
}

impl RecordingClient {
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let result = self.client.call(tool, arguments.clone());
        self.transcript.push(format!("{tool}({arguments})"));
        self.transcript.push(result.text().to_owned());
        result.ok()
    }
}

/// Limit for all calls and answers of the job.
const MAX_TOKENS: usize = 1200;

#[test]
fn a_dev_server_is_started_broken_and_fixed_in_four_calls() {
    let world = World::new();
    let project = vite::project(&world);
    let port = free_port();
    let mut agent = RecordingClient { client: Mcp::modern(&world), transcript: Vec::new() };

    let up = agent.call(
        "ctrl",
        &json!({"action": "start", "working_directory": project, "label": "web", "wait_for": "ready",
            "command_or_label": format!("npm run dev -- --port {port} --strictPort")}),
    );
    assert_eq!(up["ready"], true, "{up:#}");
    assert_eq!(up["ports"], json!([port]));
    // Vite listens before it prints its URL, so the answer may come before the URL.
    let url = format!("http://localhost:{port}/");
    assert!(up["url"].is_null() || up["url"] == url.as_str(), "{up:#}");
    until("its URL", || {
        let list = world.persistproc(["--format", "json", "list", "--long"]).ok().out();
        if list.contains(&format!("\"{url}\"")) { Ok(()) } else { Err(list) }
    });

    let get_script = || Http::tcp("localhost", port, world.normalizer()).get("/src/main.js");
    assert_eq!(get_script().status, 200);
    let source = project.join("src/main.js");
    let good = fs::read_to_string(&source).unwrap();
    fs::write(&source, "export function broken( {\n").unwrap();
    // Vite compiles the file when the browser requests it.
    until("Vite to see the change", || match get_script().status {
        500 => Ok(()),
        other => Err(format!("{other}")),
    });
    let broken = agent.call(
        "wait",
        &json!({"command_or_label": "web", "pattern": "internal server error", "cursor": up["cursor"]}),
    );
    assert_eq!(broken["reached"], true, "{broken:#}");
    let text = broken["output"].to_string();
    assert!(text.contains("src/main.js") && text.contains("invalid JS syntax"), "{broken:#}");
    assert!(
        up["url"].is_null() || !text.contains("ready in"),
        "output before the cursor: {broken:#}"
    );

    fs::write(&source, good).unwrap();
    let restarted = agent.call(
        "ctrl",
        &json!({"action": "restart", "command_or_label": "web", "wait_for": "ready"}),
    );
    assert_eq!(restarted["ready"], true, "{restarted:#}");
    until("Vite to see the fix", || match get_script().status {
        200 => Ok(()),
        other => Err(format!("{other}")),
    });
    let fixed =
        agent.call("output", &json!({"command_or_label": "web", "cursor": restarted["cursor"]}));
    assert!(!fixed["output"].to_string().contains("rror"), "{fixed:#}");

    let tokens = count_tokens(&agent.transcript);
    let sum: usize = tokens.iter().sum();
    let transcript: Vec<String> = agent
        .transcript
        .iter()
        .zip(&tokens)
        .map(|(text, tokens)| format!("{tokens:4}  {}", world.normalizer().normalize(text)))
        .collect();
    let transcript = transcript.join("\n");
    assert_eq!(agent.transcript.len(), 2 * 4, "{transcript}");
    assert!(sum < MAX_TOKENS, "{sum} tokens:\n{transcript}");
    // Kept for reading after the test.
    fs::write(tools::folder().join("mcp-vite-transcript.txt"), format!("{transcript}\n{sum}\n"))
        .unwrap();
    agent.client.call("ctrl", json!({"action": "stop", "command_or_label": "web"})).ok();
}
