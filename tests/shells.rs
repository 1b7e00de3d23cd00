//! `persistproc init`: what the Tab key offers, in the real shells. Each start-up file loads the
//! script twice, and those of bash and zsh under `set -eu`.

use std::process::Command;

use crate::support::procs::{Signal, freeze, kill};
use crate::support::shells::{self, SHELLS};
use crate::support::tools::root;
use crate::support::{Tmux, World};

/// Types each line, presses Tab and waits for what the line should have become.
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
fn targets_come_from_the_daemon() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    assert_completes(
        &world,
        &[("pp stop w", "pp stop web"), ("persistproc logs w", "persistproc logs web")],
    );
}

#[test]
fn what_is_running_is_listed_and_what_ended_is_not() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    world.pp(["start", "--label", "wings", "sleep", "1001"]).ok();
    world.pp(["run", "--label", "wander", "true"]);
    let tmux = Tmux::new(&world);
    for shell in SHELLS {
        let screen = shell.window(&world, &tmux, "");
        screen.type_text("pp stop ");
        screen.until("$ pp stop");
        // The first one adds what they have in common, where the shell does that.
        screen.press_key("Tab");
        screen.until("$ pp stop w");
        screen.press_key("Tab");
        screen.press_key("Tab");
        let text = screen.until("wings");
        assert!(text.contains("web") && !text.contains("wander"), "{shell:?}: {text}");
    }
}

#[test]
fn after_a_program_its_own_completion_goes_on() {
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
fn the_scripts_are_clean_to_the_shells_themselves() {
    for (program, arguments) in [
        ("bash", ["-n", "shell/init.bash"]),
        ("zsh", ["-n", "shell/init.zsh"]),
        ("fish", ["--no-execute", "shell/init.fish"]),
    ] {
        let said = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
        assert!(said.status.success() && said.stderr.is_empty(), "{program}: {said:?}");
    }
}

#[test]
fn a_script_is_the_same_file_that_lies_in_the_folder() {
    let world = World::new();
    for shell in SHELLS {
        let name = shell.name();
        let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
        command.args(["init", name]);
        let file = std::fs::read_to_string(root().join(format!("shell/init.{name}"))).unwrap();
        assert_eq!(world.run(command).ok().out(), file);
    }
}

#[test]
fn a_target_comes_with_its_status_and_place_and_a_silent_daemon_is_not_waited_for() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    let answer = |patience: &str| {
        let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
        command.args(["__complete", "stop", "w"]).env("PERSISTPROC_COMPLETION_MS", patience);
        world.run(command).ok().to_string()
    };
    assert_eq!(answer("10000"), "words\nweb\trunning in <work>\n--- exit 0");
    let daemons = world.daemons();
    let [daemon] = &daemons[..] else { panic!("{} daemons", daemons.len()) };
    freeze(daemon.pid);
    // An empty value is none: as patient as without it.
    assert_eq!(answer(""), "words\n--- exit 0");
    kill(daemon.pid, Signal::CONT);
}
