//! Which processes belong to a run and end with it: a daemon and its shims belong to no tree,
//! background services outlive the run that started them, and a stop ends everything else.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::support::daemon::pid;
use crate::support::procs::{Signal, alive, kill, kill_if_alive, parent, session};
use crate::support::{Tmux, World, until};

/// Waits for the file `go`, starts a process and waits for the file `end`.
const STARTS_A_PROCESS: &str = "while [ ! -f go ]; do sleep .1; done
pp start sleep 777
while [ ! -f end ]; do sleep .1; done
";

/// Becomes a service as the C library's `daemon` does: the child creates a session after its parent
/// has exited. Writes its pid to a file.
const BECOMES_A_SERVICE: &str = "import os, sys, time
if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
null = os.open('/dev/null', os.O_RDWR)
for fd in (0, 1, 2):
    os.dup2(null, fd)
with open('service.new', 'w') as file:
    file.write(str(os.getpid()))
os.rename('service.new', 'service')
time.sleep(1000)";

/// Starts `STARTS_A_PROCESS` as the process `a`, without its environment's help: the daemon that
/// started it is gone when it starts the other one. Returns the new daemon's pid.
fn revive_daemon_in_run(world: &World) -> u32 {
    world.write("a.sh", STARTS_A_PROCESS);
    world.pp(["start", "--label", "a", "sh", "a.sh"]).ok();
    world.pp(["shutdown", "--keep"]).ok();
    until("the end of the daemon", || match world.daemons()[..] {
        [] => Ok(()),
        _ => Err("alive".into()),
    });
    world.write("go", "");
    until("another daemon", || {
        let daemons = world.daemons();
        let daemon = daemons.first().ok_or("none")?.pid;
        let is_started = world.children().iter().any(|child| child.has_argument("777"));
        if is_started { Ok(daemon) } else { Err(format!("{daemons:?}")) }
    })
}

/// Waits until a process has exited.
fn until_dead(pid: u32) {
    until("the end of a process", || if alive(pid) { Err(pid.to_string()) } else { Ok(()) });
}

/// The pid of the service that `BECOMES_A_SERVICE` leaves behind.
fn service(world: &World) -> u32 {
    until("the pid of the service", || {
        let text = fs::read_to_string(world.work().join("service"));
        text.map_err(|error| error.to_string())?.parse().map_err(|_| "no number".to_owned())
    })
}

/// Ends a process that a run has let go.
fn end_service(world: &World, pid: u32) {
    kill_if_alive(pid);
    until_dead(pid);
    // Absent if the service has another way to tell its pid.
    fs::remove_file(world.work().join("service")).ok();
}

#[test]
fn a_daemon_started_within_a_run_outlives_it_with_all_its_processes() {
    let world = World::new();
    let daemon = revive_daemon_in_run(&world);
    let a = world.process("a");
    assert_eq!(parent(daemon), Some(world.shim_pid(&a)), "the shim of `a` is a subreaper");
    world.write("end", "");
    let ended = world.until_status("a", "exited");
    assert_eq!((&ended["exit_code"], &ended["let_go"]), (&0.into(), &Value::Null));
    assert!(alive(daemon));
    let sleep = world.process("777");
    assert_eq!(sleep["status"], "running");
    world.pp(["stop", "sleep", "777"]).ok();
    assert!(!alive(pid(&sleep)));
}

#[test]
fn stopping_the_run_in_which_the_daemon_lives_ends_that_run_alone() {
    for force in [false, true] {
        let world = World::new();
        world.pp(["start", "--label", "other", "--tty", "sleep", "1000"]).ok();
        let daemon = revive_daemon_in_run(&world);
        let a = world.process("a");
        let mut stop = world.pp_command(["stop", "a"]);
        stop.args(force.then_some("--force"));
        world.run(stop).ok();
        assert!(!alive(pid(&a)));
        assert!(alive(daemon));
        for part in ["other", "777"] {
            let process = world.process(part);
            assert_eq!(process["status"], "running", "{process:#}");
            assert!(alive(pid(&process)));
        }
        assert_eq!(world.daemons().len(), 1);
    }
}

/// When the daemon in a run dies, the children of its killed shims become children of that run's
/// shim.
#[test]
fn a_child_that_falls_to_the_shim_of_another_run_is_not_ended_with_that_run() {
    let world = World::new();
    let daemon = revive_daemon_in_run(&world);
    let sleep = world.process("777");
    let first_shim = world.shim_pid(&sleep);
    kill(first_shim, Signal::KILL);
    until("another shim", || {
        let shim = world.shim_pid(&world.process("777"));
        if shim != first_shim && alive(shim) { Ok(()) } else { Err(shim.to_string()) }
    });
    assert_eq!(parent(pid(&sleep)), Some(daemon));
    kill(daemon, Signal::KILL);
    until_dead(daemon);
    let a = world.process("a");
    until("a new parent", || {
        let found = parent(pid(&sleep));
        if found == Some(world.shim_pid(&a)) { Ok(()) } else { Err(format!("{found:?}")) }
    });
    world.pp(["stop", "a"]).ok();
    let after = world.process("777");
    assert_eq!((&after["status"], pid(&after)), (&"running".into(), pid(&sleep)));
    world.pp(["stop", "sleep 777"]).ok();
    assert!(!alive(pid(&sleep)));
}

#[test]
fn the_tree_of_the_first_client_can_be_killed() {
    let world = World::new();
    let mut shell = world.command("setsid");
    shell.args(["sh", "-c", "pp start --label it sleep 1000; sleep 1001"]);
    let mut shell = shell.stdout(Stdio::null()).spawn().unwrap();
    until("the process", || {
        let found = world.children().iter().any(|child| child.has_argument("1000"));
        let waits = world.children().iter().any(|child| child.has_argument("1001"));
        if found && waits { Ok(()) } else { Err(format!("{:?}", world.processes())) }
    });
    let daemon = world.daemons()[0].pid;
    assert_ne!(session(daemon), session(shell.id()));
    let mut ancestor = parent(daemon);
    while let Some(found) = ancestor.filter(|pid| *pid > 1) {
        assert_ne!(found, shell.id(), "the daemon descends from its first client");
        ancestor = parent(found);
    }
    for left in world.processes() {
        if session(left.pid) == session(shell.id()) {
            kill_if_alive(left.pid);
        }
    }
    shell.wait().unwrap();
    assert!(alive(daemon));
    assert_eq!(world.process("it")["status"], "running");
    assert_eq!(world.daemons().len(), 1);
}

#[test]
fn the_daemon_has_no_variable_of_a_run() {
    let world = World::new();
    let daemon = revive_daemon_in_run(&world);
    let environment = fs::read(format!("/proc/{daemon}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment).into_owned();
    assert!(environment.contains("PERSISTPROC_DATA_DIR="), "{environment}");
    for name in ["PERSISTPROC_ID=", "PERSISTPROC_RUN="] {
        assert!(!environment.contains(name), "{environment}");
    }
    world.write("end", "");
}

#[test]
fn a_daemon_in_the_foreground_is_a_process_like_any_other() {
    let world = World::new();
    let mut start = world.pp_command(["start", "--label", "daemon", "--", "persistproc", "serve"]);
    start.arg("--data-dir").arg(world.folder("inner"));
    world.run(start).ok();
    let inner = |arguments: &[&str]| {
        let mut command = world.command(env!("CARGO_BIN_EXE_pp"));
        command.arg("--data-dir").arg(world.folder("inner")).args(arguments);
        world.run(command)
    };
    until("the inner daemon", || {
        let answer = world.pp(["output", "daemon"]).ok().out();
        if answer.contains("serves") { Ok(()) } else { Err(answer) }
    });
    inner(&["start", "sleep", "778"]).ok();
    let daemon = pid(&world.process("daemon"));
    let stopped = world.pp(["--format", "json", "stop", "daemon"]).ok().json();
    assert_eq!(stopped["status"], "terminated");
    assert!(!alive(daemon));
    // Its processes belong to it, and not to the run.
    assert!(world.children().iter().any(|child| child.has_argument("778")));
    inner(&["stop", "sleep 778"]).ok();
    inner(&["shutdown"]).ok();
}

/// Whether this service is among the processes that were let go. The process between it and the
/// program may still be exiting, and is then named too.
fn is_let_go(process: &Value, service: u32) -> bool {
    let let_go = process["let_go"].as_array().unwrap();
    let_go.iter().any(|left| left["pid"] == service && left["name"] == "python3")
}

#[test]
fn what_becomes_a_service_is_let_go_and_named() {
    let world = World::new();
    world.write("service.py", BECOMES_A_SERVICE);
    for _ in 0..3 {
        let output = world.pp(["python3", "service.py"]).ok();
        let service = service(&world);
        assert!(alive(service));
        assert!(output.err().contains(&format!("python3 (PID {service})")), "{output}");
        let process = world.process("service.py");
        assert_eq!(process["status"], "exited");
        assert!(is_let_go(&process, service), "{process:#}");
        end_service(&world, service);
    }
    assert_eq!(world.process("service.py")["run"], 3);
}

#[test]
fn a_service_outlives_its_program_and_a_shim_that_was_killed() {
    let world = World::new();
    world.write("service.py", BECOMES_A_SERVICE);
    let script = "python3 service.py; while [ ! -f end ]; do sleep .1; done";
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    let service = service(&world);
    let first_shim = world.shim_pid(&world.process("it"));
    kill(first_shim, Signal::KILL);
    until("another shim", || {
        let shim = world.shim_pid(&world.process("it"));
        if shim != first_shim && alive(shim) { Ok(()) } else { Err(shim.to_string()) }
    });
    world.write("end", "");
    until("the end of the program", || {
        let process = world.process("it");
        if process["leader_exit"] == 0 { Ok(()) } else { Err(format!("{process:#}")) }
    });
    let left = world.children();
    assert!(left.iter().all(|child| child.pid == service), "{left:#?}");
    // The next run does not begin beside what is left of the last one.
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    assert!(!alive(service));
    assert_eq!(world.process("it")["run"], 2);
    world.pp(["stop", "it"]).ok();
}

#[test]
fn a_stop_ends_services_too() {
    let world = World::new();
    world.write("service.py", BECOMES_A_SERVICE);
    world.pp(["start", "--label", "it", "sh", "-c", "python3 service.py; sleep 1000"]).ok();
    let service = service(&world);
    let stopped = world.pp(["--format", "json", "stop", "it"]).ok().json();
    assert_eq!(stopped["let_go"], Value::Null);
    assert!(!alive(service));
    assert!(world.children().is_empty(), "{:#?}", world.children());
}

/// When the leader of a session exits, the kernel sends SIGHUP to the foreground group of its
/// terminal.
#[test]
fn services_started_in_a_terminal_run_on() {
    let world = World::new();
    world.write("service.py", BECOMES_A_SERVICE);
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    for _ in 0..5 {
        screen.type_line("clear");
        assert_eq!(screen.run("pp python3 service.py"), 0);
        let service = service(&world);
        // The process between the program and its service may be named in its place.
        screen.until("keeps running on its own.");
        assert!(alive(service));
        end_service(&world, service);
    }
    screen.type_line("clear");
    assert_eq!(screen.run("pp sh -c 'setsid sleep 1003 & exit 4'"), 4);
    let sleep = world.children().into_iter().find(|child| child.has_argument("1003")).unwrap();
    kill(sleep.pid, Signal::KILL);
}

#[test]
fn ssh_agent_and_a_tmux_server_are_let_go() {
    let world = World::new();
    let tmux = Tmux::new(&world);
    let screen = tmux.window();
    for _ in 0..2 {
        screen.type_line("clear; eval $(pp ssh-agent)");
        screen.until("Agent pid");
        screen.type_line("clear; ssh-add -l");
        screen.until("The agent has no identities.");
        screen.type_line("clear; ssh-agent -k");
        screen.until("killed");
    }
    screen.type_line("clear");
    let server = world.folder("run").join("inner-tmux");
    let server = server.to_string_lossy();
    assert_eq!(screen.run(&format!("pp tmux -S {server} -f /dev/null new -d 'sleep 1004'")), 0);
    screen.until("keeps running on its own");
    assert_eq!(world.process("inner-tmux")["status"], "exited");
    assert_eq!(screen.run(&format!("tmux -S {server} kill-server")), 0);
}

#[test]
fn systemd_gives_the_daemon_a_scope_of_its_own() {
    let world = World::new();
    let runtime = world.folder("run/user");
    fs::create_dir_all(runtime.join("systemd")).unwrap();
    fs::write(runtime.join("systemd/private"), "").unwrap();
    let list = |world: &World| {
        let mut list = world.pp_command(["list"]);
        list.env("XDG_RUNTIME_DIR", &runtime);
        world.run(list).ok();
    };
    // A stand-in: no systemd runs where the tests run.
    let record = "#!/bin/sh\necho \"$@\" >systemd-run-arguments\n";
    let work = world.work();
    let record = record.replace("systemd-run-arguments", &work.join("scope").to_string_lossy());
    let executes = format!("{record}while [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n");
    for (script, is_used) in [
        (executes.as_str(), true),
        ("#!/bin/sh\necho 'Failed to connect to bus' >&2; exit 1\n", false),
        ("#!/bin/sh\nexec sleep 1005\n", false),
    ] {
        world.program("systemd-run", script);
        list(&world);
        assert_eq!(world.daemons().len(), 1, "{script}");
        let arguments = fs::read_to_string(work.join("scope")).unwrap_or_default();
        assert_eq!(arguments.contains(" serve --detached "), is_used, "{script}: {arguments}");
        if is_used {
            let options = "--user --scope --collect --quiet -- /";
            assert!(arguments.starts_with(options), "{arguments}");
        }
        world.pp(["shutdown"]).ok();
        until("the end of the daemon", || match world.processes()[..] {
            [] => Ok(()),
            _ => Err(format!("{:?}", world.processes())),
        });
        // The next script records nothing.
        fs::remove_file(work.join("scope")).ok();
    }
}

#[test]
fn ps_shows_a_shim_under_the_name_of_the_program() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let shim = world.shim_pid(&world.process("nap"));
    let name = std::fs::read_to_string(format!("/proc/{shim}/comm")).unwrap();
    assert_eq!(name, "persistproc\n");
}
