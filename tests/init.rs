//! `persistproc init`: settings, startup files, aliases and the completion of real programs; and
//! `prompt` and `man`.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use crate::support::procs::{Signal, freeze, kill};
use crate::support::shells::{SHELLS, Shell, assert_completes};
use crate::support::{Tmux, World, until};

/// The line that loads the script again, with these flags.
fn reload(shell: Shell, flags: &str) -> String {
    match shell {
        Shell::Bash | Shell::Zsh => {
            format!("eval \"$(persistproc init {} {flags})\"", shell.name())
        }
        Shell::Fish => format!("persistproc init fish {flags} | source"),
    }
}

#[test]
fn a_custom_name_completes_and_wraps_like_pp() {
    for shell in SHELLS {
        let world = World::new();
        world.pp(["list"]).ok();
        let tmux = Tmux::new(&world);
        let flags = "--cmd p --wrap 'greet hello' --wrap 'greet hullo'";
        let screen = shell.window(&world, &tmux, &reload(shell, flags));
        screen.type_line("p-wrap");
        screen.until("\ngreet hello\ngreet hullo\n");
        for (typed, becomes) in [("p outp", "p output"), ("p greet hel", "p greet hello")] {
            assert_completes(&screen, typed, becomes);
        }
        screen.type_line("p list --status running");
        screen.until("No process matches these filters.");
    }
}

#[test]
fn aliases_of_pp_are_completed_as_their_expansion() {
    for shell in SHELLS {
        let world = World::new();
        let tmux = Tmux::new(&world);
        let more = match shell {
            // Bash completes only aliases that are defined before the script is loaded.
            Shell::Bash => format!("alias hail='pp greet'\n{}", reload(shell, "")),
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
fn a_fish_abbreviation_is_expanded_and_then_completed() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = Shell::Fish.window(&world, &tmux, "abbr -a hail pp greet");
    screen.type_text("hail hel");
    screen.until("$ pp greet hel");
    screen.press_key("Tab");
    screen.until("$ pp greet hello");
}

#[test]
fn npm_scripts_are_completed_after_pp() {
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
fn labels_with_a_colon_or_a_space_are_completed() {
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

/// The startup file that `init --install` writes to.
fn startup_file(world: &World, shell: Shell) -> PathBuf {
    let home = world.folder("home");
    match shell {
        Shell::Bash => home.join(".bashrc"),
        Shell::Zsh => home.join(".zshrc"),
        Shell::Fish => home.join(".config/fish/conf.d/persistproc.fish"),
    }
}

fn backup_of(file: &Path) -> PathBuf {
    PathBuf::from(format!("{}.before-persistproc", file.display()))
}

#[test]
fn uninstall_restores_the_file_and_keeps_what_was_added_since() {
    let world = World::new();
    for shell in SHELLS {
        let file = startup_file(&world, shell);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        let init = |flags: &[&str]| {
            let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
            command.args(["init", shell.name()]).args(flags);
            world.run(command).ok();
        };
        for text in ["", "a", "a\n", "a \\\n", "a \\", "a\r\nb\r\n", "\n\n"] {
            fs::write(&file, text).unwrap();
            init(&["--install"]);
            init(&["--install", "--cmd=p"]);
            assert_eq!(fs::read_to_string(backup_of(&file)).unwrap(), text, "the first text");
            init(&["--uninstall"]);
            assert_eq!(fs::read_to_string(&file).unwrap(), text, "{shell:?}");
            assert!(!backup_of(&file).exists(), "{shell:?}: {text:?}");
        }
        fs::write(&file, "a").unwrap();
        init(&["--install"]);
        let installed = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("first\n{installed}last\n")).unwrap();
        init(&["--uninstall"]);
        assert_eq!(fs::read_to_string(&file).unwrap(), "first\na\nlast\n");
        assert!(!backup_of(&file).exists());
    }
}

#[test]
fn install_adds_replaces_and_removes_one_line() {
    let world = World::new();
    let normal = world.normalizer();
    fs::write(world.folder("home").join(".bashrc"), "# mine\nPS1='$ '").unwrap();
    let mut transcript = String::new();
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
            let output = world.persistproc(arguments).ok();
            transcript += &format!(
                "$ persistproc {}\n{}",
                arguments.join(" "),
                normal.normalize(&output.out())
            );
        }
        let file = startup_file(&world, shell);
        let left = fs::read_to_string(&file).ok();
        assert_eq!(
            left.as_deref(),
            (shell == Shell::Bash).then_some("# mine\nPS1='$ '"),
            "{shell:?}"
        );
        assert!(!backup_of(&file).exists(), "{shell:?}");
    }
    assert_snapshot!(transcript);
    assert!(world.daemons().is_empty());
}

#[test]
fn a_customized_line_is_not_changed() {
    let world = World::new();
    let file = startup_file(&world, Shell::Bash);
    for text in [
        "alias x=1; eval \"$(persistproc init bash)\"; export Y=2\n",
        "if true; then\n  eval \"$(persistproc init bash)\"\nfi\n",
    ] {
        fs::write(&file, text).unwrap();
        for flag in ["--install", "--uninstall"] {
            let output = world.persistproc(["init", "bash", flag]);
            assert_eq!(output.code, 2, "{output}");
            assert!(output.err().contains("The file was not changed."), "{output}");
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
    }
    assert!(!backup_of(&file).exists());
}

#[test]
fn an_installed_line_is_loaded_by_a_new_shell() {
    for shell in SHELLS {
        let world = World::new();
        world.persistproc(["init", shell.name(), "--install", "--wrap", "greet hello"]).ok();
        let installed = fs::read_to_string(startup_file(&world, shell)).unwrap();
        let tmux = Tmux::new(&world);
        let screen = shell.window(&world, &tmux, &installed);
        screen.type_line("pp-wrap");
        screen.until("\ngreet hello\n");
    }
}

#[test]
fn prompt_counts_running_and_failed_processes_of_the_directory() {
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

    // Processes of other directories are not counted.
    let mut elsewhere = world.command(env!("CARGO_BIN_EXE_persistproc"));
    elsewhere.arg("prompt").current_dir(world.folder("home"));
    assert_eq!(world.run(elsewhere).ok().out(), "");

    // The prompt does not wait for a daemon that does not answer.
    let daemons = world.daemons();
    freeze(daemons[0].pid);
    assert_eq!(prompt(), "");
    kill(daemons[0].pid, Signal::CONT);
}

#[test]
fn manual_pages_are_generated_for_every_command() {
    let world = World::new();
    let page = world.persistproc(["man", "run"]).ok().out();
    assert!(page.contains(".TH persistproc-run 1"), "{page}");
    assert!(page.contains("\\-\\-on\\-exit"), "{page}");
    assert!(page.contains(".SH EXAMPLES\n.nf\n\\&  pp npm run dev "), "{page}");
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
    Run `persistproc --help` to see all commands.
    --- exit 2
    ");
}
