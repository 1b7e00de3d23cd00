//! Which shells are found, and what is said about those that cannot be connected.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use super::{assert_loads, install_shells, setup, setup_command, text, write};
use crate::support::World;
use crate::support::nu::nu;
use crate::support::shells::Shell;

#[test]
fn a_file_that_cannot_be_changed_does_not_stop_the_others() {
    let world = World::new();
    install_shells(&world);
    fs::create_dir(world.folder("home").join(".bashrc")).unwrap();
    let zshrc = write(&world, ".zshrc", "alias x=1; eval \"$(persistproc init zsh)\"\n");
    let fish = write(&world, ".config/fish/config.fish", "");
    let broken = write(&world, ".cursor/mcp.json", "{\n");
    let zed = write(&world, ".config/zed/settings.json", "{}\n");
    world.program("codex", "#!/bin/sh\necho 'no space left' >&2\nexit 3\n");
    assert_snapshot!(text(&setup(&world, &["--yes"])), @r#"
    fish: ~/.config/fish/conf.d/persistproc.fish
      + command -q persistproc; and persistproc init fish | source

    Codex: ~/.codex/config.toml
      $ codex mcp add persistproc -- <persistproc> mcp --data-dir <data> --port <port>

    Codex: ~/.codex/hooks.json
      + {
      +   "hooks": {
      +     "SessionStart": [
      +       {
      +         "hooks": [
      +           {
      +             "type": "command",
      +             "command": "<persistproc> hook codex --data-dir <data>",
      +             "timeout": 5
      +           }
      +         ]
      +       }
      +     ],
      +     "PostToolUse": [
      +       {
      +         "matcher": "Bash|Edit|Write",
      +         "hooks": [
      +           {
      +             "type": "command",
      +             "command": "<persistproc> hook codex --data-dir <data>",
      +             "timeout": 5
      +           }
      +         ]
      +       }
      +     ]
      +   }
      + }

    Zed: ~/.config/zed/settings.json
      - {}
      + {
      +   "context_servers": {
      +     "persistproc": {
      +       "command": "<persistproc>",
      +       "args": ["mcp", "--data-dir", "<data>", "--port", "<port>"],
      +       "env": {}
      +     }
      +   }
      + }

    Already connected: zsh.
    Changed ~/.config/fish/conf.d/persistproc.fish.
    Installed the hooks of Codex (~/.codex/hooks.json).
    Connected Zed (~/.config/zed/settings.json). Backup: ~/.config/zed/settings.json.before-persistproc

    Open `/hooks` in Codex and approve the hooks of persistproc: until then Codex skips them.
    Start a new shell (fish) and restart Codex, Zed. Then type: pp npm run dev
    `persistproc setup --undo` removes all of this.
    --- stderr
    Error: Cannot read <home>/.bashrc: Is a directory (os error 21).
    The file was not changed. Add this line by hand: if command -v persistproc >/dev/null; then eval "$(persistproc init bash)"; fi
    Error: <home>/.cursor/mcp.json, line 1: Unterminated object.
    The file was not changed. Fix it and run the command again. `persistproc mcp print cursor` shows what to write there.
    Error: `codex mcp add persistproc -- <persistproc> mcp --data-dir <data> --port <port>` failed (exit status: 3): no space left.
    Edit <home>/.codex/config.toml yourself. `persistproc mcp print codex` shows what to write there.
    --- exit 1
    "#);
    let added = fish.with_file_name("conf.d").join("persistproc.fish");
    assert!(added.exists() && fs::read_to_string(zed).unwrap().contains("persistproc"));
    assert_eq!(fs::read_to_string(broken).unwrap(), "{\n");
    assert_snapshot!(text(&setup(&world, &["--undo", "--yes"])), @r#"
    fish: ~/.config/fish/conf.d/persistproc.fish
      - command -q persistproc; and persistproc init fish | source

    Codex: ~/.codex/hooks.json
      - {
      -   "hooks": {
      -     "SessionStart": [
      -       {
      -         "hooks": [
      -           {
      -             "type": "command",
      -             "command": "<persistproc> hook codex --data-dir <data>",
      -             "timeout": 5
      -           }
      -         ]
      -       }
      -     ],
      -     "PostToolUse": [
      -       {
      -         "matcher": "Bash|Edit|Write",
      -         "hooks": [
      -           {
      -             "type": "command",
      -             "command": "<persistproc> hook codex --data-dir <data>",
      -             "timeout": 5
      -           }
      -         ]
      -       }
      -     ]
      -   }
      - }

    Zed: ~/.config/zed/settings.json
      - {
      -   "context_servers": {
      -     "persistproc": {
      -       "command": "<persistproc>",
      -       "args": ["mcp", "--data-dir", "<data>", "--port", "<port>"],
      -       "env": {}
      -     }
      -   }
      - }
      + {}

    Removed ~/.config/fish/conf.d/persistproc.fish, which had no other line.
    Removed the hooks of Codex (~/.codex/hooks.json).
    Disconnected Zed (~/.config/zed/settings.json).

    Start a new shell (fish) and restart Codex, Zed to apply the changes.
    --- stderr
    Error: Cannot read <home>/.bashrc: Is a directory (os error 21).
    The file was not changed. Remove its line with `persistproc init bash` by hand.
    Error: Line 1 of <home>/.zshrc loads persistproc in a customized way: alias x=1; eval "$(persistproc init zsh)"
    The file was not changed. Remove the line by hand.
    Error: <home>/.cursor/mcp.json, line 1: Unterminated object.
    The file was not changed. Fix it and run the command again. `persistproc mcp print cursor` shows what to write there.
    --- exit 1
    "#);
    assert!(!added.exists() && zshrc.exists());
}

#[test]
fn an_empty_home_gets_the_next_step() {
    let world = World::new();
    assert_snapshot!(text(&setup(&world, &[])), @"
    No shell with a startup file and no supported agent was found.
    Run `persistproc init bash --install` or `persistproc mcp install cursor` to connect one of them anyway.
    --- exit 0
    ");
    assert_snapshot!(text(&setup(&world, &["--undo"])), @"
    No shell and no agent is connected. There is nothing to undo.
    --- exit 0
    ");
}

#[test]
fn the_login_shell_is_connected_without_a_startup_file() {
    let world = World::new();
    install_shells(&world);
    let mut command = setup_command(&world, &["--yes"]);
    command.env("SHELL", "/usr/bin/zsh");
    assert_snapshot!(text(&world.run(command)), @r#"
    zsh: ~/.zshrc
      + if command -v persistproc >/dev/null; then eval "$(persistproc init zsh)"; fi

    Changed ~/.zshrc.

    Start a new shell (zsh). Then type: pp npm run dev
    `persistproc setup --undo` removes all of this.
    --- exit 0
    "#);
    assert_loads(&world, Shell::Zsh);
    setup(&world, &["--undo", "--yes"]).ok();
    assert!(!world.folder("home").join(".zshrc").exists());
}

#[test]
fn nushell_gets_its_script_and_plugin() {
    let world = World::new();
    symlink(nu(), world.folder("bin").join("nu")).unwrap();
    fs::create_dir_all(world.folder("home").join(".config/nushell")).unwrap();
    assert_snapshot!(text(&setup(&world, &["--yes"])), @"
    nu: ~/.local/share/nushell/vendor/autoload/persistproc.nu
      $ plugin add <plugin>
      + the script of `persistproc init nu` (116 lines)

    Wrote ~/.local/share/nushell/vendor/autoload/persistproc.nu.

    Start a new shell (nu). Then type: pp npm run dev
    `persistproc setup --undo` removes all of this.
    --- exit 0
    ");
    let script = world.folder("home").join(".local/share/nushell/vendor/autoload/persistproc.nu");
    assert_eq!(world.persistproc(["init", "nu"]).ok().out(), fs::read_to_string(&script).unwrap());
    assert_snapshot!(text(&setup(&world, &["--yes"])), @"
    Already connected: nu. There is nothing to change.
    --- exit 0
    ");
    // A script of an older version is replaced, one with settings is not.
    let own = fs::read_to_string(&script).unwrap();
    fs::write(&script, format!("{own}# older\n")).unwrap();
    assert!(setup(&world, &["--yes"]).ok().out().contains("- # older"));
    world.persistproc(["init", "nu", "--install", "--wrap", "greet me"]).ok();
    assert!(setup(&world, &["--yes"]).ok().out().starts_with("Already connected: nu."));
    assert_snapshot!(text(&setup(&world, &["--undo", "--yes"])), @"
    nu: ~/.local/share/nushell/vendor/autoload/persistproc.nu
      - the script of `persistproc init nu` (118 lines)

    Removed ~/.local/share/nushell/vendor/autoload/persistproc.nu.

    Start a new shell (nu) to apply the changes.
    --- exit 0
    ");
    assert!(!script.exists());
}
