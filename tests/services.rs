//! Servers that put themselves in the background: for `start`, the run is its tree, and goes on when the
//! program has exited with 0 and left a server behind.

use serde_json::Value;

use crate::support::procs::{Signal, alive, kill};
use crate::support::world::free_port;
use crate::support::{World, until};

/// A server of Python on this port, as a shell runs it.
fn server(port: u16) -> String {
    format!("python3 -m http.server {port}")
}

fn start(world: &World, line: &str) -> Value {
    let start = ["--format", "json", "start", "--label", "it", "--wait-for", "ready", line];
    world.pp(start).json()["waited"].clone()
}

fn accepts(port: u16) -> bool {
    std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// Waits until the run goes on without its program.
fn until_it_goes_on(world: &World) -> Value {
    until("the program to be gone", || {
        let process = world.process("it");
        if process["leader_exit"] == 0 { Ok(process) } else { Err(format!("{process:#}")) }
    })
}

#[test]
fn a_server_in_the_background_is_the_process() {
    let world = World::new();
    let port = free_port();
    let waited = start(&world, &format!("{} &", server(port)));
    assert_eq!(waited["ports"], serde_json::json!([port]), "{waited:#}");
    let process = until_it_goes_on(&world);
    assert_eq!((&process["status"], &process["exit_code"]), (&"running".into(), &Value::Null));
    let again = world.pp(["--format", "json", "wait", "it"]).ok().json();
    assert!(again["note"].as_str().unwrap().contains("runs on"), "{again:#}");
    let stopped = world.pp(["--format", "json", "stop", "it"]).ok().json();
    assert_eq!((&stopped["status"], &stopped["exit_code"]), (&"terminated".into(), &0.into()));
    assert!(!accepts(port));
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn a_server_with_a_session_that_binds_later_is_kept() {
    let world = World::new();
    let port = free_port();
    let waited = start(&world, &format!("setsid sh -c 'sleep 1; exec {}' & exit 0", server(port)));
    assert_eq!((&waited["reached"], &waited["ready_by"]), (&true.into(), &"port".into()));
    until_it_goes_on(&world);
    assert!(accepts(port));
    world.pp(["stop", "it"]).ok();
    assert!(!accepts(port));
}

#[test]
fn a_background_job_that_serves_nothing_is_ended_and_named() {
    let world = World::new();
    let start = ["--format", "json", "start", "--label", "it", "--wait-for", "exit"];
    let mut command = world.pp_command(start);
    command.arg("sleep 1005 & echo started");
    let waited = world.run(command).json()["waited"].clone();
    assert_eq!((&waited["status"], &waited["exit_code"]), (&"exited".into(), &0.into()));
    assert_eq!(waited["ended_with"][0]["name"], "sleep", "{waited:#}");
    let note = waited["note"].as_str().unwrap();
    assert!(note.starts_with("sleep (PID ") && note.contains("without `&`"), "{note}");
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn a_failure_ends_the_whole_tree() {
    let world = World::new();
    let port = free_port();
    let line = format!("setsid {} & sleep 0.3; exit 3", server(port));
    let start = ["--format", "json", "start", "--label", "it", "--wait-for", "exit"];
    let mut command = world.pp_command(start);
    command.arg(line);
    let waited = world.run(command).json()["waited"].clone();
    assert_eq!((&waited["status"], &waited["exit_code"]), (&"exited".into(), &3.into()));
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

#[test]
fn a_start_ends_what_is_left_and_begins_the_next_run() {
    let world = World::new();
    let port = free_port();
    let line = format!("{} &", server(port));
    start(&world, &line);
    until_it_goes_on(&world);
    let left = world.children();
    let again = world.pp(["--format", "json", "start", "--label", "it", &line]).ok().json();
    assert_eq!((&again["already_running"], &again["run"]), (&false.into(), &2.into()));
    assert!(left.iter().all(|child| !alive(child.pid)), "{left:#?}");
    until_it_goes_on(&world);
    world.pp(["stop", "it"]).ok();
}

#[test]
fn the_server_outlives_its_shim_and_the_daemon() {
    let world = World::new();
    let port = free_port();
    start(&world, &format!("{} &", server(port)));
    let process = until_it_goes_on(&world);
    let shim = world.shim_pid(&process);
    kill(shim, Signal::KILL);
    until("another shim", || {
        let next = world.shim_pid(&world.process("it"));
        if next != shim && alive(next) { Ok(()) } else { Err(next.to_string()) }
    });
    let process = until_it_goes_on(&world);
    assert_eq!(process["status"], "running");
    let shim = world.shim_pid(&process);
    world.kill_daemon();
    kill(shim, Signal::KILL);
    let process = until_it_goes_on(&world);
    assert_eq!(process["status"], "running", "{process:#}");
    assert!(accepts(port));
    world.pp(["stop", "it"]).ok();
    assert!(!accepts(port));
    assert_eq!(world.process("it")["status"], "terminated");
}

#[test]
fn the_end_of_the_server_is_the_end_of_the_run() {
    let world = World::new();
    let port = free_port();
    start(&world, &format!("{} &", server(port)));
    until_it_goes_on(&world);
    kill(world.children()[0].pid, Signal::KILL);
    let ended = world.until_status("it", "exited");
    assert_eq!((&ended["exit_code"], &ended["leader_exit"]), (&0.into(), &Value::Null));
}

#[test]
fn under_pp_such_a_server_is_let_go() {
    let world = World::new();
    let port = free_port();
    let line = format!("setsid {} & sleep 0.3", server(port));
    world.pp(["run", "--label", "it", "sh", "-c", &line]).ok();
    let process = world.process("it");
    assert_eq!((&process["status"], &process["exit_code"]), (&"exited".into(), &0.into()));
    let server = process["let_go"][0]["pid"].as_u64().unwrap() as u32;
    assert!(alive(server));
    kill(server, Signal::KILL);
}

#[test]
fn a_leading_cd_is_the_directory() {
    let world = World::new();
    world.write("web/file", "");
    let first = world.pp(["--format", "json", "start", "cd web && sleep 1006"]).ok().json();
    let mut command = world.pp_command(["--format", "json", "start", "sleep", "1006"]);
    command.current_dir(world.work().join("web"));
    let second = world.run(command).ok().json();
    assert_eq!((&second["already_running"], &second["id"]), (&true.into(), &first["id"]));
}
