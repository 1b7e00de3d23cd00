//! Death of the daemon by `kill -9`: no process ends, no line is lost, repeated or torn, no exit
//! code is forgotten, and clients that follow a process continue.

use std::fs::{self, File};

use serde_json::{Value, json};

use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill};
use crate::support::scripts::{COUNTS, COUNTS_TO_100, count_in_order};
use crate::support::{Tmux, World, until};

const LABELS: [&str; 5] = ["ends", "piped", "terminal", "typed", "watched"];

#[test]
fn kill_9_of_the_daemon_loses_nothing() {
    let world = World::new();
    start_three(&world);
    let watching = world.spawn_pp(["run", "--label", "watched", "sh", "counts"]);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.type_line("clear; pp run --label typed sh counts");
    screen.until("line 20\n");
    watching.until_stdout("line 20\n");
    let before: Vec<u32> = LABELS.map(|label| pid(&world.process(label))).into();

    let no_daemon = kill_daemon_and_prevent_next(&world);
    fs::write(world.work().join("go"), "go\n").unwrap();
    until("`ends` to exit", || if alive(before[0]) { Err("alive".into()) } else { Ok(()) });
    drop(no_daemon);

    let after: Vec<Value> = LABELS.map(|label| world.process(label)).into();
    assert_eq!(world.list().len(), 5);
    assert_eq!(after.iter().map(pid).collect::<Vec<_>>(), before);
    assert_eq!((&after[0]["status"], &after[0]["exit_code"]), (&json!("exited"), &json!(23)));
    assert!(after[1..].iter().all(|process| process["status"] == "running"), "{after:#?}");
    assert_eq!(world.daemons().len(), 1, "{:#?}", world.daemons());

    // Both clients show lines that were written after the new daemon had started.
    let later = count_in_order(&read_log(&after[4], "log_stdout")) + 20;
    watching.until_stdout(&format!("line {later}\n"));
    let later = count_in_order(&read_log(&after[3], "log_stdout")) + 20;
    screen.until(&format!("line {later}\n"));

    for label in &LABELS[1..] {
        world.pp(["stop", label]).ok();
    }
    for process in &after {
        let lines = count_in_order(&read_log(process, "log_stdout"));
        assert_eq!(read_log(process, "log_combined"), read_log(process, "log_stdout"));
        assert!(lines >= 20, "{lines} lines of {process:#}");
    }
    assert_eq!(count_in_order(&read_log(&after[0], "log_stdout")), 100);
    assert_eq!(watching.end().out(), read_log(&after[4], "log_stdout"));
    let history = screen.history();
    let counted = history.lines().filter(|line| line.starts_with("line "));
    let counted: String = counted.map(|line| format!("{line}\n")).collect();
    assert_eq!(count_in_order(&counted), count_in_order(&read_log(&after[3], "log_stdout")));
}

/// Starts one process on pipes, one on a terminal, and one that exits when `go` can be read.
fn start_three(world: &World) {
    world.write("counts", COUNTS);
    world.write("ends", COUNTS_TO_100);
    let mut mkfifo = world.command("mkfifo");
    mkfifo.arg("go");
    world.run(mkfifo).ok();
    world.pp(["start", "--label", "ends", "sh", "ends"]).ok();
    world.pp(["start", "--label", "piped", "sh", "counts"]).ok();
    world.pp(["start", "--label", "terminal", "--tty", "sh", "counts"]).ok();
}

/// Kills the daemon. No other daemon starts until the returned file is dropped: it holds the lock
/// that clients wait for before they start one.
pub(crate) fn kill_daemon_and_prevent_next(world: &World) -> File {
    // After an earlier kill, a client may be about to start a daemon.
    until("a daemon", || if world.daemons().is_empty() { Err("none".into()) } else { Ok(()) });
    let lock = File::create(world.sockets().unwrap().join("starting.lock")).unwrap();
    lock.lock().unwrap();
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until("the end of the daemon", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
    assert!(world.daemons().is_empty(), "{:#?}", world.daemons());
    lock
}

fn read_log(process: &Value, key: &str) -> String {
    fs::read_to_string(process[key].as_str().unwrap()).unwrap()
}

#[test]
fn five_kills_in_a_row_lose_nothing() {
    let world = World::new();
    world.write("counts", COUNTS);
    let watching = world.spawn_pp(["run", "--label", "counts", "sh", "counts"]);
    watching.until_stdout("line 1\n");
    let follower = world.spawn_pp(["output", "-f", "-n", "all", "counts"]);
    for round in 1..=5 {
        watching.until_stdout(&format!("line {}\n", round * 20));
        drop(kill_daemon_and_prevent_next(&world));
    }
    watching.until_stdout("line 150\n");
    follower.until_stdout("line 150\n");
    let process = world.process("counts");
    assert_eq!(process["run"], 1);
    world.pp(["stop", "counts"]).ok();
    let log = read_log(&process, "log_stdout");
    count_in_order(&log);
    assert_eq!(watching.end().out(), log);
    assert_eq!(follower.end().out(), log);
}
