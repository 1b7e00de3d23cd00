//! `persistproc setup`: all shells and agents of a user at once, in real shells and with real configs.
//! The `PATH` has only the shells and agents of the test.

mod found;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::mcp_stdio::{Agent, ProtocolKind};
use crate::support::nu::plugin;
use crate::support::shells::{SHELLS, Shell};
use crate::support::{Output, Tmux, World, tools};

fn setup_command(world: &World, arguments: &[&str]) -> Command {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("setup").args(arguments).env("PATH", world.folder("bin"));
    command
}

fn setup(world: &World, arguments: &[&str]) -> Output {
    world.run(setup_command(world, arguments))
}

/// The normalized output, with `<persistproc>` for the path of the executable.
fn text(output: &Output) -> String {
    let text = output.to_string().replace(env!("CARGO_BIN_EXE_persistproc"), "<persistproc>");
    text.replace(plugin().to_str().unwrap(), "<plugin>")
}

/// Writes a file in the home.
fn write(world: &World, file: &str, text: &str) -> PathBuf {
    let path = world.folder("home").join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// Installs bash, zsh and fish.
fn install_shells(world: &World) {
    for shell in SHELLS {
        symlink(tools::path_of(shell.name()), world.folder("bin").join(shell.name())).unwrap();
    }
}

/// The paths and texts of all files in the home but those that shells write by themselves.
fn home_files(world: &World) -> Vec<(PathBuf, String)> {
    let mut folders = vec![world.folder("home")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_of_shell =
                [".local", ".cache", "fish_variables"].iter().any(|it| path.ends_with(it));
            if is_of_shell {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push((path.clone(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// Asserts that a new shell of this kind has the integration.
#[track_caller]
fn assert_loads(world: &World, shell: Shell) {
    let mut command = world.command(shell.name());
    command.args(["-i", "-c", "type pp-wrap"]);
    let output = world.run(command);
    assert!(output.code == 0 && output.out().contains("pp-wrap"), "{shell:?}: {output}");
}

#[test]
fn it_connects_all_and_undo_restores_all() {
    let world = World::new();
    install_shells(&world);
    write(&world, ".bashrc", "# mine\n");
    write(&world, ".zshrc", "# mine too\n");
    fs::create_dir_all(world.folder("home").join(".config/fish")).unwrap();
    write(&world, ".cursor/mcp.json", "{\n  \"mcpServers\": {}\n}\n");
    world.program("claude", "#!/bin/sh\nprintf '%s\\n' \"$*\" >>\"$HOME/claude.log\"\n");
    let before = home_files(&world);
    assert_snapshot!("preview_of_all", text(&setup(&world, &[])));
    assert_eq!(home_files(&world), before);
    let dry_run = setup(&world, &["--dry-run"]).ok();
    assert_eq!(dry_run.out(), setup(&world, &[]).out());
    assert_eq!(dry_run.err(), "Nothing was changed. Run `persistproc setup` to do it.\n");
    assert_eq!(home_files(&world), before);

    let done = text(&setup(&world, &["--yes"]));
    let (preview, summary) = done.split_once("Changed ").unwrap();
    assert_eq!(
        preview,
        world
            .normalizer()
            .normalize(&dry_run.out())
            .replace(env!("CARGO_BIN_EXE_persistproc"), "<persistproc>")
    );
    assert_snapshot!(format!("Changed {summary}"), @"
    Changed ~/.bashrc. Backup: ~/.bashrc.before-persistproc
    Changed ~/.zshrc. Backup: ~/.zshrc.before-persistproc
    Changed ~/.config/fish/conf.d/persistproc.fish.
    Connected Claude Code with its own command.
    Installed the hooks of Claude Code (~/.claude/settings.json).
    Connected Cursor (~/.cursor/mcp.json). Backup: ~/.cursor/mcp.json.before-persistproc
    Installed the hooks of Cursor (~/.cursor/hooks.json).

    Start a new shell (bash, zsh, fish) and restart Claude Code, Cursor. Then type: pp npm run dev
    `persistproc setup --undo` removes all of this.
    --- exit 0
    ");
    SHELLS.into_iter().for_each(|shell| assert_loads(&world, shell));
    let called = fs::read_to_string(world.folder("home").join("claude.log")).unwrap();
    assert!(called.starts_with("mcp add --scope user persistproc -- "), "{called}");
    // What the command of Claude Code would have written.
    let endpoint = json!({ "command": env!("CARGO_BIN_EXE_persistproc"), "type": "stdio",
        "args": ["mcp", "--data-dir", world.folder("data"), "--port", world.port.to_string()] });
    let claude = json!({ "mcpServers": { "persistproc": endpoint } });
    let claude = write(&world, ".claude.json", &claude.to_string());

    let connected = home_files(&world);
    assert_snapshot!(text(&setup(&world, &["--yes"])), @"
    Already connected: bash, zsh, fish, Claude Code, Cursor. There is nothing to change.
    --- exit 0
    ");
    assert_eq!(home_files(&world), connected);

    assert_snapshot!(text(&setup(&world, &["--undo", "--yes"])), @r#"
    bash: ~/.bashrc
        # mine
      - if command -v persistproc >/dev/null; then eval "$(persistproc init bash)"; fi

    zsh: ~/.zshrc
        # mine too
      - if command -v persistproc >/dev/null; then eval "$(persistproc init zsh)"; fi

    fish: ~/.config/fish/conf.d/persistproc.fish
      - command -q persistproc; and persistproc init fish | source

    Claude Code: ~/.claude/settings.json
      - {
      -   "hooks": {
      -     "SessionStart": [
      -       {
      -         "hooks": [
      -           {
      -             "type": "command",
      -             "command": "<persistproc> hook claude-code --data-dir <data>",
      -             "timeout": 5
      -           }
      -         ]
      -       }
      -     ],
      -     "PostToolUse": [
      -       {
      -         "matcher": "Edit|Write|NotebookEdit|Bash",
      -         "hooks": [
      -           {
      -             "type": "command",
      -             "command": "<persistproc> hook claude-code --data-dir <data>",
      -             "timeout": 5
      -           }
      -         ]
      -       }
      -     ],
      -     "UserPromptSubmit": [
      -       {
      -         "hooks": [
      -           {
      -             "type": "command",
      -             "command": "<persistproc> hook claude-code --data-dir <data>",
      -             "timeout": 5
      -           }
      -         ]
      -       }
      -     ]
      -   }
      - }

    Claude Code: ~/.claude.json
      $ claude mcp remove --scope user persistproc

    Cursor: ~/.cursor/hooks.json
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

    Cursor: ~/.cursor/mcp.json
        {
      -   "mcpServers": {
      -     "persistproc": {
      -       "command": "<persistproc>",
      -       "args": ["mcp", "--data-dir", "<data>", "--port", "<port>"]
      -     }
      -   }
      +   "mcpServers": {}
        }

    Changed ~/.bashrc.
    Changed ~/.zshrc.
    Removed ~/.config/fish/conf.d/persistproc.fish, which had no other line.
    Removed the hooks of Claude Code (~/.claude/settings.json).
    Disconnected Claude Code with its own command.
    Removed the hooks of Cursor (~/.cursor/hooks.json).
    Disconnected Cursor (~/.cursor/mcp.json).

    Start a new shell (bash, zsh, fish) and restart Claude Code, Cursor to apply the changes.
    --- exit 0
    "#);
    for file in [claude, world.folder("home").join("claude.log")] {
        fs::remove_file(file).unwrap();
    }
    assert_eq!(home_files(&world), before);
    assert_snapshot!(text(&setup(&world, &["--undo"])), @"
    No shell and no agent is connected. There is nothing to undo.
    --- exit 0
    ");
}

#[test]
fn it_asks_once_in_a_terminal() {
    let world = World::new();
    let bashrc = write(&world, ".bashrc", "# mine\n");
    symlink(tools::path_of("bash"), world.folder("bin").join("bash")).unwrap();
    let (bin, program) = (world.folder("bin"), env!("CARGO_BIN_EXE_persistproc"));
    let script = format!("#!/bin/sh\nPATH='{}' exec '{program}' setup\n", bin.display());
    world.program("set-up", &script);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("set-up");
    screen.until("Make this change? [y/N]");
    screen.press_key("Enter");
    assert_eq!(screen.exit(), 1);
    screen.until("Error: Nothing was changed.");
    assert_eq!(fs::read_to_string(&bashrc).unwrap(), "# mine\n");
    screen.type_line("clear");
    screen.until_gone("Error");
    screen.start("set-up");
    screen.until("Make this change? [y/N]");
    screen.type_line("y");
    assert_eq!(screen.exit(), 0);
    assert_snapshot!(screen.text(), @r#"
    $ set-up; echo "[exit of 2: $?]"
    bash: ~/.bashrc
        # mine
      + if command -v persistproc >/dev/null; then eval "$(persistproc init bash)"; fi

    Make this change? [y/N] y
    Changed ~/.bashrc. Backup: ~/.bashrc.before-persistproc

    Start a new shell (bash). Then type: pp npm run dev
    `persistproc setup --undo` removes all of this.
    [exit of 2: 0]
    $
    "#);
    assert_loads(&world, Shell::Bash);
}

#[test]
fn json_lists_the_changes() {
    let world = World::new();
    write(&world, ".cursor/mcp.json", "{}\n");
    let refused = setup(&world, &["--format", "json"]);
    assert_eq!((refused.code, refused.json()["code"].as_str()), (2, Some("invalid_request")));
    let plan = setup(&world, &["--format", "json", "--dry-run"]).json();
    let done = setup(&world, &["--format", "json", "--yes"]).json();
    for (report, is_dry_run) in [(&plan, true), (&done, false)] {
        assert_eq!((&report["changed"], &report["dry_run"]), (&json!(true), &json!(is_dry_run)));
        assert_eq!(report["changes"][0]["name"], "Cursor");
        assert!(report["changes"][0]["diff"].as_str().unwrap().contains("+   \"mcpServers\""));
        assert_eq!(report["changes"][0]["kept"].is_null(), is_dry_run, "{report:#}");
    }
    let again = setup(&world, &["--format", "json", "--yes"]).json();
    assert_eq!((&again["changed"], &again["connected"]), (&json!(false), &json!(["Cursor"])));
}

/// The server entry of an agent's config as a command that is started as it is written there.
fn server_command(world: &World, config: &str) -> Command {
    let text = fs::read_to_string(world.folder("home").join(config)).unwrap();
    let config: Value = serde_json::from_str(&text).unwrap();
    let entry = &config["mcpServers"]["persistproc"];
    let mut command = world.command(entry["command"].as_str().unwrap());
    command.args(entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
    command.stdin(std::process::Stdio::piped());
    command
}

#[test]
fn an_agent_of_an_empty_home_lists_a_process_after_two_commands() {
    let world = World::new();
    world.program("cursor", "#!/bin/sh\n");
    let begin = Instant::now();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    setup(&world, &["--yes"]).ok();
    let command = server_command(&world, ".cursor/mcp.json");
    let mut agent = Agent::with_bridge(&world, ProtocolKind::Session, command);
    let list = agent.call("list", &json!({}));
    let found = &list["processes"][0];
    assert_eq!((&found["label"], &found["status"]), (&json!("web"), &json!("running")), "{list:#}");
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}
