//! `pp <program>` in a terminal: the program gets a pseudo-terminal of the same size and all typed input.
//! Ctrl+C asks whether to stop it. The terminal is restored in every case.

use crate::support::procs::{Proc, Signal, kill};
use crate::support::{Tmux, World, until};

/// A script that prints `ready` and keeps running.
const NAPS: &str = "echo ready; sleep 1000";

#[test]
fn standard_input_is_the_controlling_terminal() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let ask = "test -t 0 && test -t 1 && test -t 2 && echo asked >/dev/tty";
    assert_eq!(screen.run(&format!("clear; pp sh -c '{ask}'")), 0);
    assert!(screen.text().starts_with("asked\n"), "{}", screen.text());
}

#[test]
fn the_program_gets_the_terminal_size_and_every_change() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("sizes", "trap 'stty size' WINCH\nstty size\nwhile :; do sleep 0.05; done\n");
    screen.type_line("pp sh sizes");
    screen.until("40 120");
    screen.resize(100, 30);
    screen.until("30 100");
}

#[test]
fn typed_input_reaches_the_program() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("asks", "echo who?\nread name\necho hello $name\nexit 3\n");
    screen.start("pp sh asks");
    screen.until("who?");
    screen.type_line("world");
    assert_eq!(screen.exit(), 3);
    assert!(screen.text().contains("\nworld\nhello world\n"), "{}", screen.text());
}

#[test]
fn no_tty_gives_pipes_in_a_terminal() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    assert_eq!(screen.run("pp run --no-tty sh -c 'test -t 1 || test -t 2'"), 1);
}

#[test]
fn the_terminal_is_restored_when_pp_receives_sigterm() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.run("clear; stty -a | tee before");
    world.write("naps", NAPS);
    screen.start("pp sh naps");
    screen.until("ready");
    let is_pp = |found: &Proc| found.is_persistproc() && found.has_argument("pp");
    let pp = until("pp", || world.processes().into_iter().find(is_pp).ok_or("no pp".into()));
    kill(pp.pid, Signal::TERM);
    screen.exit();
    assert_eq!(screen.run("clear; stty -a >after; cmp before after"), 0, "{}", screen.text());
}

#[test]
fn a_restart_by_another_client_is_followed() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("waits", "echo run of $$\nread word\nexit 4\n");
    screen.start("pp sh waits");
    screen.until("run of");
    world.pp(["restart", "waits"]).ok();
    screen.until_times("run of", 2);
    screen.press_key("Enter");
    assert_eq!(screen.exit(), 4);
}

#[test]
fn the_title_is_the_label_and_is_restored() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.type_line("printf '\\033]2;mine\\007'");
    until(
        "the old title",
        || if screen.title() == "mine\n" { Ok(()) } else { Err(screen.title()) },
    );
    screen.type_line("pp run --label web sh -c 'echo here; read word'");
    screen.until("\nhere");
    assert_eq!(screen.title(), "web\n");
    screen.type_line("go");
    until(
        "the old title",
        || if screen.title() == "mine\n" { Ok(()) } else { Err(screen.title()) },
    );
}

#[test]
fn the_bell_rings_after_a_wait_with_notify() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", "read go"]).ok();
    let tmux = Tmux::new(&world);
    let [silent, ringing] = [tmux.window(), tmux.window()];
    // tmux sets the bell flag only for windows in the background.
    let foreground = tmux.window();
    silent.type_line("pp wait web --for exit; echo over");
    ringing.type_line("pp wait web --for exit --notify; echo over");
    foreground.type_line("pp send web go");
    silent.until("\nover");
    ringing.until("\nover");
    assert!(ringing.bell_rang() && !silent.bell_rang());
}

#[test]
fn commands_that_do_not_fit_beside_each_other_have_lines_of_their_own() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.resize(50, 20);
    let label = "a-label-that-is-rather-long";
    screen.start(&format!("pp run --label {label} sleep 1000"));
    world.until_running(label);
    screen.press_key("C-c");
    screen.until("Stop it?");
    screen.press_key("n");
    screen.until(&format!("Still running:\n  pp attach {label}\n  pp stop {label}\n"));
    assert_eq!(screen.exit(), 130);
    world.pp(["stop", label]).ok();
}
