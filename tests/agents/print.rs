//! `mcp install` without an agent shows which are installed; `mcp print` shows what to write by hand.

use insta::assert_snapshot;

use super::{files_in_home, mcp, text_of, vendor_program, write};
use crate::support::World;

#[test]
fn install_without_an_agent_shows_the_installed_agents() {
    let world = World::new();
    assert_snapshot!(mcp(&world, ["install"]), @"
    No supported agent is installed on this machine.

    Not found: claude-code, cursor, codex, gemini, vscode, windsurf, zed, opencode, goose, claude-desktop.
    To connect another agent, adapt the output of `persistproc mcp print`.
    --- exit 0
    ");
    write(&world, ".codex/config.toml", "");
    write(&world, ".cursor/mcp.json", "{");
    write(
        &world,
        ".codeium/windsurf/mcp_config.json",
        r#"{"mcpServers": {"persistproc": {"serverUrl": "http://127.0.0.1:1/mcp"}}}"#,
    );
    vendor_program(&world, "zed", "");
    mcp(&world, ["install", "goose"]).ok();
    assert_snapshot!(mcp(&world, ["install"]), @"
    Cursor    <home>/.cursor/mcp.json, line 1: Unterminated object.
    Codex     not connected: persistproc mcp install codex --port <port>
    Windsurf  connected to http://127.0.0.1:1/mcp instead: persistproc mcp install windsurf --port <port>
    Zed       not connected: persistproc mcp install zed --port <port>
    Goose     connected (~/.config/goose/config.yaml)

    Not found: claude-code, gemini, vscode, opencode, claude-desktop.
    To connect another agent, adapt the output of `persistproc mcp print`.
    --- exit 0
    ");
    let known = mcp(&world, ["install", "--format", "json"]).ok().json();
    assert_eq!(known["agents"].as_array().unwrap().len(), 10);
    let states = ["connected", "apart", "elsewhere", "unreadable"];
    for agent in known["agents"].as_array().unwrap() {
        assert!(states.contains(&agent["state"].as_str().unwrap()), "{agent:#}");
    }
}

#[test]
fn print_shows_what_to_write() {
    let world = World::new();
    assert_snapshot!("print", text_of(&mcp(&world, ["print"])));
    assert_snapshot!("print_http", text_of(&mcp(&world, ["print", "--http"])));
    for agent in ["claude-code", "codex", "goose", "opencode"] {
        assert_snapshot!(format!("print_{agent}"), text_of(&mcp(&world, ["print", agent])));
    }
    assert_snapshot!("print_json", text_of(&mcp(&world, ["print", "codex", "--format", "json"])));
    assert!(files_in_home(&world).is_empty());
}
