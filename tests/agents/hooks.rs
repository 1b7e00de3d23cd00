//! `mcp install` and `mcp uninstall` add the hooks to an agent's settings and remove them. What others
//! have there stays, and stays in its place.

use std::fs;

use insta::{assert_snapshot, with_settings};

use super::{files_in_home, home, mcp, text_of, with_program_name, write};
use crate::support::World;

/// The agents with hooks, the file of each, and settings of a user who has hooks of others.
const SAMPLES: [(&str, &str, &str); 4] = [
    (
        "claude-code",
        ".claude/settings.json",
        "{\n  // mine\n  \"model\": \"opus\",\n  \"hooks\": {\n    \"PostToolUse\": [\n      {\n        \"matcher\": \"Edit\",\n        \"hooks\": [{ \"type\": \"command\", \"command\": \"prettier\" }] // format\n      }\n    ]\n  }\n}\n",
    ),
    (
        "codex",
        ".codex/hooks.json",
        "{\"hooks\": {\"PostToolUse\": [{\"matcher\": \"Bash\", \"hooks\": [{\"type\": \"command\", \"command\": \"log\"}]}]}}",
    ),
    ("cursor", ".cursor/hooks.json", "{\n  \"version\": 1,\n  \"hooks\": {}\n}\n"),
    ("gemini", ".gemini/settings.json", "{\n    \"ui\": { \"theme\": \"dark\" },\n}\n"),
];

fn settings(world: &World, file: &str) -> String {
    let text = fs::read_to_string(home(world, file)).unwrap();
    world.normalizer().normalize(&with_program_name(&text))
}

#[test]
fn hooks_are_appended_and_removed_without_a_trace() {
    for (agent, file, text) in SAMPLES {
        let world = World::new();
        write(&world, file, text);
        let first = mcp(&world, ["install", agent, "--guard-shell"]).ok();
        let shown = format!("{}\n=== {file}\n{}", text_of(&first), settings(&world, file));
        with_settings!({ description => text, omit_expression => true }, {
            assert_snapshot!(format!("hooks_{agent}"), shown);
        });
        let after = files_in_home(&world);
        // A guard that is installed stays.
        for arguments in [&["install", agent, "--guard-shell"][..], &["install", agent]] {
            let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
            command.arg("mcp").args(arguments).env("PATH", world.folder("bin"));
            let again = world.run(command).ok();
            assert!(again.out().contains("is already connected"), "{again}");
            assert_eq!(files_in_home(&world), after, "{arguments:?}");
        }
        mcp(&world, ["uninstall", agent]).ok();
        assert_eq!(fs::read_to_string(home(&world, file)).unwrap(), text, "{agent}");
        let left = files_in_home(&world);
        assert!(!left.iter().any(|(name, _)| name.contains("before-persistproc")), "{left:#?}");
    }
}

#[test]
fn files_that_were_created_are_removed() {
    for agent in ["claude-code", "codex", "cursor", "gemini", "opencode"] {
        let world = World::new();
        mcp(&world, ["install", agent, "--guard-shell"]).ok();
        assert!(!files_in_home(&world).is_empty());
        mcp(&world, ["uninstall", agent]).ok();
        assert!(files_in_home(&world).is_empty(), "{agent}: {:#?}", files_in_home(&world));
    }
}

#[test]
fn other_changes_stay() {
    let world = World::new();
    let (agent, file, text) = SAMPLES[0];
    write(&world, file, text);
    mcp(&world, ["install", agent]).ok();
    let edited = fs::read_to_string(home(&world, file)).unwrap().replace("opus", "sonnet");
    write(&world, file, &edited);
    mcp(&world, ["uninstall", agent]).ok();
    let left = fs::read_to_string(home(&world, file)).unwrap();
    assert!(left.contains("sonnet") && left.contains("// format"), "{left}");
    assert!(!left.contains("persistproc"), "{left}");
}

#[test]
fn a_dry_run_changes_nothing() {
    for (agent, file, text) in SAMPLES {
        let world = World::new();
        write(&world, file, text);
        let before = files_in_home(&world);
        let output = mcp(&world, ["install", agent, "--dry-run"]).ok();
        assert!(output.out().contains(" hook "), "{output}");
        assert_eq!(files_in_home(&world), before);
        mcp(&world, ["install", agent]).ok();
        let installed = files_in_home(&world);
        let output = mcp(&world, ["uninstall", agent, "--dry-run"]).ok();
        assert!(output.out().contains(" hook "), "{output}");
        assert_eq!(files_in_home(&world), installed);
    }
}

#[test]
fn without_hooks_only_the_server_is_connected() {
    let world = World::new();
    mcp(&world, ["install", "claude-code", "--no-hooks"]).ok();
    let names: Vec<String> = files_in_home(&world).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, [".claude.json"]);
    assert_snapshot!(text_of(&mcp(&world, ["install", "zed", "--guard-shell"])), @"
    --- stderr
    Error: Zed has no hooks that persistproc supports.
    Leave out `--guard-shell`.
    --- exit 2
    ");
}

#[test]
fn malformed_hooks_are_left_alone() {
    for text in ["{ \"hooks\": [] }", "{ \"hooks\": { \"PostToolUse\": {} } }", "{ hooks: {} }"] {
        let world = World::new();
        let path = write(&world, ".claude/settings.json", text);
        let output = mcp(&world, ["install", "claude-code"]);
        assert_eq!(output.code, 1, "{output}");
        assert!(output.err().contains("settings.json"), "{output}");
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }
}

#[test]
fn a_plugin_takes_the_place_of_the_settings() {
    let world = World::new();
    mcp(&world, ["install", "claude-code", "--guard-shell"]).ok();
    let plugin = mcp(&world, ["install", "claude-code", "--plugin"]).ok();
    assert!(plugin.out().contains("Removed the hooks"), "{plugin}");
    let files = files_in_home(&world);
    let files: Vec<String> = files
        .iter()
        .map(|(name, text)| {
            let text = world.normalizer().normalize(&with_program_name(text));
            format!("=== {name}\n{text}")
        })
        .collect();
    assert_snapshot!("plugin", files.join("\n"));
    let before = files_in_home(&world);
    let again = mcp(&world, ["install", "claude-code"]).ok();
    assert!(again.out().contains("is already connected"), "{again}");
    assert_eq!(files_in_home(&world), before);
    // A file of the user stays.
    write(&world, ".claude/skills/persistproc/notes.md", "mine");
    mcp(&world, ["uninstall", "claude-code"]).ok();
    let left = files_in_home(&world);
    assert_eq!(left, [(".claude/skills/persistproc/notes.md".to_owned(), "mine".to_owned())]);
}

#[test]
fn an_edited_plugin_of_opencode_is_not_replaced() {
    let world = World::new();
    mcp(&world, ["install", "opencode"]).ok();
    let file = ".config/opencode/plugins/persistproc.js";
    let edited = fs::read_to_string(home(&world, file)).unwrap() + "// mine\n";
    write(&world, file, &edited);
    let output = mcp(&world, ["install", "opencode", "--guard-shell"]);
    assert_eq!(output.code, 1, "{output}");
    mcp(&world, ["uninstall", "opencode"]).ok();
    assert_eq!(fs::read_to_string(home(&world, file)).unwrap(), edited);
}
