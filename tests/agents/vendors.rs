//! Agents with a command of their own for it: that one is asked first.

use std::fs;

use insta::assert_snapshot;

use super::{files, mcp, named, told, vendor, write};
use crate::support::World;

#[test]
fn the_agents_own_command_is_asked_first() {
    let world = World::new();
    let names = ["claude", "codex", "gemini", "code"];
    let asked = names.map(|name| vendor(&world, name, "exit 0"));
    let agents = ["claude-code", "codex", "gemini", "vscode"];
    let outputs = agents.map(|agent| {
        let http = mcp(&world, ["install", agent]).ok().to_string();
        http + "\n" + &told(&mcp(&world, ["install", agent, "--stdio"]).ok())
    });
    assert_snapshot!("vendors", outputs.join("\n"));
    let asked = asked.map(|path| named(&fs::read_to_string(path).unwrap()));
    assert_snapshot!("vendors_were_asked", world.normalizer().normalize(&asked.join("")));
    assert_eq!(files(&world).len(), 4, "we wrote nothing ourselves: {:#?}", files(&world));
}

#[test]
fn the_agents_own_command_makes_room_and_takes_out() {
    let world = World::new();
    let asked = vendor(&world, "claude", "exit 0");
    let elsewhere =
        r#"{"mcpServers": {"persistproc": {"type": "http", "url": "http://127.0.0.1:1/mcp"}}}"#;
    write(&world, ".claude.json", elsewhere);
    mcp(&world, ["install", "claude-code"]).ok();
    mcp(&world, ["uninstall", "claude-code"]).ok();
    assert_snapshot!(world.normalizer().normalize(&fs::read_to_string(asked).unwrap()), @"
    mcp remove --scope user persistproc
    mcp add --transport http --scope user persistproc http://127.0.0.1:<port>/mcp
    mcp remove --scope user persistproc
    ");
}

#[test]
fn an_agents_command_that_fails_is_quoted() {
    let world = World::new();
    vendor(&world, "codex", "echo 'no such luck' >&2; exit 3");
    assert_snapshot!(mcp(&world, ["install", "codex"]), @"
    --- stderr
    Error: `codex mcp add persistproc --url http://127.0.0.1:<port>/mcp` failed: exit status: 3; it said: no such luck.
    Change <home>/.codex/config.toml yourself instead; what has to stand there: persistproc mcp print codex
    --- exit 1
    ");
}
