//! `pp attach <target>`: watch a process that another client started, until it ends.

use insta::assert_snapshot;

use crate::support::daemon::pid;
use crate::support::procs::{Signal, kill};
use crate::support::scripts::PRINTS_SIGNALS;
use crate::support::{Tmux, World};

#[test]
fn it_prints_existing_and_new_output_and_exits_with_the_process() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", PRINTS_SIGNALS]).ok();
    let attached = world.spawn_pp(["attach", "web"]);
    attached.until_stdout("ready");
    kill(pid(&world.process("web")), Signal::USR1);
    attached.until_stdout("got USR1");
    world.pp(["stop", "web"]).ok();
    let output = attached.end();
    assert_eq!((output.out(), output.code), ("ready\ngot USR1\nbye\n".to_owned(), 5));
}

#[test]
fn keys_reach_a_process_that_has_a_terminal() {
    let world = World::new();
    world.pp(["start", "--label", "asks", "--tty", "sh", "-c", "read x; echo got $x; exit 6"]).ok();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; pp attach asks");
    screen.type_line("this");
    screen.until("got this");
    assert_eq!(screen.exit(), 6);
}

#[test]
fn lines_reach_a_process_that_has_no_terminal() {
    let world = World::new();
    let script = "while read -r line; do echo \"<$line>\"; done; echo ended";
    world.pp(["start", "--label", "web", "sh", "-c", script]).ok();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; pp attach web");
    let note = screen.until("no terminal");
    assert!(note.contains("is already running (PID") && note.contains("pp run --fresh"), "{note}");
    screen.type_line("rs");
    screen.until("<rs>");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    screen.press_key("Escape");
    screen.type_line("more");
    screen.until("<more>");
    // The terminal passes a line on at Enter.
    screen.type_line("\x1d");
    screen.type_line("after");
    screen.until("<after>");
    screen.type_line("\x1d\x1d\x1d");
    assert_eq!(screen.exit(), 130);
    screen.start("clear; pp attach web");
    screen.until("no terminal");
    // EOF leaves: it would end the input of the process for everyone.
    screen.press_key("C-d");
    assert_eq!(screen.exit(), 130);
    assert_eq!(world.process("web")["status"], "running");
}

#[test]
fn several_clients_can_attach_at_once() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", PRINTS_SIGNALS]).ok();
    let watchers: Vec<_> = (0..5).map(|_| world.spawn_pp(["attach", "web"])).collect();
    watchers.iter().for_each(|watcher| watcher.until_stdout("ready"));
    world.pp(["stop", "web"]).ok();
    for watcher in watchers {
        let output = watcher.end();
        assert_eq!((output.out(), output.code), ("ready\nbye\n".to_owned(), 5));
    }
}

#[test]
fn attaching_to_an_ended_process_is_an_error() {
    let world = World::new();
    world.pp(["run", "--label", "web", "sh", "-c", "echo hi; exit 3"]);
    assert_snapshot!(world.pp(["attach", "web"]), @"
    --- stderr
    Error: web exited with code 3 N s ago.
    Run `pp restart web` to start it again. Run `pp output web` to see its output.
    --- exit 1
    ");
}
