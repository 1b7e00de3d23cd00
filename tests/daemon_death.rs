//! `kill -9` of the daemon: no process ends, no line is lost, repeated or torn, no exit code
//! forgotten, and whoever watches goes on watching.

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
    five(&world);
    let watching = world.spawn_pp(["run", "--label", "watched", "sh", "counts"]);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    screen.type_line("clear; pp run --label typed sh counts");
    screen.until("line 20\n");
    watching.until_stdout("line 20\n");
    let before: Vec<u32> = LABELS.map(|label| pid(&world.process(label))).into();

    let gap = no_daemon(&world);
    fs::write(world.work().join("go"), "go\n").unwrap();
    until("one to end unseen", || if alive(before[0]) { Err("alive".into()) } else { Ok(()) });
    drop(gap);

    let after: Vec<Value> = LABELS.map(|label| world.process(label)).into();
    assert_eq!(world.list().len(), 5);
    assert_eq!(after.iter().map(pid).collect::<Vec<_>>(), before);
    assert_eq!((&after[0]["status"], &after[0]["exit_code"]), (&json!("exited"), &json!(23)));
    assert!(after[1..].iter().all(|process| process["status"] == "running"), "{after:#?}");
    assert_eq!(world.daemons().len(), 1, "{:#?}", world.daemons());

    // Those who watch show lines that were written after the new daemon came.
    let later = count_in_order(&read(&after[4], "log_stdout")) + 20;
    watching.until_stdout(&format!("line {later}\n"));
    let later = count_in_order(&read(&after[3], "log_stdout")) + 20;
    screen.until(&format!("line {later}\n"));

    for label in &LABELS[1..] {
        world.pp(["stop", label]).ok();
    }
    for process in &after {
        let lines = count_in_order(&read(process, "log_stdout"));
        assert_eq!(read(process, "log_combined"), read(process, "log_stdout"));
        assert!(lines >= 20, "{lines} of {process:#}");
    }
    assert_eq!(count_in_order(&read(&after[0], "log_stdout")), 100);
    assert_eq!(watching.end().out(), read(&after[4], "log_stdout"));
    let seen = screen.history();
    let lines: String = seen
        .lines()
        .filter(|line| line.starts_with("line "))
        .map(|line| format!("{line}\n"))
        .collect();
    assert_eq!(count_in_order(&lines), count_in_order(&read(&after[3], "log_stdout")));
}

/// Three of the five: on pipes, on a terminal, and one that ends when told to.
fn five(world: &World) {
    world.write("counts", COUNTS);
    world.write("ends", COUNTS_TO_100);
    let made = world.run({
        let mut mkfifo = world.command("mkfifo");
        mkfifo.arg("go");
        mkfifo
    });
    assert_eq!(made.code, 0, "{made}");
    world.pp(["start", "--label", "ends", "sh", "ends"]).ok();
    world.pp(["start", "--label", "piped", "sh", "counts"]).ok();
    world.pp(["start", "--label", "terminal", "--tty", "sh", "counts"]).ok();
}

/// Kills the daemon, and lets no other one start until the answer is dropped: clients that want
/// one wait for the lock that is held here.
fn no_daemon(world: &World) -> File {
    // After an earlier death a client may still be about to start one.
    until("a daemon", || if world.daemons().is_empty() { Err("none".into()) } else { Ok(()) });
    let lock = File::create(world.sockets().unwrap().join("starting.lock")).unwrap();
    lock.lock().unwrap();
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::KILL);
    until("the daemon's death", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
    assert!(world.daemons().is_empty(), "{:#?}", world.daemons());
    lock
}

fn read(process: &Value, key: &str) -> String {
    fs::read_to_string(process[key].as_str().unwrap()).unwrap()
}

#[test]
fn many_deaths_in_a_row_lose_nothing_either() {
    let world = World::new();
    world.write("counts", COUNTS);
    let watching = world.spawn_pp(["run", "--label", "counts", "sh", "counts"]);
    watching.until_stdout("line 1\n");
    let follower = world.spawn_pp(["output", "-f", "-n", "all", "counts"]);
    for round in 1..=5 {
        watching.until_stdout(&format!("line {}\n", round * 20));
        drop(no_daemon(&world));
    }
    watching.until_stdout("line 150\n");
    follower.until_stdout("line 150\n");
    let process = world.process("counts");
    assert_eq!(process["run"], 1);
    world.pp(["stop", "counts"]).ok();
    let log = read(&process, "log_stdout");
    count_in_order(&log);
    assert_eq!(watching.end().out(), log);
    assert_eq!(follower.end().out(), log);
}
