//! The main job of an agent, on a real project: bring the dev server up, break the build, see just
//! the error, mend it. Counted in calls and tokens.

use std::fs;

use serde_json::{Value, json};

use super::Mcp;
use super::tools::tokens;
use crate::support::http::Http;
use crate::support::world::free_port;
use crate::support::{World, until, vite};

/// A client that writes down what it costs.
struct Counted {
    client: Mcp,
    said: Vec<String>,
}

impl Counted {
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        let answer = self.client.call(tool, arguments.clone());
        self.said.push(format!("{tool}({arguments})"));
        self.said.push(answer.text().to_owned());
        answer.ok()
    }
}

/// What an agent pays at most for the whole job: its calls and the answers.
const TOKENS: usize = 1200;

#[test]
fn a_dev_server_is_started_broken_and_mended_in_four_calls() {
    let world = World::new();
    let project = vite::project(&world);
    let port = free_port();
    let mut agent = Counted { client: Mcp::modern(&world), said: Vec::new() };

    let up = agent.call(
        "ctrl",
        &json!({"action": "start", "working_directory": project, "label": "web", "wait_for": "ready",
            "command_or_label": format!("npm run dev -- --port {port} --strictPort")}),
    );
    assert_eq!(up["ready"], true, "{up:#}");
    assert_eq!(up["ports"], json!([port]));
    // Vite prints its URL after it listens; a busy machine lets it do so after the answer.
    let url = format!("http://localhost:{port}/");
    assert!(up["url"].is_null() || up["url"] == url.as_str(), "{up:#}");
    until("its URL", || {
        let list = world.persistproc(["--format", "json", "list", "--long"]).ok().out();
        if list.contains(&format!("\"{url}\"")) { Ok(()) } else { Err(list) }
    });

    let page = || Http::tcp("localhost", port, world.normalizer()).get("/src/main.js");
    assert_eq!(page().status, 200);
    let source = project.join("src/main.js");
    let good = fs::read_to_string(&source).unwrap();
    fs::write(&source, "export function broken( {\n").unwrap();
    // What a person's browser does when the page reloads.
    until("Vite to see the change", || match page().status {
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
    assert!(up["url"].is_null() || !text.contains("ready in"), "told twice: {broken:#}");

    fs::write(&source, good).unwrap();
    let restarted = agent.call(
        "ctrl",
        &json!({"action": "restart", "command_or_label": "web", "wait_for": "ready"}),
    );
    assert_eq!(restarted["ready"], true, "{restarted:#}");
    until("Vite to see that it is mended", || match page().status {
        200 => Ok(()),
        other => Err(format!("{other}")),
    });
    let calm =
        agent.call("output", &json!({"command_or_label": "web", "cursor": restarted["cursor"]}));
    assert!(!calm["output"].to_string().contains("rror"), "{calm:#}");

    let counted = tokens(&agent.said);
    let sum: usize = counted.iter().sum();
    let transcript: Vec<String> = agent
        .said
        .iter()
        .zip(&counted)
        .map(|(said, tokens)| format!("{tokens:4}  {}", world.normalizer().normalize(said)))
        .collect();
    let transcript = transcript.join("\n");
    assert_eq!(agent.said.len(), 2 * 4, "{transcript}");
    assert!(sum < TOKENS, "{sum} tokens:\n{transcript}");
    fs::write(tools_folder().join("mcp-vite-transcript.txt"), format!("{transcript}\n{sum}\n"))
        .unwrap();
    agent.client.call("ctrl", json!({"action": "stop", "command_or_label": "web"})).ok();
}

/// Where the transcript of the last run lies, for those who want to read it.
fn tools_folder() -> std::path::PathBuf {
    crate::support::tools::folder()
}
