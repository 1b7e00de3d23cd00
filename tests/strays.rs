//! `list --strays`: servers in project directories that were started without persistproc.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::background::Background;
use crate::support::daemon::pid;
use crate::support::http::Http;
use crate::support::procs::Signal;
use crate::support::world::free_port;
use crate::support::{World, until};

fn server(world: &World, port: u16) -> Command {
    let mut command = world.command("python3");
    command.args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"]);
    command
}

/// Starts a server in a folder, without persistproc, and waits until it answers.
fn serve_in(world: &World, folder: &str, port: u16) -> Background {
    let path = world.work().join(folder);
    fs::create_dir_all(&path).unwrap();
    let mut command = server(world, port);
    command.current_dir(path);
    let server = world.spawn(command);
    until("the server", || {
        let answer =
            Http::tcp("127.0.0.1", port, world.normalizer()).try_send("GET", "/", &[], b"");
        answer.map(|_| ()).map_err(|error| error.to_string())
    });
    server
}

#[test]
fn servers_in_projects_that_were_started_elsewhere_are_listed() {
    let world = World::new();
    let [port, outside, managed] = [free_port(), free_port(), free_port()];
    world.write("site/package.json", "{}");
    let stray = serve_in(&world, "site/public", port);
    let no_project = serve_in(&world, "notes", outside);
    let lock = json!({"pid": stray.pid(), "port": port, "url": format!("http://127.0.0.1:{port}")});
    world.write("site/.nuxt/nuxt.lock", &lock.to_string());
    let mut start =
        world.pp_command(["start", "--label", "ours", "--wait-for", "ready", "python3"]);
    start.args(["-m", "http.server", &managed.to_string(), "--bind", "127.0.0.1"]);
    start.current_dir(world.work().join("site"));
    world.run(start).ok();

    let answer = world.pp(["--format", "json", "list", "--strays"]).ok().json();
    assert_eq!(answer["processes"], json!([]));
    let strays = answer["strays"].as_array().unwrap();
    let with_pid = |pid: u32| strays.iter().find(|found| found["pid"] == pid);
    let found = with_pid(stray.pid()).unwrap_or_else(|| panic!("{answer:#}"));
    assert_eq!(found["ports"], json!([port]));
    assert_eq!(found["working_directory"], json!(world.work().join("site/public")));
    assert_eq!(found["url"], format!("http://127.0.0.1:{port}"));
    assert_eq!((&found["log"], &found["command"][1]), (&Value::Null, &json!("-m")));
    assert!(with_pid(no_project.pid()).is_none(), "{answer:#}");
    assert!(with_pid(pid(&world.process("ours"))).is_none(), "{answer:#}");

    let text = world.pp(["list", "--strays"]).ok().out();
    assert!(text.contains(&format!("http://127.0.0.1:{port}")), "{text}");
    let all = world.unix().get("/v1/processes?strays=true").expect(200);
    assert_eq!(all["processes"].as_array().unwrap().len(), 1);
    for server in [stray, no_project] {
        server.signal(Signal::KILL);
        server.end();
    }
}
