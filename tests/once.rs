//! Concurrent starts: ten clients that start the same command while no daemon is running get one
//! daemon, one process and ten equal answers.

use std::fs::{self, File};
use std::thread;
use std::time::Duration;

use persistproc_api::data_dirs::DataDirs;
use serde_json::{Value, json};

use crate::support::http::Http;
use crate::support::procs::{Signal, kill};
use crate::support::wait::pause;
use crate::support::{World, until};

#[test]
fn ten_concurrent_starts_create_one_process() {
    let world = World::new();
    let commands: Vec<_> =
        (0..5).map(|_| world.spawn_pp(["--format", "json", "start", "sleep", "1000"])).collect();
    let unix = world.unix();
    let tcp = world.tcp();
    let mut answers: Vec<Value> = thread::scope(|scope| {
        let clients = [&unix, &tcp, &unix, &tcp, &unix];
        let posts: Vec<_> = clients.map(|client| scope.spawn(|| post(&world, client))).into();
        posts.into_iter().map(|post| post.join().unwrap()).collect()
    });
    answers.extend(commands.into_iter().map(|command| command.end().ok().json()));

    let firsts = answers.iter().filter(|answer| answer["already_running"] == false).count();
    assert_eq!(firsts, 1, "{answers:#?}");
    for answer in &mut answers {
        answer["already_running"] = Value::Null;
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:#?}");
    assert_eq!(world.daemons().len(), 1, "{:#?}", world.daemons());
    assert_eq!(world.children().len(), 1, "{:#?}", world.children());
    assert_eq!(world.list().len(), 1);
}

/// The next client waits for the daemon that is starting. If it started another one, that would
/// take over as soon as the first one exits.
#[test]
fn a_client_that_dies_while_it_starts_a_daemon_leaves_one() {
    let world = World::new();
    world.pp(["list"]).ok();
    world.persistproc(["shutdown"]).ok();
    let lock = File::create(world.sockets().unwrap().join("daemon.lock")).unwrap();
    lock.lock().unwrap();
    let first = world.spawn_pp(["list"]);
    until("a daemon that is starting", || match world.daemons().len() {
        1 => Ok(()),
        other => Err(format!("{other} of them")),
    });
    drop(first);
    let second = world.spawn_pp(["list"]);
    // Long enough to start a second daemon, if there were a bug.
    pause(Duration::from_millis(300));
    drop(lock);
    second.end().ok();
    assert_eq!(world.daemons().len(), 1, "{:#?}", world.daemons());
    world.persistproc(["shutdown"]).ok();
    until("the end of the daemon", || match world.daemons().len() {
        0 => Ok(()),
        other => Err(format!("{other} of them")),
    });
}

/// Connects until a daemon accepts, and starts the process there.
fn post(world: &World, client: &Http) -> Value {
    let body = json!({"command": ["sleep", "1000"], "working_directory": world.work()}).to_string();
    let headers = [("content-type", "application/json")];
    let reply = until("a daemon", || {
        let answer = client.try_send("POST", "/v1/processes", &headers, body.as_bytes());
        answer.map_err(|error| error.to_string())
    });
    assert!(matches!(reply.status, 200 | 201), "{reply}");
    reply.json()
}

/// A session of cron or ssh has other variables, and the system deletes `XDG_RUNTIME_DIR` when its
/// user logs out.
#[test]
fn sessions_with_different_variables_share_one_daemon() {
    let world = World::new();
    let uid = rustix::process::getuid().as_raw();
    let data = world.folder("data");
    let session = |name: &str| {
        let mut command = world.pp_command(["--format", "json", "list"]);
        let folder = world.folder(name);
        fs::create_dir_all(&folder).unwrap();
        command.env_remove("PERSISTPROC_RUNTIME_DIR").env("XDG_RUNTIME_DIR", folder);
        world.run(command).ok().json()["processes"][0]["status"].clone()
    };
    let mut start = world.pp_command(["start", "sleep", "1000"]);
    start.env_remove("PERSISTPROC_RUNTIME_DIR").env("XDG_RUNTIME_DIR", world.work());
    world.run(start).ok();
    assert_eq!(session("one"), "running");
    kill(world.daemons()[0].pid, Signal::KILL);
    assert_eq!(session("another"), "running");
    assert_eq!(world.daemons().len(), 1, "{:#?}", world.daemons());

    // A client with another runtime directory fails and does not start a second daemon.
    let output = world.pp(["list"]);
    let pid = world.daemons()[0].pid;
    let error = format!("Error: Another daemon (PID {pid}) holds {}, and", data.display());
    assert!(output.err().starts_with(&error), "{output}");
    let mut shutdown = world.pp_command(["shutdown"]);
    shutdown.env_remove("PERSISTPROC_RUNTIME_DIR");
    world.run(shutdown).ok();
    let dirs = DataDirs::resolve(Some(&data)).unwrap();
    assert!(dirs.runtime().starts_with(format!("/tmp/persistproc-{uid}")));
    fs::remove_dir_all(dirs.runtime()).unwrap();
}
