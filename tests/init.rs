//! `persistproc init` beyond its plain script: settings, start-up files, aliases, the completion of
//! real programs; and `prompt` and `man`, which belong to a shell as well.

use std::fs;

use insta::assert_snapshot;

use crate::support::procs::{Signal, freeze, kill};
use crate::support::shells::{SHELLS, Shell, assert_completes};
use crate::support::{Tmux, World, until};

/// Loads the script once more, with these flags.
fn again(shell: Shell, flags: &str) -> String {
    match shell {
        Shell::Bash | Shell::Zsh => {
            format!("eval \"$(persistproc init {} {flags})\"", shell.name())
        }
        Shell::Fish => format!("persistproc init fish {flags} | source"),
    }
}

#[test]
fn another_name_completes_and_wraps_as_pp_does() {
    for shell in SHELLS {
        let world = World::new();
        world.pp(["list"]).ok();
        let tmux = Tmux::new(&world);
        let flags = "--cmd p --wrap 'greet hello' --wrap 'greet hullo'";
        let screen = shell.window(&world, &tmux, &again(shell, flags));
        screen.type_line("p-wrap");
        screen.until("\ngreet hello\ngreet hullo\n");
        for (typed, becomes) in [("p outp", "p output"), ("p greet hel", "p greet hello")] {
            assert_completes(&screen, typed, becomes);
        }
        screen.type_line("p list --status running");
        screen.until("No process is like that.");
    }
}

#[test]
fn aliases_of_pp_are_completed_as_what_they_stand_for() {
    for shell in SHELLS {
        let world = World::new();
        let tmux = Tmux::new(&world);
        let more = match shell {
            // Aliases that are known when the script is loaded.
            Shell::Bash => format!("alias hail='pp greet'\n{}", again(shell, "")),
            Shell::Zsh | Shell::Fish => "alias hail='pp greet'".to_owned(),
        };
        let screen = shell.window(&world, &tmux, &more);
        screen.type_text("hail hel");
        screen.until("$ hail hel");
        screen.press_key("Tab");
        screen.until("$ hail hello");
    }
}

#[test]
fn an_abbreviation_of_fish_is_completed_once_it_is_spelled_out() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = Shell::Fish.window(&world, &tmux, "abbr -a hail pp greet");
    screen.type_text("hail hel");
    screen.until("$ pp greet hel");
    screen.press_key("Tab");
    screen.until("$ pp greet hello");
}

#[test]
fn the_scripts_of_a_project_are_offered_behind_pp() {
    for shell in SHELLS {
        let world = World::new();
        let scripts = r#"{"scripts": {"deliver": "true", "dev": "true", "test": "true"}}"#;
        world.write("package.json", scripts);
        let tmux = Tmux::new(&world);
        let own = match shell {
            Shell::Bash => "source <(npm completion)",
            Shell::Zsh | Shell::Fish => "",
        };
        let screen = shell.window(&world, &tmux, own);
        for typed in ["npm run del", "pp npm run del", "persistproc run --label x npm run del"] {
            assert_completes(&screen, typed, &format!("{typed}iver"));
        }
    }
}

#[test]
fn a_label_with_a_colon_or_a_space_is_completed() {
    for shell in SHELLS {
        let world = World::new();
        world.pp(["start", "--label", "web:api", "sleep", "1000"]).ok();
        world.pp(["start", "--label", "my server", "sleep", "1001"]).ok();
        let tmux = Tmux::new(&world);
        let screen = shell.window(&world, &tmux, "");
        for (typed, label) in [("pp stop web:a", "web:api"), ("pp stop my", "my server")] {
            screen.type_text(typed);
            screen.until(&format!("$ {typed}"));
            screen.press_key("Tab");
            screen.until(if label == "web:api" { "web:api" } else { "server" });
            screen.press_key("Enter");
            world.until_status(label, "terminated");
        }
    }
}

/// Its start-up file, as `init --install` sees it.
fn start_up(world: &World, shell: Shell) -> std::path::PathBuf {
    let home = world.folder("home");
    match shell {
        Shell::Bash => home.join(".bashrc"),
        Shell::Zsh => home.join(".zshrc"),
        Shell::Fish => home.join(".config/fish/conf.d/persistproc.fish"),
    }
}

#[test]
fn the_line_of_a_start_up_file_comes_changes_and_goes() {
    let world = World::new();
    let normal = world.normalizer();
    fs::write(world.folder("home").join(".bashrc"), "# mine\nPS1='$ '").unwrap();
    let mut told = String::new();
    for shell in SHELLS {
        let name = shell.name();
        for arguments in [
            ["init", name, "--install", "--dry-run"],
            ["init", name, "--install", "--wrap=npm run dev"],
            ["init", name, "--install", "--cmd=p"],
            ["init", name, "--install", "--cmd=p"],
            ["init", name, "--uninstall", "--dry-run"],
            ["init", name, "--uninstall", "-q"],
        ] {
            let said = world.persistproc(arguments).ok();
            told += &format!(
                "$ persistproc {}\n{}",
                arguments.join(" "),
                normal.normalize(&said.out())
            );
        }
        let left = fs::read_to_string(start_up(&world, shell)).unwrap();
        assert_eq!(left, if shell == Shell::Bash { "# mine\nPS1='$ '\n" } else { "" }, "{shell:?}");
    }
    assert_snapshot!(told);
    assert!(world.daemons().is_empty());
}

#[test]
fn a_line_that_somebody_made_of_ours_is_left_alone() {
    let world = World::new();
    let file = start_up(&world, Shell::Bash);
    for text in [
        "alias x=1; eval \"$(persistproc init bash)\"; export Y=2\n",
        "if true; then\n  eval \"$(persistproc init bash)\"\nfi\n",
    ] {
        fs::write(&file, text).unwrap();
        for flag in ["--install", "--uninstall"] {
            let said = world.persistproc(["init", "bash", flag]);
            assert_eq!(said.code, 2, "{said}");
            assert!(said.err().contains("Nothing was changed."), "{said}");
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }
    assert!(!file.with_extension("before-persistproc").exists());
}

#[test]
fn a_new_shell_knows_it_after_install() {
    for shell in SHELLS {
        let world = World::new();
        world.persistproc(["init", shell.name(), "--install", "--wrap", "greet hello"]).ok();
        let installed = fs::read_to_string(start_up(&world, shell)).unwrap();
        let tmux = Tmux::new(&world);
        let screen = shell.window(&world, &tmux, &installed);
        screen.type_line("pp-wrap");
        screen.until("\ngreet hello\n");
    }
}

#[test]
fn a_prompt_says_what_runs_here_and_what_ended_badly() {
    let world = World::new();
    let prompt = || world.persistproc(["prompt"]).ok().out();
    assert_eq!(prompt(), "");
    assert!(world.daemons().is_empty());
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "api", "sleep", "1001"]).ok();
    world.pp(["run", "--label", "bad", "false"]);
    world.pp(["run", "--label", "good", "true"]).ok();
    until("the prompt", || if prompt() == "▶2 ✗1\n" { Ok(()) } else { Err(prompt()) });
    let json = world.persistproc(["--format", "json", "prompt"]).ok().json();
    assert_eq!(json, serde_json::json!({"running": 2, "failed": 1}));

    // Elsewhere nothing runs.
    let mut elsewhere = world.command(env!("CARGO_BIN_EXE_persistproc"));
    elsewhere.arg("prompt").current_dir(world.folder("home"));
    assert_eq!(world.run(elsewhere).ok().out(), "");

    // A daemon that does not answer is not waited for.
    let daemons = world.daemons();
    freeze(daemons[0].pid);
    assert_eq!(prompt(), "");
    kill(daemons[0].pid, Signal::CONT);
}

#[test]
fn manual_pages_are_made_of_the_help() {
    let world = World::new();
    let page = world.persistproc(["man", "run"]).ok().out();
    assert!(page.contains(".TH persistproc-run 1"), "{page}");
    assert!(page.contains("\\-\\-on\\-exit"), "{page}");
    world.persistproc(["man", "--dir", "man1"]).ok();
    let mut names: Vec<_> = fs::read_dir(world.work().join("man1"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_snapshot!(names.join("\n"));
    let unknown = world.persistproc(["man", "rnu"]);
    assert_snapshot!(unknown, @r"
    --- stderr
    Error: persistproc has no command `rnu`.
    `persistproc --help` lists them all.
    --- exit 2
    ");
}
