//! Eight tasks of an agent, each solved with as few calls as the tools allow. Counts the calls and the
//! tokens of everything that a model reads and writes for them, with what it reads before the first.

use std::fs;

use serde_json::{Value, json};

use super::tokens::count_tokens;
use super::tools::fixed_texts;
use super::{Mcp, ToolResult};
use crate::support::{World, until};

/// A dev server. It reads `app` when it starts and whenever it changes, and says what a bundler says.
const SERVER: &str = r"
import http.server, os, sys, threading, time
port = int(sys.argv[1])
print('> app@1.0.0 dev\n> bundler --port %d\n' % port, flush=True)
def build():
    with open('app') as file: text = file.read().strip()
    if text.startswith('broken'):
        print('12:00:00 [bundler] Internal server error: app.js: Unexpected token (3:7)', flush=True)
        print('  File: app.js:3:7\n  1 | const a = 1\n  2 | \n  3 | const = 2\n    |       ^', flush=True)
    else:
        print('12:00:00 [bundler] hmr update /app.js (%s)' % text, flush=True)
def watch():
    seen = os.stat('app').st_mtime_ns
    while True:
        time.sleep(0.02)
        now = os.stat('app').st_mtime_ns
        if now != seen:
            seen = now
            build()
try:
    server = http.server.HTTPServer(('127.0.0.1', port), http.server.SimpleHTTPRequestHandler)
except OSError as error:
    print('Error: listen EADDRINUSE: address already in use 127.0.0.1:%d' % port, flush=True)
    sys.exit(1)
print('  BUNDLER v1.0.0  ready in 212 ms\n\n  Local:   http://localhost:%d/' % port, flush=True)
threading.Thread(target=watch, daemon=True).start()
server.serve_forever()
";

/// The most calls for all tasks, and the most tokens.
const MAX_CALLS: usize = 16;
const MAX_TOKENS: usize = 6000;

/// An agent that counts.
struct CountingAgent {
    client: Mcp,
    calls: Vec<(&'static str, String)>,
    task: &'static str,
}

impl CountingAgent {
    #[track_caller]
    fn call(&mut self, tool: &str, arguments: Value) -> ToolResult {
        let request = json!({"name": tool, "arguments": arguments}).to_string();
        let result = self.client.call(tool, arguments);
        self.calls.push((self.task, request + result.text()));
        result
    }

    /// Starts a server in the working directory of the world.
    #[track_caller]
    fn start(&mut self, world: &World, command: &str) -> ToolResult {
        let arguments = json!({"action": "start", "command_or_label": command,
            "working_directory": world.work(), "wait_for": "ready"});
        self.call("ctrl", arguments)
    }

    fn calls_of(&self, task: &str) -> usize {
        self.calls.iter().filter(|(of, _)| *of == task).count()
    }
}

#[test]
fn eight_tasks_take_few_calls_and_few_tokens() {
    let world = World::new();
    world.write("server.py", SERVER);
    world.write("app", "0");
    let port = crate::support::ports::Reservation::new();
    let command = format!("python3 server.py {}", port.port);
    let fixed = fixed_texts(&Mcp::modern(&world));
    let client = Mcp::legacy(&world);
    let mut agent = CountingAgent { client, calls: Vec::new(), task: "" };
    let edit = |text: &str| fs::write(world.work().join("app"), text).unwrap();

    agent.task = "start until ready, with URL";
    let started = agent.start(&world, &command).ok();
    assert_eq!(started["ready"], true, "{started:#}");
    assert_eq!(started["url"], format!("http://localhost:{}/", port.port));
    let web = json!(started["label"]);
    let mut cursor = started["cursor"].clone();

    agent.task = "only what is new, ten times";
    let wait = |cursor: &Value| json!({"command_or_label": web, "for": "change", "cursor": cursor});
    for number in 0..10 {
        edit(&format!("edit {number}"));
        let changed = agent.call("wait", wait(&cursor)).ok();
        let output = changed["output"].as_array().unwrap();
        assert_eq!(output.len(), 1, "{changed:#}");
        assert!(output[0].as_str().unwrap().contains(&format!("edit {number}")));
        cursor = changed["cursor"].clone();
    }

    agent.task = "restart and confirm";
    let restart = json!({"action": "restart", "command_or_label": web, "wait_for": "ready"});
    let restarted = agent.call("ctrl", restart).ok();
    assert_eq!((&restarted["ready"], &restarted["run"]), (&json!(true), &json!(2)));

    // The error after an edit takes no call: the next answer says it.
    edit("broken");
    until("the error", || {
        let news = world.pp(["news", web.as_str().unwrap()]);
        news.out().contains("Unexpected token").then_some(()).ok_or_else(|| news.to_string())
    });

    agent.task = "a second agent starts the same";
    let joined = agent.start(&world, &command).ok();
    assert_eq!((&joined["already_running"], &joined["ready"]), (&json!(true), &json!(true)));
    assert_eq!(joined["pid"], restarted["pid"]);
    assert!(joined["news"].to_string().contains("Unexpected token (3:7)"), "{joined:#}");

    agent.task = "port held by whom";
    let other = format!("python3 server.py {} other", port.port);
    let refused = agent.start(&world, &other);
    assert!(refused.error().contains("EADDRINUSE"), "{}", refused.error());
    let holder = format!("PID {}", restarted["pid"]);
    assert!(refused.error().contains(&holder), "{}", refused.error());

    agent.task = "crash at start";
    let crashed = agent.start(&world, "python3 missing.py");
    assert!(crashed.error().contains("missing.py"), "{}", crashed.error());

    agent.task = "search three processes";
    let found = agent.call("output", json!({"grep": "error|no such file"})).ok();
    let found = found["output"].to_string();
    for part in ["Unexpected token", "EADDRINUSE", "No such file"] {
        assert!(found.contains(part), "{found}");
    }

    report(&agent, &fixed);
}

/// Prints the costs of each task and checks their sums.
fn report(agent: &CountingAgent, fixed: &[String]) {
    let texts: Vec<String> = agent.calls.iter().map(|(_, text)| text.clone()).collect();
    let tokens = count_tokens(&texts);
    let fixed: usize = count_tokens(fixed).iter().sum();
    let mut seen = Vec::new();
    for (task, _) in &agent.calls {
        if !seen.contains(task) {
            seen.push(*task);
            let of_task = agent.calls.iter().zip(&tokens).filter(|((of, _), _)| of == task);
            let sum: usize = of_task.map(|(_, tokens)| tokens).sum();
            println!("{task}: {} calls, {sum} tokens", agent.calls_of(task));
        }
    }
    let total = fixed + tokens.iter().sum::<usize>();
    println!("{} calls, {total} tokens, {fixed} of them before the first call", tokens.len());
    // The eighth, the error after an edit, takes none.
    assert_eq!(seen.len(), 7);
    assert!(tokens.len() <= MAX_CALLS, "{} calls", tokens.len());
    assert!(total <= MAX_TOKENS, "{total} tokens");
}
