//! A malformed config is not changed, and a dry run changes nothing.

use std::fs;

use insta::assert_snapshot;

use super::{files_in_home, mcp, text_of, vendor_program, write};
use crate::support::World;

#[test]
fn a_malformed_file_is_not_changed() {
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
                assert_snapshot!(format!("malformed_{agent}"), text_of(&output));
            }
            assert_eq!(output.code, 1, "{output}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
    let files = files_in_home(&world);
    assert_eq!(files.len(), 4, "a backup was written: {files:#?}");
}

#[test]
fn a_dry_run_changes_nothing() {
    let world = World::new();
    write(&world, ".cursor/mcp.json", "{}\n");
    let before = files_in_home(&world);
    assert_snapshot!(text_of(&mcp(&world, ["install", "cursor", "--dry-run"])), @r#"
    This would change ~/.cursor/mcp.json:
      - {}
      + {
      +   "mcpServers": {
      +     "persistproc": {
      +       "command": "<persistproc>",
      +       "args": ["mcp", "--data-dir", "<data>", "--port", "<port>"]
      +     }
      +   }
      + }
    This would change ~/.cursor/hooks.json:
      + {
      +   "version": 1,
      +   "hooks": {
      +     "sessionStart": [
      +       {
      +         "command": "<persistproc> hook cursor --data-dir <data>",
      +         "timeout": 5
      +       }
      +     ],
      +     "postToolUse": [
      +       {
      +         "matcher": "Write|Shell",
      +         "command": "<persistproc> hook cursor --data-dir <data>",
      +         "timeout": 5
      +       }
      +     ]
      +   }
      + }
    --- exit 0
    "#);
    let log = vendor_program(&world, "claude", "exit 0");
    assert_snapshot!(text_of(&mcp(&world, ["install", "claude-code", "--dry-run"])), @r#"
    This would run:
      $ claude mcp add --scope user persistproc -- <persistproc> mcp --data-dir <data> --port <port>
    This would change ~/.claude/settings.json:
      + {
      +   "hooks": {
      +     "SessionStart": [
      +       {
      +         "hooks": [
      +           {
      +             "type": "command",
      +             "command": "<persistproc> hook claude-code --data-dir <data>",
      +             "timeout": 5
      +           }
      +         ]
      +       }
      +     ],
      +     "PostToolUse": [
      +       {
      +         "matcher": "Edit|Write|NotebookEdit|Bash",
      +         "hooks": [
      +           {
      +             "type": "command",
      +             "command": "<persistproc> hook claude-code --data-dir <data>",
      +             "timeout": 5
      +           }
      +         ]
      +       }
      +     ],
      +     "UserPromptSubmit": [
      +       {
      +         "hooks": [
      +           {
      +             "type": "command",
      +             "command": "<persistproc> hook claude-code --data-dir <data>",
      +             "timeout": 5
      +           }
      +         ]
      +       }
      +     ]
      +   }
      + }
    --- exit 0
    "#);
    assert!(!log.exists());
    assert_eq!(files_in_home(&world), before);
}
