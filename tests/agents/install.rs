//! `mcp install` and `mcp uninstall` change only the entry for persistproc in an agent's config.

use std::fs;
use std::os::unix::fs::symlink;

use insta::{assert_snapshot, with_settings};

use super::{files_in_home, home, mcp, text_of, vendor_program, with_program_name, write};
use crate::support::World;

/// An agent, its config file below the home, and the text in it.
struct Sample {
    agent: &'static str,
    file: &'static str,
    /// `None`: the file does not exist.
    text: Option<&'static str>,
}

const SAMPLES: [Sample; 10] = [
    Sample {
        agent: "claude-code",
        file: ".claude.json",
        text: Some(
            "{\n  \"numStartups\": 3,\n  \"mcpServers\": {\n    \"git\": {\n      \"type\": \"stdio\",\n      \"command\": \"git-mcp\"\n    }\n  },\n  \"theme\": \"dark\"\n}\n",
        ),
    },
    Sample { agent: "cursor", file: ".cursor/mcp.json", text: Some("{}") },
    Sample {
        agent: "codex",
        file: ".codex/config.toml",
        text: Some(
            "# how I like it\nmodel = \"o5\"  # fast\n\n[mcp_servers.git]\ncommand = \"git-mcp\"\n\n# for work\n[profiles.work]\nmodel = \"o4\"\n",
        ),
    },
    Sample {
        agent: "gemini",
        file: ".gemini/settings.json",
        text: Some("{\n    \"ui\": { \"theme\": \"dark\" },\n}\n"),
    },
    Sample {
        agent: "vscode",
        file: ".config/Code/User/mcp.json",
        text: Some(
            "{\n\t// servers of mine\n\t\"servers\": {\n\t\t\"git\": { \"type\": \"stdio\", \"command\": \"git-mcp\" }, // local\n\t},\n\t\"inputs\": []\n}\n",
        ),
    },
    Sample {
        agent: "windsurf",
        file: ".codeium/windsurf/mcp_config.json",
        text: Some("{\"mcpServers\": {\"git\": {\"command\": \"git-mcp\"}}}"),
    },
    Sample {
        agent: "zed",
        file: ".config/zed/settings.json",
        text: Some(
            "// Zed settings\n//\n// see the docs\n{\n  \"theme\": \"One Dark\", // dark\n  /* fonts */\n  \"buffer_font_size\": 15\n}\n",
        ),
    },
    Sample { agent: "opencode", file: ".config/opencode/opencode.json", text: None },
    Sample {
        agent: "goose",
        file: ".config/goose/config.yaml",
        text: Some(
            "GOOSE_MODEL: o5   # fast\n\nextensions:\n  developer:\n    enabled: true\n    type: builtin\n  # off for now\n  git: {enabled: false, type: stdio, cmd: git-mcp}\nGOOSE_MODE: auto\n",
        ),
    },
    Sample {
        agent: "claude-desktop",
        file: ".config/Claude/claude_desktop_config.json",
        text: Some(
            "{\n  \"mcpServers\": {\n    \"persistproc\": {\n      \"command\": \"npx\",\n      \"args\": [\"-y\", \"mcp-remote\", \"http://127.0.0.1:8947/mcp/\"],\n      \"env\": { \"DEBUG\": \"1\" }\n    }\n  }\n}\n",
        ),
    },
];

#[test]
fn install_preserves_the_rest_of_the_config() {
    for Sample { agent, file, text } in SAMPLES {
        let world = World::new();
        if let Some(text) = text {
            write(&world, file, text);
        }
        let first = mcp(&world, ["install", agent]).ok();
        let config = fs::read_to_string(home(&world, file)).unwrap();
        let shown = world.normalizer().normalize(&with_program_name(&config));
        with_settings!({ description => text.unwrap_or("no file"), omit_expression => true }, {
            assert_snapshot!(format!("install_{agent}"), format!("{}\n=== {file}\n{shown}", text_of(&first)));
        });
        let after = files_in_home(&world);
        let second = mcp(&world, ["install", agent]).ok();
        assert!(second.out().contains("is already connected"), "{second}");
        assert_eq!(second.err(), "", "the second install prints no note");
        assert_eq!(files_in_home(&world), after, "the second install changes nothing");
        assert_backup(&world, file, text);
    }
}

fn assert_backup(world: &World, file: &str, text: Option<&str>) {
    let backup = home(world, &format!("{file}.before-persistproc"));
    assert_eq!(fs::read_to_string(backup).ok().as_deref(), text);
}

#[test]
fn uninstall_restores_the_original_config() {
    for Sample { agent, file, text } in SAMPLES {
        let Some(text) = text.filter(|text| !text.contains("persistproc") && *text != "{}") else {
            continue;
        };
        let world = World::new();
        let path = write(&world, file, text);
        mcp(&world, ["install", agent]).ok();
        mcp(&world, ["uninstall", agent]).ok();
        let restored = fs::read_to_string(&path).unwrap();
        assert_eq!(restored, text, "{agent}");
        assert_backup(&world, file, None);
        let again = mcp(&world, ["uninstall", agent]).ok();
        assert!(again.out().contains("is not connected"), "{again}");
    }
}

/// Also an object on one line, which an editor splits into several, and an empty one.
#[test]
fn uninstall_restores_every_byte() {
    for (agent, file, text) in [
        (
            "gemini",
            ".gemini/settings.json",
            r#"{"theme": "dark", "mcpServers": {"git": {"command": "g"}}}"#,
        ),
        ("cursor", ".cursor/mcp.json", "{ \"mcpServers\": {} }\n"),
        ("claude-desktop", ".config/Claude/claude_desktop_config.json", r#"{"mcpServers":{}}"#),
    ] {
        let world = World::new();
        let path = write(&world, file, text);
        mcp(&world, ["install", agent]).ok();
        assert_ne!(fs::read_to_string(&path).unwrap(), text);
        // Also after a second install, with another address.
        mcp(&world, ["install", agent, "--port", "9999"]).ok();
        assert_backup(&world, file, Some(text));
        mcp(&world, ["uninstall", agent]).ok();
        assert_eq!(fs::read_to_string(&path).unwrap(), text, "{agent}");
        assert_backup(&world, file, None);
        // What was changed in between stays.
        mcp(&world, ["install", agent]).ok();
        let changed = fs::read_to_string(&path).unwrap().replacen('{', "{\"mine\": 1, ", 1);
        fs::write(&path, changed).unwrap();
        mcp(&world, ["uninstall", agent]).ok();
        assert!(fs::read_to_string(&path).unwrap().contains("\"mine\""), "{agent}");
        assert_backup(&world, file, None);
    }
}

#[test]
fn uninstall_removes_a_file_that_install_created() {
    for Sample { agent, file, .. } in SAMPLES {
        let world = World::new();
        mcp(&world, ["install", agent]).ok();
        mcp(&world, ["install", agent, "--port", "9999"]).ok();
        assert_backup(&world, file, None);
        mcp(&world, ["uninstall", agent]).ok();
        assert!(!home(&world, file).exists(), "{agent}");
        assert_backup(&world, file, None);
    }
}

#[test]
fn the_entry_of_another_program_stays_in_the_backup() {
    let world = World::new();
    let text = r#"{"mcpServers": {"persistproc": {"command": "npx", "args": ["x"]}}}"#;
    let path = write(&world, ".cursor/mcp.json", text);
    mcp(&world, ["install", "cursor"]).ok();
    assert_backup(&world, ".cursor/mcp.json", Some(text));
    mcp(&world, ["uninstall", "cursor"]).ok();
    assert!(!fs::read_to_string(&path).unwrap().contains("persistproc"));
    assert_backup(&world, ".cursor/mcp.json", Some(text));
}

#[test]
fn uninstall_shows_what_it_removed() {
    let world = World::new();
    mcp(&world, ["install", "cursor"]).ok();
    assert_snapshot!(text_of(&mcp(&world, ["uninstall", "cursor"])), @r#"
    Disconnected Cursor (~/.cursor/mcp.json).
      - {
      -   "mcpServers": {
      -     "persistproc": {
      -       "command": "<persistproc>",
      -       "args": ["mcp", "--data-dir", "<data>", "--port", "<port>"]
      -     }
      -   }
      - }
    Removed the hooks of Cursor (~/.cursor/hooks.json).
      - {
      -   "version": 1,
      -   "hooks": {
      -     "sessionStart": [
      -       {
      -         "command": "<persistproc> hook cursor --data-dir <data>",
      -         "timeout": 5
      -       }
      -     ],
      -     "postToolUse": [
      -       {
      -         "matcher": "Write|Shell",
      -         "command": "<persistproc> hook cursor --data-dir <data>",
      -         "timeout": 5
      -       }
      -     ]
      -   }
      - }
    --- exit 0
    "#);
}

#[test]
fn a_symbolic_link_is_preserved() {
    let world = World::new();
    let real = world.write("dotfiles/cursor.json", "{\n  \"mcpServers\": {}\n}\n");
    fs::create_dir(home(&world, ".cursor")).unwrap();
    let link = home(&world, ".cursor/mcp.json");
    symlink(&real, &link).unwrap();
    mcp(&world, ["install", "cursor"]).ok();
    assert_eq!(fs::read_link(&link).unwrap(), real);
    assert!(fs::read_to_string(&real).unwrap().contains("persistproc"));
    assert_eq!(fs::read_dir(world.folder("work/dotfiles")).unwrap().count(), 1);
}

#[test]
fn install_into_project_settings() {
    let world = World::new();
    let log = vendor_program(&world, "claude", "exit 1");
    assert_snapshot!(text_of(&mcp(&world, ["install", "claude-code", "--scope", "project"])), @r#"
    Connected Claude Code (<work>/.mcp.json).
      + {
      +   "mcpServers": {
      +     "persistproc": {
      +       "type": "stdio",
      +       "command": "persistproc",
      +       "args": ["mcp", "--data-dir", "<data>", "--port", "<port>"]
      +     }
      +   }
      + }
    Claude Code asks for confirmation before it uses project settings.
    Installed the hooks of Claude Code (<work>/.claude/settings.json).
      + {
      +   "hooks": {
      +     "SessionStart": [
      +       {
      +         "hooks": [
      +           {
      +             "type": "command",
      +             "command": "persistproc hook claude-code --data-dir <data>",
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
      +             "command": "persistproc hook claude-code --data-dir <data>",
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
      +             "command": "persistproc hook claude-code --data-dir <data>",
      +             "timeout": 5
      +           }
      +         ]
      +       }
      +     ]
      +   }
      + }
    --- exit 0
    "#);
    assert_snapshot!(text_of(&mcp(&world, ["install", "windsurf", "--scope", "project"])), @"
    --- stderr
    Error: Windsurf has no project settings.
    Use `--scope user`, which is the default.
    --- exit 2
    ");
    assert!(!log.exists(), "the agent's own command is used for user settings only");
    assert!(world.work().join(".mcp.json").exists());
}
