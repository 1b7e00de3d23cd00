//! Keys in an attached terminal: which belong to the program, the question after Ctrl+C, the keys to
//! detach, and Ctrl+Z.

use crate::support::daemon::pid;
use crate::support::procs::Signal;
use crate::support::procs::kill;
use crate::support::scripts::PRINTS_SIGNALS;
use crate::support::{Screen, Tmux, World, until};

/// A script that prints `ready`, then each line that it reads.
const READS_LINES: &str = "echo ready; while read -r line; do echo \"<$line>\"; done";

/// A script that prints `ready` and keeps running.
const NAPS: &str = "echo ready; sleep 1000";

/// A shell with job control.
const JOB_CONTROL_SHELL: [&str; 6] = ["--", "env", "PS1=$ ", "bash", "--norc", "-i"];

#[test]
fn ctrl_c_belongs_to_an_editor() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("pp vim -u NONE notes");
    screen.until("~\n~\n");
    screen.type_text("ihello");
    screen.until("hello");
    // Leaves the insert mode.
    screen.press_key("C-c");
    screen.type_line(":wq");
    assert_eq!(screen.exit(), 0, "{}", screen.text());
    assert_eq!(std::fs::read_to_string(world.work().join("notes")).unwrap(), "hello\n");
    assert!(!screen.history().contains("Stop it?"));
}

#[test]
fn ctrl_c_belongs_to_an_interpreter_while_it_works() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; pp python3");
    screen.until(">>>");
    screen.type_line("import time; print('wor' + 'king'); time.sleep(1000)");
    screen.until("\nworking");
    screen.press_key("C-c");
    screen.until("KeyboardInterrupt");
    screen.type_line("exit(3)");
    assert_eq!(screen.exit(), 3);
}

#[test]
fn ctrl_c_asks_for_a_program_that_reads_lines_and_y_stops_it() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("tells", &PRINTS_SIGNALS.replace("TERM", "INT"));
    screen.start("clear; pp sh tells");
    screen.until("ready");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    screen.press_key("y");
    screen.exit();
    // The output after the stop request is shown too.
    screen.until("bye");
    assert_eq!(world.process("tells")["status"], "terminated");
}

#[test]
fn output_is_held_back_while_the_question_stands() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("tells", &PRINTS_SIGNALS.replace("TERM", "INT"));
    screen.start("clear; pp sh tells");
    screen.until("ready");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    kill(pid(&world.process("tells")), Signal::USR1);
    until("the output in the log", || {
        let log = world.pp(["output", "tells"]).out();
        if log.contains("got USR1") { Ok(()) } else { Err(log) }
    });
    assert!(!screen.text().contains("got USR1"), "{}", screen.text());
    screen.press_key("Escape");
    screen.until("got USR1");
    assert_eq!(world.process("tells")["status"], "running");
    assert!(screen.text().starts_with("ready\nStop it? [y/N] (Esc: go on)\ngot USR1\n"));
}

#[test]
fn any_other_key_cancels_the_question_and_reaches_the_program() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("reads", READS_LINES);
    screen.start("clear; pp sh reads");
    screen.until("ready");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    screen.type_line("word");
    screen.until("<word>");
    // A second Ctrl+C goes on too.
    screen.press_key("C-c");
    screen.until_times("Stop it? [y/N]", 2);
    screen.press_key("C-c");
    screen.type_line("again");
    screen.until("<again>");
    screen.press_key("C-d");
    assert_eq!(screen.exit(), 0);
}

#[test]
fn n_leaves_the_process_running_and_is_no_success() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("naps", NAPS);
    screen.start("clear; pp sh naps && echo PUSHED");
    screen.until("ready");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    screen.press_key("n");
    assert_eq!(screen.exit(), 130);
    assert!(!screen.text().contains("\nPUSHED"), "{}", screen.text());
    assert_eq!(world.process("naps")["status"], "running");
}

#[test]
fn three_times_ctrl_right_bracket_leaves_any_program() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; pp vim -u NONE notes");
    screen.until("~\n~\n");
    screen.press_keys(&["C-]", "C-]", "C-]"]);
    assert_eq!(screen.exit(), 130);
    assert!(screen.text().contains("Still running: pp attach"), "{}", screen.text());
    screen.start("clear; PERSISTPROC_DETACH_KEYS=ctrl-p,ctrl-q pp attach vim");
    screen.until("~\n~\n");
    screen.press_keys(&["C-p", "C-q"]);
    assert_eq!(screen.exit(), 130);
    screen.start("clear; pp attach --detach-keys ctrl-1 vim");
    assert_eq!(screen.exit(), 2);
}

#[test]
fn ctrl_z_suspends_only_this_command() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window_of(&JOB_CONTROL_SHELL);
    world.write("tells", &PRINTS_SIGNALS.replace("TERM", "INT"));
    screen.type_line("clear; pp sh tells");
    screen.until("ready");
    screen.press_key("C-z");
    screen.until("Stopped");
    kill(pid(&world.process("tells")), Signal::USR1);
    until("the output in the log", || {
        let log = world.pp(["output", "tells"]).out();
        if log.contains("got USR1") { Ok(()) } else { Err(log) }
    });
    // The shell has its terminal back.
    screen.type_line("echo fine; fg");
    screen.until("\nfine\n");
    screen.until("got USR1");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    screen.press_key("y");
    screen.until("bye");
}

#[test]
fn a_program_that_stops_itself_goes_on() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write(
        "stops.py",
        "import os, signal, sys, tty\n\
         tty.setraw(0)\n\
         sys.stdout.write('ready\\r\\n'); sys.stdout.flush()\n\
         assert os.read(0, 1) == b'\\x1a'\n\
         os.kill(0, signal.SIGSTOP)\n\
         sys.stdout.write('went on\\r\\n')\n",
    );
    screen.start("clear; pp python3 stops.py");
    screen.until("ready");
    screen.press_key("C-z");
    screen.until("went on");
    assert_eq!(screen.exit(), 0);
}

#[test]
fn a_flood_ends_at_once_after_y() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.start("clear; pp yes");
    screen.until("y\ny\ny\n");
    until("a log that the terminal has not shown", || has_megabytes(&world, 50));
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    screen.press_key("y");
    screen.exit();
    assert!(tail(&screen).contains("The end of the output was skipped"), "{}", screen.text());
}

#[test]
fn the_question_ends_with_the_process() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    world.write("tells", PRINTS_SIGNALS);
    screen.start("clear; pp sh tells");
    screen.until("ready");
    screen.press_key("C-c");
    screen.until("Stop it? [y/N]");
    world.pp(["stop", "tells"]).ok();
    screen.until("You stopped");
    screen.exit();
}

fn has_megabytes(world: &World, megabytes: u64) -> Result<(), String> {
    let log = world.process("yes")["log_combined"].as_str().unwrap_or_default().to_owned();
    let folder = std::path::Path::new(&log).parent().unwrap().to_owned();
    let files = std::fs::read_dir(folder).map_err(|error| error.to_string())?;
    let length: u64 = files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum();
    if length > megabytes << 20 { Ok(()) } else { Err(format!("{length} bytes")) }
}

/// The last lines of the screen.
fn tail(screen: &Screen<'_>) -> String {
    let text = screen.text();
    let lines: Vec<&str> = text.lines().rev().take(5).collect();
    lines.join("\n")
}
