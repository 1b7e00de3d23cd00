//! The settings and plugins that `mcp install` writes, read by the real agents, without an account.

use std::fs;

use serde_json::Value;

use super::{home, mcp};
use crate::support::tools;
use crate::support::{Output, World};

/// Runs one of the agents with the home of the world.
#[track_caller]
fn agent<const N: usize>(world: &World, program: &str, arguments: [&str; N]) -> Output {
    let mut command = world.command(agent_path(program));
    command.args(arguments);
    world.run(command)
}

#[track_caller]
fn agent_path(program: &str) -> std::path::PathBuf {
    tools::agents().join("node_modules/.bin").join(program)
}

#[test]
fn claude_code_validates_and_loads_the_plugin() {
    let world = World::new();
    mcp(&world, ["install", "claude-code", "--plugin", "--guard-shell"]).ok();
    let folder = home(&world, ".claude/skills/persistproc");
    let valid =
        agent(&world, "claude", ["plugin", "validate", "--strict", folder.to_str().unwrap()]);
    let text = valid.ok().out();
    for part in
        ["SessionStart command", "PostToolUse", "PreToolUse", "skills: persistproc:persistproc"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    let plugins = agent(&world, "claude", ["plugin", "list"]).ok().out();
    let own = plugins.split("persistproc@skills-dir").nth(1).expect("the plugin in the list");
    assert!(own.split('❯').next().unwrap().contains("loaded"), "{plugins}");
    let servers = agent(&world, "claude", ["mcp", "list"]).ok().out();
    let line = servers.lines().find(|line| line.starts_with("plugin:persistproc:")).unwrap();
    assert!(line.contains("Connected"), "{servers}");
    mcp(&world, ["uninstall", "claude-code"]).ok();
    let plugins = agent(&world, "claude", ["plugin", "list"]).ok().out();
    assert!(!plugins.contains("persistproc"), "{plugins}");
}

/// Asks Codex for its hooks, as its own user interface does.
const CODEX_HOOKS: &str = r#"
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
const server = spawn(process.argv[2], ["app-server"], { stdio: ["pipe", "pipe", "ignore"] });
const send = (message) => server.stdin.write(JSON.stringify(message) + "\n");
createInterface({ input: server.stdout }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.id === 1) {
    send({ method: "initialized" });
    send({ id: 2, method: "hooks/list", params: { cwds: [process.cwd()] } });
  } else if (message.id === 2) {
    console.log(JSON.stringify(message.result.data[0]));
    server.kill();
  }
});
send({ id: 1, method: "initialize", params: { clientInfo: { name: "t", title: "t", version: "1" } } });
"#;

fn codex_hooks(world: &World) -> Value {
    let script = world.write("hooks.mjs", CODEX_HOOKS);
    let mut command = world.command("node");
    command.arg(script).arg(agent_path("codex"));
    world.run(command).ok().json()
}

/// The position, the command and the consent of each hook.
fn summary(hooks: &Value) -> Vec<String> {
    let hooks = hooks["hooks"].as_array().unwrap();
    let line = |hook: &Value| {
        let key = hook["key"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        let command = hook["command"].as_str().unwrap();
        let command = command.split(" hook ").nth(1).map_or(command, |arguments| arguments);
        let command = command.split(" --data-dir").next().unwrap();
        format!("{key} {command} {}", hook["trustStatus"].as_str().unwrap())
    };
    hooks.iter().map(line).collect()
}

#[test]
fn codex_lists_the_hooks_and_keeps_the_consent_to_those_of_others() {
    let world = World::new();
    let own = r#"{"hooks": {"PostToolUse": [{"hooks": [{"type": "command", "command": "log"}]}]}}"#;
    let file = home(&world, ".codex/hooks.json");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, own).unwrap();
    let before = codex_hooks(&world);
    let hook = &before["hooks"][0];
    let approval = format!(
        "[hooks.state.{:?}]\ntrusted_hash = {:?}\n",
        hook["key"].as_str().unwrap(),
        hook["currentHash"].as_str().unwrap()
    );
    fs::write(home(&world, ".codex/config.toml"), approval).unwrap();
    assert_eq!(summary(&codex_hooks(&world)), ["hooks.json:post_tool_use:0:0 log trusted"]);
    mcp(&world, ["install", "codex", "--guard-shell"]).ok();
    let mut found = summary(&codex_hooks(&world));
    found.sort();
    assert_eq!(
        found,
        [
            "hooks.json:post_tool_use:0:0 log trusted",
            "hooks.json:post_tool_use:1:0 codex untrusted",
            "hooks.json:pre_tool_use:0:0 codex --guard-shell untrusted",
            "hooks.json:session_start:0:0 codex untrusted",
        ]
    );
    let findings = world.persistproc(["doctor"]).out();
    assert!(findings.contains("approve"), "{findings}");
    mcp(&world, ["uninstall", "codex"]).ok();
    assert_eq!(summary(&codex_hooks(&world)), ["hooks.json:post_tool_use:0:0 log trusted"]);
}

#[test]
fn opencode_loads_the_plugin() {
    let world = World::new();
    mcp(&world, ["install", "opencode", "--guard-shell"]).ok();
    // Its start takes more than half a minute on a busy machine.
    let mut command = world.command("timeout");
    command.arg("300").arg(agent_path("opencode")).args(["debug", "config", "--print-logs"]);
    // It downloads a package for plugins, which this one does not need.
    command.env("npm_config_registry", "http://127.0.0.1:1/").env("npm_config_fetch_retries", "0");
    command.env("OPENCODE_DISABLE_MODELS_FETCH", "1");
    let output = command.output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("plugins/persistproc.js"), "{out}");
    let failed = err.lines().any(|line| line.contains("persistproc.js") && line.contains("fail"));
    assert!(!failed, "{err}");
}

#[test]
fn gemini_reads_the_settings() {
    let world = World::new();
    mcp(&world, ["install", "gemini", "--guard-shell"]).ok();
    let mut command = world.command(agent_path("gemini"));
    command.args(["mcp", "list"]).env("GEMINI_CLI_TRUST_WORKSPACE", "true");
    let servers = world.run(command).ok();
    let text = servers.out() + &servers.err();
    assert!(text.contains("persistproc"), "{text}");
    assert!(!text.to_lowercase().contains("invalid"), "{text}");
}
