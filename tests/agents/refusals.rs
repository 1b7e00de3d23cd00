//! What cannot be edited is left alone, and what is only asked about as well.

use std::fs;

use insta::assert_snapshot;

use super::{files, mcp, told, vendor, write};
use crate::support::World;

#[test]
fn a_malformed_file_is_left_alone() {
    let world = World::new();
    for (agent, file, text) in [
        (
            "cursor",
            ".cursor/mcp.json",
            "{\n  \"mcpServers\": {\n    \"git\": {\"command\" \"git-mcp\"}\n  }\n}\n",
        ),
        ("codex", ".codex/config.toml", "model = \"o5\"\nmodel = \"o4\"\n"),
        ("goose", ".config/goose/config.yaml", "extensions:\n  git: [\n"),
        ("zed", ".config/zed/settings.json", "{\"context_servers\": 3}"),
    ] {
        let path = write(&world, file, text);
        for verb in ["install", "uninstall"] {
            let output = mcp(&world, [verb, agent]);
            if verb == "install" {
                assert_snapshot!(format!("malformed_{agent}"), told(&output));
            }
            assert_eq!(output.code, 1, "{output}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
    assert_eq!(files(&world).len(), 4, "nothing was kept beside: {:#?}", files(&world));
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = World::new();
    write(&world, ".cursor/mcp.json", "{}\n");
    let before = files(&world);
    assert_snapshot!(mcp(&world, ["install", "cursor", "--dry-run"]), @r#"
    This would change ~/.cursor/mcp.json:
      - {}
      + {
      +   "mcpServers": {
      +     "persistproc": {
      +       "url": "http://127.0.0.1:<port>/mcp"
      +     }
      +   }
      + }
    --- exit 0
    "#);
    let asked = vendor(&world, "claude", "exit 0");
    assert_snapshot!(mcp(&world, ["install", "claude-code", "--dry-run"]), @"
    This would run:
      $ claude mcp add --transport http --scope user persistproc http://127.0.0.1:<port>/mcp
    --- exit 0
    ");
    assert!(!asked.exists());
    assert_eq!(files(&world), before);
}
