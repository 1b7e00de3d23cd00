//! `persistproc serve`: the daemon in the foreground, one per data directory. Ctrl+C stops the
//! processes; SIGTERM and `--replace` keep them running.

use insta::assert_snapshot;

use crate::support::background::Background;
use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill};
use crate::support::{World, until};

/// A daemon in the foreground that accepts connections.
fn serving(world: &World) -> Background {
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.arg("serve");
    world.serve(command)
}

#[test]
fn it_prints_its_urls_and_how_to_connect_agents() {
    let world = World::new();
    let daemon = serving(&world);
    daemon.signal(Signal::INT);
    assert_snapshot!(daemon.end(), @r#"
    persistproc serves <data>
    REST: http://127.0.0.1:<port>/v1/processes
    MCP:  http://127.0.0.1:<port>/mcp

    To connect an agent:
      Claude Code     claude mcp add --transport http --scope user persistproc http://127.0.0.1:<port>/mcp
      Cursor          persistproc mcp install cursor --port <port>
      Codex           codex mcp add persistproc --url http://127.0.0.1:<port>/mcp
      Gemini CLI      gemini mcp add -s user -t http persistproc http://127.0.0.1:<port>/mcp
      VS Code         code --add-mcp '{"name":"persistproc","type":"http","url":"http://127.0.0.1:<port>/mcp"}'
      Windsurf        persistproc mcp install windsurf --port <port>
      Zed             persistproc mcp install zed --port <port>
      opencode        persistproc mcp install opencode --port <port>
      Goose           persistproc mcp install goose --port <port>
      Claude Desktop  persistproc mcp install claude-desktop --port <port>

    Ctrl+C stops every process and the daemon. `persistproc shutdown --keep` stops the daemon alone.
    --- exit 0
    "#);
}

#[test]
fn persistproc_without_arguments_serves() {
    let world = World::new();
    let daemon = world.spawn(world.command(env!("CARGO_BIN_EXE_persistproc")));
    until("a daemon", || {
        let answer = world.unix().try_send("GET", "/v1/daemon", &[], b"");
        answer.map(|_| ()).map_err(|error| error.to_string())
    });
    assert_eq!(world.unix().get("/v1/daemon").expect(200)["pid"], daemon.pid());
}

#[test]
fn ctrl_c_stops_all_processes() {
    let world = World::new();
    let daemon = serving(&world);
    world.pp(["start", "sleep", "1000"]).ok();
    let child = pid(&world.process("sleep"));
    daemon.signal(Signal::INT);
    assert_eq!(daemon.end().code, 0);
    assert!(!alive(child));
    assert!(world.processes().is_empty(), "{:#?}", world.processes());
}

#[test]
fn sigterm_ends_the_daemon_and_keeps_the_processes() {
    let world = World::new();
    let daemon = serving(&world);
    world.pp(["start", "sleep", "1000"]).ok();
    let child = pid(&world.process("sleep"));
    daemon.signal(Signal::TERM);
    assert_eq!(daemon.end().code, 0);
    assert!(alive(child));
    assert_eq!(pid(&world.process("sleep")), child);
}

#[test]
fn a_second_daemon_names_the_first() {
    let world = World::new();
    let _first = serving(&world);
    assert_snapshot!(world.persistproc(["serve"]), @"
    --- stderr
    Error: Another daemon (PID N) holds <data>.
    Run `persistproc serve --replace` to replace it; all processes keep running.
    --- exit 1
    ");
}

#[test]
fn replace_takes_over_and_keeps_the_processes() {
    let world = World::new();
    let first = serving(&world);
    world.pp(["start", "sleep", "1000"]).ok();
    let child = pid(&world.process("sleep"));
    let mut command = world.command(env!("CARGO_BIN_EXE_persistproc"));
    command.args(["serve", "--replace"]);
    let second = world.spawn(command);
    assert_eq!(first.end().code, 0);
    until("the second daemon", || {
        let pid = world
            .unix()
            .try_send("GET", "/v1/daemon", &[], b"")
            .map(|answer| answer.json()["pid"].clone());
        if pid.as_ref().is_ok_and(|pid| *pid == second.pid()) {
            Ok(())
        } else {
            Err(format!("{pid:?}"))
        }
    });
    assert!(alive(child));
    assert_eq!(pid(&world.process("sleep")), child);
}

/// Another program that listens on this world's port.
fn holding_the_port(world: &World) -> Background {
    let listen = "require('net').createServer().listen(+process.argv[2], '127.0.0.1', () => console.log('here'))";
    world.write("holder.js", listen);
    let mut command = world.command("node");
    command.args(["holder.js", &world.port.to_string()]);
    let holder = world.spawn(command);
    holder.until_stdout("here");
    holder
}

#[test]
fn a_port_in_use_is_reported_and_the_socket_still_serves() {
    let world = World::new();
    let holder = holding_the_port(&world);
    world.pp(["start", "sleep", "1000"]).ok();
    let about = world.rest().get("/v1/daemon").expect(200);
    assert_eq!(about["tcp"]["state"], "closed");
    let error = format!("{:#}", about["tcp"]["error"]);
    assert!(
        error.contains(&holder.pid().to_string()),
        "the holder of the port is not named: {error}"
    );
    let daemon = world.daemons()[0].pid;
    kill(daemon, Signal::TERM);
    until("its end", || if alive(daemon) { Err("alive".into()) } else { Ok(()) });
    let foreground = serving(&world);
    foreground.signal(Signal::INT);
    assert_snapshot!(foreground.end(), @"
    persistproc serves <data>

    Warning: Port <port> cannot be opened (PID N holds it: node holder.js <port>).
    Commands work without the port; agents and HTTP clients do not. Choose another with --port or PERSISTPROC_PORT.

    Ctrl+C stops every process and the daemon. `persistproc shutdown --keep` stops the daemon alone.
    --- exit 0
    ");
}

#[test]
fn the_daemon_keeps_no_pipe_directory_or_session_of_its_client() {
    let world = World::new();
    // The test reads this output to EOF, which comes only after the daemon closed the pipe.
    world.pp(["list"]).ok();
    let daemon = world.daemons()[0].pid;
    let folder = std::fs::read_link(format!("/proc/{daemon}/cwd")).unwrap();
    assert_eq!(folder.to_string_lossy(), "/");
    let stat = std::fs::read_to_string(format!("/proc/{daemon}/stat")).unwrap();
    let session = stat.rsplit(") ").next().unwrap().split(' ').nth(3).unwrap().to_owned();
    assert_eq!(session, daemon.to_string(), "the daemon is not the leader of its own session");
}

#[test]
fn data_and_sockets_are_private_to_the_user() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::new();
    world.pp(["start", "--label", "it", "sleep", "1000"]).ok();
    let mode =
        |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let sockets = world.sockets().unwrap();
    let id = world.process("it")["id"].as_str().unwrap().to_owned();
    assert_eq!(format!("{:o}", mode(sockets.clone())), "700");
    assert_eq!(format!("{:o}", mode(sockets.join("daemon.sock"))), "600");
    assert_eq!(format!("{:o}", mode(world.folder("data/token"))), "600");
    let record = world.folder("data/processes").join(id).join("process.json");
    assert_eq!(format!("{:o}", mode(record)), "600");
}
