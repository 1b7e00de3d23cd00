//! Processes that cannot be reached for a while: sockets, the runtime directory or the data directory are
//! deleted, records are damaged, shims are stopped by a signal. What lives is found again, is never taken
//! for dead, and never runs twice.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, freeze, kill};
use crate::support::{World, until};

/// Three processes that run: one with a variable of its own, one that has printed, one with a terminal.
fn world() -> World {
    let world = World::new();
    let colour = r#"{"COLOUR": "blue"}"#;
    world.pp(["start", "--label", "web", "--environment", colour, "sleep", "1000"]).ok();
    world.pp(["start", "--label", "log", "sh", "-c", "echo begun; exec sleep 1000"]).ok();
    world.pp(["start", "--label", "tty", "--tty", "sleep", "1001"]).ok();
    world
}

fn runtime(world: &World) -> PathBuf {
    world.sockets().unwrap()
}

fn delete_sockets(world: &World) {
    for entry in fs::read_dir(runtime(world)).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "sock") {
            fs::remove_file(path).unwrap();
        }
    }
}

/// Deletes the runtime directory as `rm -rf` does. The daemon creates it again at the same time, so it may
/// take more than one attempt.
fn delete_runtime_directory(world: &World) {
    until("the runtime directory to be deleted", || {
        let deleted = fs::remove_dir_all(world.folder("run/persistproc"));
        deleted.map_err(|error| error.to_string())
    });
}

/// Waits until the daemon and all shims have bound their sockets again.
fn until_bound(world: &World) {
    until("the sockets", || {
        let found = fs::read_dir(world.folder("run/persistproc"));
        let folders = found.map_err(|error| error.to_string())?.flatten();
        let files = folders.filter_map(|folder| fs::read_dir(folder.path()).ok()).flatten();
        let names: Vec<_> = files.flatten().map(|entry| entry.file_name()).collect();
        let sockets = names.iter().filter(|name| name.to_string_lossy().ends_with(".sock")).count();
        if sockets == 4 { Ok(()) } else { Err(format!("{names:?}")) }
    });
}

/// What a client sees of a process, apart from times.
fn facts(world: &World, label: &str) -> Value {
    let process = world.process(label);
    let keys = ["id", "label", "command", "status", "pid", "run", "answering", "started_by"];
    Value::Object(keys.map(|key| (key.to_owned(), process[key].clone())).into_iter().collect())
}

fn all(world: &World) -> [Value; 3] {
    ["web", "log", "tty"].map(|label| facts(world, label))
}

/// The process obeys: it is restarted with its recorded environment.
fn assert_restartable(world: &World) {
    let restarted = world.pp(["--format", "json", "restart", "web"]).ok().json();
    let environment = fs::read(format!("/proc/{}/environ", pid(&restarted))).unwrap();
    assert!(String::from_utf8_lossy(&environment).contains("COLOUR=blue"));
}

#[test]
fn deleted_sockets_are_bound_again() {
    let world = world();
    let before = all(&world);
    delete_sockets(&world);
    until_bound(&world);
    assert_eq!(all(&world), before);
    delete_sockets(&world);
    world.kill_daemon();
    assert_eq!(all(&world), before);
    assert_restartable(&world);
}

#[test]
fn a_deleted_runtime_directory_is_created_again() {
    let world = world();
    let before = all(&world);
    delete_runtime_directory(&world);
    until_bound(&world);
    assert_eq!(all(&world), before);
    let second = world.persistproc(["serve"]);
    assert_eq!(second.code, 1, "{second}");
    world.kill_daemon();
    delete_runtime_directory(&world);
    assert_eq!(all(&world), before);
    assert_restartable(&world);
}

#[test]
fn a_runtime_directory_that_was_moved_away_is_created_again() {
    let world = world();
    let before = all(&world);
    let parent = runtime(&world).parent().unwrap().to_owned();
    fs::rename(runtime(&world), world.folder("moved")).unwrap();
    assert!(parent.exists());
    until_bound(&world);
    assert_eq!(all(&world), before);
}

#[test]
fn processes_are_restored_from_their_shims_when_the_data_directory_was_deleted() {
    let world = world();
    let before = all(&world);
    fs::remove_dir_all(world.folder("data")).unwrap();
    assert_eq!(all(&world), before, "the daemon has them in memory");
    world.kill_daemon();
    assert_eq!(all(&world), before);
    let joined = world.pp([
        "--format",
        "json",
        "start",
        "--label",
        "log",
        "sh",
        "-c",
        "echo begun; exec sleep 1000",
    ]);
    assert_eq!(joined.ok().json()["already_running"], true);
    assert_restartable(&world);
    world.kill_daemon();
    fs::remove_dir_all(world.folder("data")).unwrap();
    delete_runtime_directory(&world);
    world.pp(["list"]).ok();
    world.persistproc(["shutdown"]).ok();
    until("all processes to end", || match &world.processes()[..] {
        [] => Ok(()),
        left => Err(format!("{left:#?}")),
    });
}

#[test]
fn a_damaged_record_is_restored_by_the_shim_or_listed() {
    let world = world();
    let before = all(&world);
    let record = |label: &str| {
        world.runs_folder(&world.process(label)).parent().unwrap().join("process.json")
    };
    let [web, log] = ["web", "log"].map(record);
    fs::write(&web, "{").unwrap();
    world.kill_daemon();
    assert_eq!(all(&world), before);
    assert_restartable(&world);

    world.pp(["stop", "log"]).ok();
    fs::write(&log, "{").unwrap();
    let id = before[1]["id"].as_str().unwrap();
    world.kill_daemon();
    let listed = world.process(id);
    assert_eq!((&listed["status"], &listed["label"]), (&json!("failed"), &json!(id)));
    let why = listed["error"]["message"].as_str().unwrap();
    assert!(why.contains("process.json cannot be read"), "{why}");
    let refused = world.pp(["restart", id]);
    assert!(refused.code == 1 && refused.err().contains("cannot be read"), "{refused}");
    assert_eq!(fs::read_to_string(&log).unwrap(), "{");
    world.pp(["forget", id]).ok();
    assert!(!log.exists());
}

#[test]
fn a_stopped_shim_is_listed_as_not_answering_and_never_as_lost() {
    let world = world();
    let before = all(&world);
    let shim = world.shim_pid(&world.process("web"));
    freeze(shim);
    world.kill_daemon();
    let begin = Instant::now();
    let listed = facts(&world, "web");
    println!("the first answer took {:?}", begin.elapsed());
    assert_eq!((&listed["status"], &listed["answering"]), (&json!("running"), &json!(false)));
    assert_eq!(facts(&world, "log"), before[1]);
    let text = world.pp(["list"]).ok().out();
    assert!(text.contains("running (not answering)"), "{text}");
    let again = world.pp(["--format", "json", "start", "--label", "web", "sleep", "1000"]).ok();
    assert_eq!(again.json()["already_running"], true, "never two copies");
    let refused = world.pp(["signal", "USR1", "web"]);
    assert!(refused.err().contains(&format!("(PID {shim}) does not answer")), "{refused}");
    kill(shim, Signal::CONT);
    until("the shim to answer", || {
        let now = facts(&world, "web");
        if now == before[0] { Ok(()) } else { Err(format!("{now:#}")) }
    });
    assert_restartable(&world);
}

#[test]
fn a_stop_ends_the_processes_of_a_shim_that_does_not_answer() {
    for (label, daemon_dies) in [("web", false), ("web", true), ("tty", true)] {
        let world = world();
        let process = world.process(label);
        let shim = world.shim_pid(&process);
        freeze(shim);
        if daemon_dies {
            world.kill_daemon();
        }
        let begin = Instant::now();
        let stopped = world.pp(["--format", "json", "stop", "--timeout", "1", label]).ok().json();
        assert!(begin.elapsed() < Duration::from_secs(11), "{:?}", begin.elapsed());
        assert_eq!((&stopped["status"], &stopped["signal"]), (&json!("terminated"), &json!(9)));
        assert!(!alive(pid(&process)) && !alive(shim));
    }
}

#[test]
fn a_restart_of_a_stopped_shim_leaves_one_copy() {
    let world = World::new();
    let script = "echo $$ >> pids; exec sleep 1000";
    world.pp(["start", "--label", "web", "sh", "-c", script]).ok();
    let shim = world.shim_pid(&world.process("web"));
    freeze(shim);
    let restart = world.spawn_pp(["restart", "web"]);
    until("the stop to be requested", || {
        let process = world.process("web");
        if process["status"] == "stopping" { Ok(()) } else { Err(format!("{process:#}")) }
    });
    kill(shim, Signal::CONT);
    restart.end().ok();
    let pids = fs::read_to_string(world.work().join("pids")).unwrap();
    let living: Vec<&str> = pids.lines().filter(|pid| alive(pid.parse().unwrap())).collect();
    assert_eq!(living, [pid(&world.process("web")).to_string()], "{pids}");
}

#[test]
fn a_child_survives_while_no_other_shim_can_be_started() {
    let world = world();
    let before = facts(&world, "web");
    let daemon = world.daemons()[0].pid;
    let limit = |files: &str| {
        let mut command = world.command("prlimit");
        command.args(["--pid", &daemon.to_string(), &format!("--nofile={files}")]);
        world.run(command).ok();
    };
    let shim = world.shim_pid(&world.process("web"));
    let limit_before = fs::read_to_string(format!("/proc/{daemon}/limits")).unwrap();
    let files = limit_before.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let files: Vec<&str> = files.split_whitespace().collect();
    // The connections that exist are all that fit.
    let open = fs::read_dir(format!("/proc/{daemon}/fd")).unwrap().count();
    limit(&format!("{}:{}", open - 1, files[4]));
    kill(shim, Signal::KILL);
    until("the shim to exit", || if alive(shim) { Err(String::new()) } else { Ok(()) });
    let log = world.folder("data/daemon.log");
    until("an attempt", || {
        let text = fs::read_to_string(&log).unwrap();
        if text.contains("cannot start another shim") { Ok(()) } else { Err(text) }
    });
    assert!(alive(pid(&before)));
    limit(&format!("{}:{}", files[3], files[4]));
    until("another shim", || {
        let now = facts(&world, "web");
        if now == before { Ok(()) } else { Err(format!("{now:#}")) }
    });
    assert_restartable(&world);
}

/// The first answer of a new daemon waits for no shim that does not answer.
#[test]
fn many_shims_are_adopted_at_once() {
    const COUNT: usize = 300;
    let world = World::new();
    for number in 0..COUNT {
        let label = format!("p{number}");
        let body = json!({"command": ["sleep", "1000"], "label": label, "working_directory": "/"});
        if number == 0 {
            world.pp(["list"]).ok();
        }
        world.rest().post("/v1/processes", &body).expect(201);
    }
    let stopped = ["p7", "p70", "p270"].map(|label| world.shim_pid(&world.process(label)));
    stopped.into_iter().for_each(freeze);
    world.kill_daemon();
    let begin = Instant::now();
    let listed = world.pp(["--format", "json", "list"]).ok().json();
    let time = begin.elapsed();
    let listed = listed["processes"].as_array().unwrap().clone();
    let silent: Vec<_> = listed.iter().filter(|process| process["answering"] == false).collect();
    println!("the first answer took {time:?}; {} do not answer", silent.len());
    let running = listed.iter().filter(|process| process["status"] == "running").count();
    assert_eq!(running, COUNT);
    let labels: Vec<_> = silent.iter().map(|process| process["label"].as_str().unwrap()).collect();
    for label in ["p7", "p70", "p270"] {
        assert!(labels.contains(&label), "{labels:?}");
    }
    stopped.into_iter().for_each(|shim| kill(shim, Signal::CONT));
    until("all shims to answer", || {
        let listed = world.list();
        let silent = listed.iter().filter(|process| process["answering"] == false).count();
        if silent == 0 { Ok(()) } else { Err(format!("{silent} do not answer")) }
    });
}

/// A daemon that was started with another runtime directory, and one without a socket.
#[test]
fn serve_replace_and_doctor_find_the_holder_of_the_data_directory() {
    let world = world();
    let before = all(&world);
    let daemon = world.daemons()[0].pid;
    fs::create_dir(world.folder("other")).unwrap();
    fs::remove_file(world.folder("data/runtime-dir")).unwrap();
    let elsewhere = |words: &[&str]| {
        let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
        command.args(words).env("PERSISTPROC_RUNTIME_DIR", world.folder("other"));
        command
    };
    let doctor = world.run(elsewhere(&["doctor"]));
    let found =
        format!("The daemon (PID {daemon}) runs, and its socket is not where it should be.");
    assert!(doctor.code == 1 && doctor.out().contains(&found), "{doctor}");
    let refused = world.run(elsewhere(&["list"]));
    assert!(refused.err().contains("serve --replace"), "{refused}");

    let next = world.spawn(elsewhere(&["serve", "--replace"]));
    next.until_stdout("http://127.0.0.1:");
    assert!(!alive(daemon));
    let listed = world.run(elsewhere(&["--format", "json", "list"])).ok().json();
    for process in before {
        let listed = listed["processes"].as_array().unwrap();
        let found = listed.iter().find(|listed| listed["id"] == process["id"]).unwrap();
        assert_eq!((&found["status"], &found["pid"]), (&json!("running"), &process["pid"]));
    }
    world.run(elsewhere(&["shutdown"])).ok();
    next.end().ok();
}
