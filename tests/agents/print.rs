//! Who is here, and what people write who do it themselves.

use insta::assert_snapshot;

use super::{files, mcp, told, vendor, write};
use crate::support::World;

#[test]
fn alone_it_shows_who_is_here() {
    let world = World::new();
    assert_snapshot!(mcp(&world, ["install"]), @"
    None of the agents that persistproc knows is on this machine.

    Not found here: claude-code, cursor, codex, gemini, vscode, windsurf, zed, opencode, goose, claude-desktop.
    Another agent takes what `persistproc mcp print` shows, in its own way.
    --- exit 0
    ");
    write(&world, ".codex/config.toml", "");
    write(&world, ".cursor/mcp.json", "{");
    write(
        &world,
        ".codeium/windsurf/mcp_config.json",
        r#"{"mcpServers": {"persistproc": {"serverUrl": "http://127.0.0.1:1/mcp"}}}"#,
    );
    vendor(&world, "zed", "");
    mcp(&world, ["install", "goose"]).ok();
    assert_snapshot!(mcp(&world, ["install"]), @"
    Cursor    <home>/.cursor/mcp.json, line 1: Unterminated object.
    Codex     not connected: persistproc mcp install codex --port <port>
    Windsurf  leads to http://127.0.0.1:1/mcp: persistproc mcp install windsurf --port <port>
    Zed       not connected: persistproc mcp install zed --port <port>
    Goose     connected (~/.config/goose/config.yaml)

    Not found here: claude-code, gemini, vscode, opencode, claude-desktop.
    Another agent takes what `persistproc mcp print` shows, in its own way.
    --- exit 0
    ");
    let known = mcp(&world, ["install", "--format", "json"]).ok().json();
    assert_eq!(known["agents"].as_array().unwrap().len(), 10);
    let states = ["connected", "apart", "elsewhere", "unreadable"];
    for known in known["agents"].as_array().unwrap() {
        assert!(states.contains(&known["state"].as_str().unwrap()), "{known:#}");
    }
}

#[test]
fn print_says_what_to_write() {
    let world = World::new();
    assert_snapshot!("print", told(&mcp(&world, ["print"])));
    assert_snapshot!("print_stdio", told(&mcp(&world, ["print", "--stdio"])));
    for agent in ["claude-code", "codex", "goose", "opencode"] {
        assert_snapshot!(format!("print_{agent}"), told(&mcp(&world, ["print", agent])));
    }
    assert_snapshot!("print_json", told(&mcp(&world, ["print", "codex", "--format", "json"])));
    assert!(files(&world).is_empty());
}
