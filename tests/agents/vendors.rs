//! Agents that have their own command for adding a server: `mcp install` runs it.

use std::fs;

use insta::assert_snapshot;

use super::{files_in_home, mcp, text_of, vendor_program, with_program_name, write};
use crate::support::World;

#[test]
fn the_agents_own_command_is_preferred() {
    let world = World::new();
    let names = ["claude", "codex", "gemini", "code"];
    let logs = names.map(|name| vendor_program(&world, name, "exit 0"));
    let agents = ["claude-code", "codex", "gemini", "vscode"];
    let outputs = agents.map(|agent| {
        let stdio = text_of(&mcp(&world, ["install", agent]).ok());
        stdio + "\n" + &mcp(&world, ["install", agent, "--http"]).ok().to_string()
    });
    assert_snapshot!("vendors", outputs.join("\n"));
    let calls = logs.map(|log| with_program_name(&fs::read_to_string(log).unwrap()));
    assert_snapshot!("vendor_calls", world.normalizer().normalize(&calls.join("")));
    // The hooks have no command.
    let names: Vec<String> = files_in_home(&world).into_iter().map(|(name, _)| name).collect();
    let hooks = [".claude/settings.json", ".codex/hooks.json", ".gemini/settings.json"];
    let logs = ["claude.log", "code.log", "codex.log", "gemini.log"];
    assert_eq!(names, [&hooks[..], &logs[..]].concat(), "persistproc wrote a file itself");
}

#[test]
fn the_agents_own_command_replaces_and_removes_the_entry() {
    let world = World::new();
    let log = vendor_program(&world, "claude", "exit 0");
    let elsewhere =
        r#"{"mcpServers": {"persistproc": {"type": "http", "url": "http://127.0.0.1:1/mcp"}}}"#;
    write(&world, ".claude.json", elsewhere);
    mcp(&world, ["install", "claude-code"]).ok();
    mcp(&world, ["uninstall", "claude-code"]).ok();
    assert_snapshot!(with_program_name(&world.normalizer().normalize(&fs::read_to_string(log).unwrap())), @"
    mcp remove --scope user persistproc
    mcp add --scope user persistproc -- <persistproc> mcp --data-dir <data> --port <port>
    mcp remove --scope user persistproc
    ");
}

#[test]
fn a_failing_command_of_an_agent_is_reported() {
    let world = World::new();
    vendor_program(&world, "codex", "echo 'no such luck' >&2; exit 3");
    assert_snapshot!(text_of(&mcp(&world, ["install", "codex"])), @"
    --- stderr
    Error: `codex mcp add persistproc -- <persistproc> mcp --data-dir <data> --port <port>` failed (exit status: 3): no such luck.
    Edit <home>/.codex/config.toml yourself. `persistproc mcp print codex` shows what to write there.
    --- exit 1
    ");
}
