//! `pp ui`, the dashboard in the terminal, in tmux: what is on the screen, each action, and the terminal
//! as it was found.

mod actions;
mod figures;
mod log;
mod ssh;
mod terminal;

use crate::support::procs::Proc;
use crate::support::{Screen, Tmux, World, until};

/// A server that prints a line and keeps running.
const SERVER: &str = "echo listening\nsleep 1000\n";

/// Reads lines and answers them.
const ECHO: &str = "echo who?\nwhile read name; do echo hello $name; done\n";

/// Opens a window with the dashboard and waits until the list is shown.
fn dashboard<'t>(tmux: &'t Tmux<'t>, arguments: &str) -> Screen<'t> {
    let screen = tmux.window();
    screen.run("clear; stty -a >before; echo before");
    screen.start(&format!("pp ui {arguments}"));
    screen.until("NAME");
    screen
}

/// The process of the dashboard.
fn dashboard_process(world: &World) -> Proc {
    let is_ui = |found: &Proc| found.is_persistproc() && found.has_argument("ui");
    until("pp ui", || world.processes().into_iter().find(is_ui).ok_or("no ui".into()))
}

/// Asserts that the terminal is as before `pp ui`: modes, settings and the text of the main screen.
fn assert_as_found(screen: &Screen<'_>) {
    let modes = screen.modes();
    assert!(modes.starts_with("alternate 0 mouse 0 0"), "{modes}");
    assert!(modes.contains("cursor 1"), "{modes}");
    assert!(screen.text().starts_with("before\n"), "{}", screen.text());
    assert_eq!(screen.run("stty -a >after; cmp before after"), 0, "{}", screen.text());
}

/// Whether a line of the screen contains all of these.
fn has_line(text: &str, parts: &[&str]) -> bool {
    text.lines().any(|line| parts.iter().all(|part| line.contains(part)))
}

/// Waits until a line of the screen contains all of these.
#[track_caller]
fn until_line(screen: &Screen<'_>, parts: &[&str]) {
    until(&format!("a line with {parts:?}"), || {
        let text = screen.text();
        if has_line(&text, parts) { Ok(()) } else { Err(text) }
    });
}

#[test]
fn a_process_is_listed_as_soon_as_it_runs() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("pp ui");
    screen.until("No processes");
    world.write("server", SERVER);
    world.pp(["start", "--label", "web", "sh", "server"]).ok();
    until_line(&screen, &["web", "running"]);
    screen.until("listening");
    world.pp(["stop", "web"]).ok();
    until_line(&screen, &["web", "stopped by you"]);
    screen.press_key("q");
    assert_eq!(screen.exit(), 0);
}

#[test]
fn a_process_is_selected_by_its_name() {
    let world = World::with_three_processes();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("pp ui api");
    until_line(&screen, &["──", "api"]);
    screen.press_key("Escape");
    until_line(&screen, &["> ", "api"]);
    screen.press_key("q");
    assert_eq!(screen.exit(), 0);
    assert_eq!(screen.run("clear; pp ui nothing-has-this-name"), 3);
    screen.until("No process matches");
}

#[test]
fn without_a_terminal_an_error_says_what_to_run() {
    let world = World::new();
    let output = world.pp(["ui"]);
    assert_eq!(output.code, 2);
    assert!(output.err().contains("Run `pp list` and `pp logs` instead."), "{output}");
}

#[test]
fn the_daemon_may_be_killed_and_replaced() {
    let world = World::new();
    world.write("echo", ECHO);
    world.pp(["start", "--tty", "--label", "echo", "sh", "echo"]).ok();
    let tmux = Tmux::new(&world);
    let screen = dashboard(&tmux, "");
    screen.until("who?");
    for round in 1..4 {
        world.kill_daemon();
        let name = format!("round {round}");
        world.pp(["send", "echo", &name]).ok();
        screen.until(&format!("hello {name}"));
    }
    world.pp(["start", "--label", "later", "sleep", "1000"]).ok();
    until_line(&screen, &["later", "running"]);
    world.pp(["shutdown"]).ok();
    assert_eq!(screen.exit(), 0);
    screen.until("The daemon was shut down.");
}
