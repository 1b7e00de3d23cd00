//! Assigned ports, and `pp port`: each process gets a port of its own and keeps it, and every listener
//! of this machine can be found.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::thread;

use serde_json::{Value, json};

use crate::support::http::Http;
use crate::support::procs::{alive, kill_if_alive};
use crate::support::world::free_port;
use crate::support::{World, until};

/// A server on the port in `PORT` that answers with its directory.
const SERVES_ITS_DIRECTORY: &str = "
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.getcwd().encode())
http.server.HTTPServer(('127.0.0.1', int(os.environ['PORT'])), Handler).serve_forever()
";

const WORKTREES: usize = 20;

/// Starts the server in all folders at once. Returns the answers, in the order of the folders.
fn start_in_all(world: &World, folders: &[PathBuf]) -> Vec<Value> {
    let start = |folder: &PathBuf| {
        let words = ["--format", "json", "start", "--assign-port", "--wait-for", "ready"];
        let mut command = world.pp_command(words);
        command.args(["--wait-timeout", "120", "python3", "server.py"]).current_dir(folder);
        world.run(command).ok().json()
    };
    thread::scope(|scope| {
        let starts: Vec<_> =
            folders.iter().map(|folder| scope.spawn(move || start(folder))).collect();
        starts.into_iter().map(|start| start.join().unwrap()).collect()
    })
}

/// Checks that each server answers on its assigned port, and returns the ports.
fn ports_of(world: &World, folders: &[PathBuf], started: &[Value]) -> Vec<u16> {
    let pairs = folders.iter().zip(started);
    let ports = pairs.map(|(folder, started)| {
        let port = started["assigned_port"].as_u64().unwrap() as u16;
        assert_eq!(started["waited"]["ports"], json!([port]), "{started:#}");
        let page = Http::tcp("127.0.0.1", port, world.normalizer()).get("/");
        assert_eq!(String::from_utf8_lossy(&page.body), folder.to_string_lossy());
        port
    });
    ports.collect()
}

#[test]
fn twenty_worktrees_start_at_once_and_keep_their_ports() {
    let world = World::new();
    let folders: Vec<PathBuf> = (0..WORKTREES)
        .map(|number| world.write(&format!("tree{number}/server.py"), SERVES_ITS_DIRECTORY))
        .map(|file| file.parent().unwrap().to_owned())
        .collect();
    let started = start_in_all(&world, &folders);
    let ports = ports_of(&world, &folders, &started);
    assert_eq!(ports.iter().collect::<BTreeSet<_>>().len(), WORKTREES, "{ports:?}");
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    let bounds: Vec<u16> = range.split_whitespace().map(|bound| bound.parse().unwrap()).collect();
    assert!(ports.iter().all(|port| !(bounds[0]..=bounds[1]).contains(port)), "{ports:?}");

    let all = world.processes();
    assert!(all.len() > 2 * WORKTREES, "{all:#?}");
    all.iter().for_each(|found| kill_if_alive(found.pid));
    until("all processes to be gone", || {
        let left: Vec<_> = all.iter().filter(|found| alive(found.pid)).collect();
        if left.is_empty() { Ok(()) } else { Err(format!("{left:#?}")) }
    });
    let again = start_in_all(&world, &folders);
    assert_eq!(ports_of(&world, &folders, &again), ports);
    assert!(again.iter().all(|started| started["run"] == 2), "{again:#?}");
}

#[test]
fn a_taken_port_is_named_and_the_next_one_is_kept() {
    let world = World::new();
    let script = "echo \"PORT is $PORT\"; exec sleep 1000";
    let body = json!({"command": ["sh", "-c", script, "it"], "label": "it",
        "working_directory": world.work(), "assign_port": true});
    let first = world.rest().post("/v1/processes", &body).expect(201);
    let port = first["assigned_port"].as_u64().unwrap() as u16;
    assert_eq!(first["note"], Value::Null);
    until("the variable", || {
        let output = world.pp(["output", "it"]).ok().out();
        if output.contains(&format!("PORT is {port}")) { Ok(()) } else { Err(output) }
    });
    let table = world.pp(["list"]).ok().out();
    assert!(table.contains(" PORT ") && table.contains(&port.to_string()), "{table}");

    world.pp(["stop", "it"]).ok();
    let holder = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let moved = world.pp(["--format", "json", "restart", "it"]).ok().json();
    let next = moved["assigned_port"].as_u64().unwrap() as u16;
    assert_ne!(next, port);
    let note = moved["note"].as_str().unwrap();
    assert!(note.contains(&format!("Port {port} is held by PID {}", std::process::id())), "{note}");
    assert!(note.contains(&format!("port {next} from now on")), "{note}");
    drop(holder);

    // A start that does not mention the port keeps it, and one that refuses it gives it back.
    world.pp(["stop", "it"]).ok();
    let mut kept = body.clone();
    kept.as_object_mut().unwrap().remove("assign_port");
    let started = world.unix().post("/v1/processes", &kept).expect(201);
    assert_eq!((&started["assigned_port"], &started["note"]), (&json!(next), &Value::Null));
    world.pp(["stop", "it"]).ok();
    kept["assign_port"] = json!(false);
    let started = world.unix().post("/v1/processes", &kept).expect(201);
    assert_eq!(started["assigned_port"], Value::Null);
    let joined = world.unix().post("/v1/processes", &body).expect(200);
    let note = joined["note"].as_str().unwrap();
    assert!(note.contains("without an assigned port"), "{note}");
}

#[test]
fn run_gives_the_port_to_the_program() {
    let world = World::new();
    let chooses = world.pp(["start", "--assign-port", "sh", "-c", "exit 0", "--port", "1"]).ok();
    assert!(chooses.err().contains("chooses a port itself"), "{chooses}");
    world.pp(["forget", "exit 0"]).ok();
    let shown = world.pp(["run", "--assign-port", "sh", "-c", "echo port $PORT"]).ok().out();
    let port: u16 = shown.trim().strip_prefix("port ").unwrap().parse().unwrap();
    assert_eq!(world.list()[0]["assigned_port"], port);
}

#[test]
fn port_names_managed_and_other_listeners() {
    let world = World::new();
    let managed = free_port();
    let server = format!("python3 -m http.server {managed} --bind 127.0.0.1");
    world.pp(["start", "--label", "web", "--wait-for", "ready", &server]).ok();
    let text = world.pp(["port", &managed.to_string()]).ok().out();
    let process = world.process("web");
    let id = process["id"].as_str().unwrap();
    for part in [
        format!("Port {managed}: PID {}, `", process["pid"]),
        format!("-m http.server {managed} --bind 127.0.0.1`"),
        format!("Process:   {id} (web)"),
        format!("Directory: {}", world.work().display()),
        format!("Stop it:   persistproc stop {id}"),
    ] {
        assert!(text.contains(&part), "{part} is not in\n{text}");
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let found = world.unix().get(&format!("/v1/ports/{port}")).expect(200);
    let listener_found = &found["listeners"][0];
    assert_eq!(listener_found["pid"], std::process::id(), "{found:#}");
    assert_eq!(listener_found["id"], Value::Null);
    assert_eq!(listener_found["stop_command"], format!("kill {}", std::process::id()));
    drop(listener);

    let free = free_port();
    let nothing = world.pp(["port", &free.to_string()]);
    assert_eq!(
        (nothing.code, nothing.out().trim()),
        (1, &*format!("Nothing listens on port {free}."))
    );
    let refused = world.unix().get("/v1/ports/99999").expect(422);
    assert_eq!(
        (&refused["code"], &refused["parameter"]),
        (&json!("invalid_request"), &json!("port"))
    );
}
