//! The completion scripts of `persistproc init` in real shells. Each start-up file loads its script
//! twice, and those of bash and zsh do so under `set -eu`.

use std::fs;
use std::process::Command;

use crate::support::procs::{Signal, freeze, kill};
use crate::support::shells::{self, SHELLS, Shell};
use crate::support::tmux::Screen;
use crate::support::tools::root;
use crate::support::{Tmux, World};

/// Types each line, presses Tab and waits for the expected line.
fn assert_completes(world: &World, lines: &[(&str, &str)]) {
    let tmux = Tmux::new(world);
    for shell in SHELLS {
        let screen = shell.window(world, &tmux, "");
        for (typed, becomes) in lines {
            shells::assert_completes(&screen, typed, becomes);
        }
    }
}

#[test]
fn commands_flags_and_values_are_completed_and_no_daemon_is_started() {
    let world = World::new();
    assert_completes(
        &world,
        &[
            ("pp outp", "pp output"),
            ("persistproc mcp inst", "persistproc mcp install"),
            ("pp stop --forc", "pp stop --force"),
            ("pp run --on-exit det", "pp run --on-exit detach"),
            ("pp stop we", "pp stop we"),
        ],
    );
    assert!(world.daemons().is_empty());
}

#[test]
fn targets_are_completed_from_the_daemon() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    assert_completes(
        &world,
        &[
            ("pp stop w", "pp stop web"),
            ("persistproc logs w", "persistproc logs web"),
            ("pp stop nosuch w", "pp stop nosuch web"),
            ("pp logs -f nosuch other w", "pp logs -f nosuch other web"),
            ("pp signal HUP nosuch w", "pp signal HUP nosuch web"),
        ],
    );
}

#[test]
fn stop_completes_running_processes_only() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "wings", "sleep", "1001"]).ok();
    world.pp(["run", "--label", "wander", "true"]);
    let tmux = Tmux::new(&world);
    for shell in SHELLS {
        let screen = shell.window(&world, &tmux, "");
        screen.type_text("pp stop ");
        screen.until("$ pp stop");
        // In some shells the first Tab adds only the common prefix.
        screen.press_key("Tab");
        screen.until("$ pp stop w");
        screen.press_key("Tab");
        screen.press_key("Tab");
        let text = screen.until("wings");
        assert!(text.contains("web") && !text.contains("wander"), "{shell:?}: {text}");
    }
}

#[test]
fn words_after_a_program_are_completed_by_its_own_completion() {
    let world = World::new();
    assert_completes(
        &world,
        &[
            ("greet hel", "greet hello"),
            ("pp greet hel", "pp greet hello"),
            ("pp -- greet hel", "pp -- greet hello"),
            ("persistproc run --label x greet hel", "persistproc run --label x greet hello"),
            ("pp start --tty greet there hul", "pp start --tty greet there hullo"),
            ("pp gree", "pp greet"),
        ],
    );
}

#[test]
fn scripts_of_the_project_complete_programs_that_the_shell_does_not_know() {
    let world = World::new();
    world.write("package.json", r#"{"scripts": {"develop": "vite", "deploy:all": "x"}}"#);
    world.write("justfile", "release:\n    true\n");
    assert_completes(
        &world,
        &[
            ("pp bun run deve", "pp bun run develop"),
            ("pp bun run deploy:a", "pp bun run deploy:all"),
            ("pp just rel", "pp just release"),
        ],
    );
}

/// Types `typed`, presses Tab twice and waits for `part`; returns the screen.
fn offers(screen: &Screen<'_>, typed: &str, part: &str) -> String {
    screen.type_text(typed);
    screen.until(&format!("$ {typed}"));
    screen.press_key("Tab");
    screen.press_key("Tab");
    screen.until(part)
}

#[test]
fn programs_are_offered_only_where_no_command_matches() {
    let world = World::new();
    for program in ["lolcat-like", "grolsch"] {
        world.program(program, "#!/bin/sh\n");
    }
    let tmux = Tmux::new(&world);
    for shell in [Shell::Bash, Shell::Zsh] {
        let screen = shell.window(&world, &tmux, "");
        let text = offers(&screen, "pp l", "logs");
        assert!(text.contains("list"), "{shell:?}: {text}");
        assert!(!text.contains("lolcat") && !text.contains("possibilities"), "{shell:?}: {text}");
        screen.press_key("C-u");
        shells::assert_completes(&screen, "pp grol", "pp grolsch");
    }
}

#[test]
fn zsh_completes_without_a_compinit_in_zshrc() {
    let world = World::new();
    world.persistproc(["init", "zsh", "--install"]).ok();
    let zshrc = world.folder("home").join(".zshrc");
    let installed = fs::read_to_string(&zshrc).unwrap();
    fs::write(&zshrc, format!("PS1='$ '\nunsetopt prompt_sp\n{installed}")).unwrap();
    let tmux = Tmux::new(&world);
    let screen = tmux.window_of(&["--", "env", shells::LONG_COMPLETION_TIMEOUT, "zsh", "-d", "-i"]);
    shells::assert_completes(&screen, "pp outp", "pp output");
    shells::assert_completes(&screen, "pp stop --forc", "pp stop --force");
    assert_eq!(screen.text().trim(), "$");
    // A plugin manager may run compinit again after the first prompt.
    screen.type_line("compinit -u -D; compdef -d pp persistproc; clear");
    screen.until_gone("compdef");
    shells::assert_completes(&screen, "pp outp", "pp output");
}

#[test]
fn bash_in_posix_mode_loads_the_script_without_a_message() {
    let world = World::new();
    for script in [
        "set -eu; set -o posix; eval \"$(persistproc init bash)\"; echo loaded",
        "set -o posix; persistproc init bash >init; . ./init; . ./init; echo loaded",
    ] {
        let mut command = world.command("bash");
        command.args(["-c", script]);
        assert_eq!(world.run(command).to_string(), "loaded\n--- exit 0");
    }
    let tmux = Tmux::new(&world);
    let reload = "set -o posix; eval \"$(persistproc init bash)\"; pp-wrap greet hello";
    let screen = Shell::Bash.window(&world, &tmux, reload);
    assert_eq!(screen.text().trim(), "$");
    shells::assert_completes(&screen, "pp outp", "pp output");
    shells::assert_completes(&screen, "pp greet hel", "pp greet hello");
    screen.type_line("pp-wrap; pp-wrap a-b");
    screen.until("\ngreet hello\npersistproc: cannot wrap a-b, because POSIX mode");
}

#[test]
fn the_scripts_pass_the_syntax_check_of_their_shell() {
    for (program, arguments) in [
        ("bash", ["-n", "shell/init.bash"]),
        ("zsh", ["-n", "shell/init.zsh"]),
        ("fish", ["--no-execute", "shell/init.fish"]),
    ] {
        let check = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
        assert!(check.status.success() && check.stderr.is_empty(), "{program}: {check:?}");
    }
}

#[test]
fn init_prints_the_script_file_unchanged() {
    let world = World::new();
    for shell in SHELLS {
        let name = shell.name();
        let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
        command.args(["init", name]);
        let file = fs::read_to_string(root().join(format!("shell/init.{name}"))).unwrap();
        assert_eq!(world.run(command).ok().out(), file);
    }
}

#[test]
fn targets_have_descriptions_and_an_unresponsive_daemon_is_not_waited_for() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let answer = |timeout: &str| {
        let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
        command.args(["__complete", "stop", "w"]).env("PERSISTPROC_COMPLETION_MS", timeout);
        world.run(command).ok().to_string()
    };
    assert_eq!(answer("10000"), "words\nweb\trunning in <work>\n--- exit 0");
    let daemons = world.daemons();
    let [daemon] = &daemons[..] else { panic!("{} daemons", daemons.len()) };
    freeze(daemon.pid);
    // An empty value counts as unset: the default timeout applies.
    assert_eq!(answer(""), "words\n--- exit 0");
    kill(daemon.pid, Signal::CONT);
}
