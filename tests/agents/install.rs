//! Ten agents connected, again, and parted from: what is not ours stays as it was.

use std::fs;
use std::os::unix::fs::symlink;

use insta::{assert_snapshot, with_settings};

use super::{files, home, mcp, named, told, vendor, write};
use crate::support::World;

/// An agent, its settings below the home, and what somebody has written there.
struct Sample {
    agent: &'static str,
    file: &'static str,
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
fn ten_agents_as_their_users_keep_them() {
    for Sample { agent, file, text } in SAMPLES {
        let world = World::new();
        if let Some(text) = text {
            write(&world, file, text);
        }
        let first = mcp(&world, ["install", agent]).ok();
        let settings = fs::read_to_string(home(&world, file)).unwrap();
        let shown = world.normalizer().normalize(&named(&settings));
        with_settings!({ description => text.unwrap_or("no file"), omit_expression => true }, {
            assert_snapshot!(format!("install_{agent}"), format!("{}\n=== {file}\n{shown}", told(&first)));
        });
        let after = files(&world);
        let second = mcp(&world, ["install", agent]).ok();
        assert!(second.out().contains("is connected already"), "{second}");
        assert_eq!(second.err(), "", "twice is once");
        assert_eq!(files(&world), after, "twice is once");
        kept_as_it_was(&world, file, text);
    }
}

fn kept_as_it_was(world: &World, file: &str, text: Option<&str>) {
    let kept = home(world, &format!("{file}.before-persistproc"));
    assert_eq!(fs::read_to_string(kept).ok().as_deref(), text);
}

#[test]
fn uninstall_leaves_what_was_there_before() {
    for Sample { agent, file, text } in SAMPLES {
        let Some(text) = text.filter(|text| !text.contains("persistproc") && *text != "{}") else {
            continue;
        };
        let world = World::new();
        let path = write(&world, file, text);
        mcp(&world, ["install", agent]).ok();
        mcp(&world, ["uninstall", agent]).ok();
        let left = fs::read_to_string(&path).unwrap();
        // What stood on one line stands on several now.
        let plain = |text: &str| text.split_whitespace().collect::<String>();
        let same = if text.contains('\n') { left == text } else { plain(&left) == plain(text) };
        assert!(same, "{agent}: {left}");
        let again = mcp(&world, ["uninstall", agent]).ok();
        assert!(again.out().contains("is not connected"), "{again}");
    }
}

#[test]
fn uninstall_says_what_it_took() {
    let world = World::new();
    mcp(&world, ["install", "cursor"]).ok();
    assert_snapshot!(mcp(&world, ["uninstall", "cursor"]), @r#"
    Cursor is connected no longer (~/.cursor/mcp.json).
        {
      -   "mcpServers": {
      -     "persistproc": {
      -       "url": "http://127.0.0.1:<port>/mcp"
      -     }
      -   }
      +   "mcpServers": {}
        }
    As it was before: ~/.cursor/mcp.json.before-persistproc
    --- exit 0
    "#);
}

#[test]
fn a_link_stays_a_link() {
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
fn settings_of_a_project() {
    let world = World::new();
    let asked = vendor(&world, "claude", "exit 1");
    assert_snapshot!(told(&mcp(&world, ["install", "claude-code", "--scope", "project"])), @r#"
    Claude Code is connected now (<work>/.mcp.json).
      + {
      +   "mcpServers": {
      +     "persistproc": {
      +       "type": "http",
      +       "url": "http://127.0.0.1:<port>/mcp",
      +       "timeout": 600000
      +     }
      +   }
      + }
    Claude Code asks before it trusts the settings of a project.
    --- stderr
    The daemon has to run when Claude Code starts: any `pp` command starts it. With --stdio, Claude Code starts it.
    --- exit 0
    "#);
    assert_snapshot!(told(&mcp(&world, ["install", "windsurf", "--scope", "project"])), @"
    --- stderr
    Error: Windsurf has no settings of a project.
    Those of the user: persistproc mcp install windsurf
    --- exit 2
    ");
    assert!(!asked.exists(), "its command is for users");
    assert!(world.work().join(".mcp.json").exists());
}
