//! `pp <program>` in a terminal: the program has one too, of the same size, and what is typed
//! reaches it. Ctrl+C asks; whatever happens, the terminal is left as it was found.

use crate::support::daemon::pid;
use crate::support::procs::{Proc, Signal, kill};
use crate::support::scripts::PRINTS_SIGNALS;
use crate::support::{Tmux, World, until};

const NAPS: &str = "echo ready; sleep 1000";

#[test]
fn both_streams_are_terminals_and_stay_apart() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let ask = "console.log(process.stdout.isTTY, process.stderr.isTTY); console.error(\"E\")";
    assert_eq!(screen.run(&format!("clear; pp node -e '{ask}'")), 0);
    let text = screen.text();
    assert!(text.starts_with("true true\nE\n[exit"), "{text}");
    assert_eq!(world.pp(["output", "--stream", "stderr", "node"]).ok().out(), "E\n");
    assert_eq!(world.pp(["output", "--stream", "stdout", "node"]).ok().out(), "true true\n");
}

#[test]
fn standard_input_is_a_terminal_too_and_the_controlling_one() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    let ask = "test -t 0 && test -t 1 && test -t 2 && echo asked >/dev/tty";
    assert_eq!(screen.run(&format!("clear; pp sh -c '{ask}'")), 0);
    assert!(screen.text().starts_with("asked\n"), "{}", screen.text());
}

#[test]
fn the_size_of_the_terminal_is_passed_on_and_every_change_of_it() {
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
fn what_is_typed_reaches_the_program() {
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
fn no_tty_gives_pipes_in_a_terminal_too() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    assert_eq!(screen.run("pp run --no-tty sh -c 'test -t 1 || test -t 2'"), 1);
}

#[test]
fn ctrl_c_asks_while_output_flows_and_y_stops() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("tells", PRINTS_SIGNALS);
    screen.start("clear; pp sh tells");
    screen.until("ready");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    kill(pid(&world.process("tells")), Signal::USR1);
    screen.until("got USR1");
    screen.press_key("y");
    assert_eq!(screen.exit(), 5);
    // What it says on its way out is shown.
    screen.until("bye");
    assert_eq!(world.process("tells")["status"], "terminated");
}

#[test]
fn ctrl_c_and_anything_else_leaves_it_running() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("naps", NAPS);
    screen.start("pp sh naps");
    screen.until("ready");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    screen.press_key("n");
    screen.exit();
    assert_eq!(world.process("naps")["status"], "running");
}

#[test]
fn the_terminal_is_restored_when_pp_is_told_to_go() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.run("clear; stty -a | tee before");
    world.write("naps", NAPS);
    screen.start("pp sh naps");
    screen.until("ready");
    let watching = |found: &Proc| found.is_persistproc() && found.has_argument("pp");
    let pp = until("pp", || world.processes().into_iter().find(watching).ok_or("no pp".into()));
    kill(pp.pid, Signal::TERM);
    screen.exit();
    assert_eq!(screen.run("clear; stty -a >after; cmp before after"), 0, "{}", screen.text());
}

#[test]
fn a_restart_by_someone_else_is_followed() {
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
fn the_title_says_what_is_watched_and_is_put_back() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.type_line("printf '\\033]2;mine\\007'");
    until("my title", || if screen.title() == "mine\n" { Ok(()) } else { Err(screen.title()) });
    screen.type_line("pp run --label web sh -c 'echo here; read word'");
    screen.until("\nhere");
    assert_eq!(screen.title(), "web\n");
    screen.type_line("go");
    until("my title", || if screen.title() == "mine\n" { Ok(()) } else { Err(screen.title()) });
}

#[test]
fn a_bell_tells_that_a_wait_is_over_only_when_asked_for() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", "read go"]).ok();
    let tmux = Tmux::new(&world);
    let [silent, ringing] = [tmux.window(), tmux.window()];
    // A bell is for those who look elsewhere.
    let elsewhere = tmux.window();
    silent.type_line("pp wait web --for exit; echo over");
    ringing.type_line("pp wait web --for exit --notify; echo over");
    elsewhere.type_line("pp send web go");
    silent.until("\nover");
    ringing.until("\nover");
    assert!(ringing.bell_rang() && !silent.bell_rang());
}
