//! Columns have Nushell types, and every row has every column, with null for unknown values.

use insta::assert_snapshot;
use serde_json::json;

use super::fallback::value_without_plugin;
use crate::support::nu::window;
use crate::support::{Tmux, World, until};

#[test]
fn the_types_of_the_tables() {
    let world = World::with_three_processes();
    let described = [
        "persistproc ps | where status == running | first",
        "persistproc ps --long | where status == running | first",
        "persistproc ps --long | where status == exited | first | reject exit_code",
        "persistproc logs web api --long | collect",
        "persistproc search error",
        "persistproc wait web --pattern ready",
        "persistproc news",
    ]
    .map(|line| format!("> {line}\n{}", world.nu(&format!("{line} | describe")).ok().out()));
    assert_snapshot!("the_types_of_the_tables", described.join("\n"));
}

#[test]
fn values_can_be_compared_and_filtered() {
    let world = World::with_three_processes();
    for (line, count) in [
        ("persistproc ps --long | where status == running and mem > 100kb and uptime < 10min", 2),
        ("persistproc ps --long | where end_time > ((date now) - 1hr)", 1),
        ("persistproc ps | where exit_code > 0", 1),
        ("persistproc ps --status running", 2),
        ("persistproc logs web | where timestamp > (date now) - 1hr", 2),
        ("persistproc logs web --since 5min", 2),
        ("persistproc logs web --since ((date now) - 5min) --before ((date now) + 1min)", 2),
        ("persistproc logs web --since 2030-01-01", 0),
        ("persistproc logs web --since-time 5m", 2),
        ("persistproc logs web --lines 1", 1),
        ("persistproc logs web --lines all --grep slow", 1),
        ("persistproc search error --since 1min", 2),
        ("persistproc search error --since 2030-01-01", 0),
        ("persistproc port 9", 0),
    ] {
        assert_eq!(world.nu_value(&format!("{line} | length")), count, "{line}");
    }
}

#[test]
fn every_row_has_the_same_columns() {
    let world = World::with_three_processes();
    world.pp(["restart", "api"]).ok();
    world.pp(["stop", "--force", "api"]).ok();
    let columns = |line: &str| world.nu_value(&format!("{line} | each {{ columns }} | uniq"));
    let first = ["name", "status", "pid", "uptime", "exit_code"];
    let short = [&first[..], &["command", "cwd", "id", "label"]].concat();
    assert_eq!(columns("persistproc ps"), json!([short]));
    let long = columns("persistproc ps --long");
    let names: Vec<_> =
        long[0].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(long.as_array().unwrap().len(), 1);
    assert_eq!(names[..5], first);
    assert_eq!(names[5..11], ["url", "ports", "cpu", "mem", "command", "cwd"]);
    assert_eq!(names[names.len() - 2..], ["id", "label"]);
    let killed = world.nu_value("persistproc ps --long | where label == api | first | select pid exit_code signal status mem uptime");
    let expected = json!({"pid": null, "exit_code": null, "signal": "SIGKILL", "status": "terminated", "mem": null, "uptime": null});
    assert_eq!(killed, expected);
}

#[test]
fn tables_can_be_assigned_to_variables_and_their_columns_completed() {
    let world = World::with_three_processes();
    let kept = "let p = (persistproc ps); let long = (persistproc ps --long)
        let l = (persistproc logs web --long); let f = (persistproc ps | where false | persistproc stop)
        let none = (persistproc ps --pid 1); let w = (persistproc wait web --pattern ready)
        let json = (persistproc ps --format json); let s = (persistproc search nosuch)
        [$p $long $l $f $none $w $s] | each { length }";
    assert_eq!(world.nu_value(kept), json!([3, 3, 2, 0, 0, 1, 0]));
    let tmux = Tmux::new(&world);
    let screen = window(&tmux, "");
    screen.type_line("let p = (persistproc ps); print kept");
    screen.until("\nkept");
    screen.type_text("$p.0.exit");
    screen.until("$p.0.exit");
    screen.press_key("Tab");
    screen.until("$p.0.exit_code");
}

#[test]
fn listeners_and_strays_are_rows_with_and_without_the_plugin() {
    let world = World::new();
    let port = crate::support::world::free_port();
    let bind = ["--bind", "127.0.0.1"];
    let mut start = world.pp_command(["start", "--label", "web", "--wait-for", "ready", "python3"]);
    start.args(["-m", "http.server", &port.to_string()]).args(bind);
    world.run(start).ok();
    let line = format!("persistproc port {port}");
    let row = world.nu_value(&format!("{line} | first | select port label pid"));
    let expected = json!({"port": port, "label": "web", "pid": world.process("web")["pid"]});
    assert_eq!(row, expected);
    let other = crate::support::world::free_port();
    world.write("site/package.json", "{}");
    let mut command = world.command("python3");
    command.args(["-m", "http.server", &other.to_string()]).args(bind);
    command.current_dir(world.work().join("site"));
    let stray = world.spawn(command);
    until("the stray to listen", || {
        let found = std::net::TcpStream::connect(("127.0.0.1", other));
        found.map(|_| ()).map_err(|error| error.to_string())
    });
    let strays = format!("persistproc ps --strays | where pid == {}", stray.pid());
    for line in [
        format!("{line} | first | describe"),
        line,
        format!("{strays} | first | describe"),
        format!("{strays} | reject uptime"),
    ] {
        let found = value_without_plugin(&world, &line);
        assert_eq!(found, world.nu_value(&line), "{line}");
    }
    assert_eq!(world.nu_value(&format!("{strays} | get ports.0")), json!([other]));
    stray.signal(crate::support::procs::Signal::KILL);
    stray.end();
}

#[test]
fn json_is_what_the_executable_prints() {
    let world = World::with_three_processes();
    for line in ["ps", "list --status exited", "logs web --lines 1", "search error", "news"] {
        let plugin = world.nu(&format!("persistproc {line} --format json")).ok().out();
        let executable = world.nu(&format!("^persistproc {line} --format json")).ok().out();
        assert_eq!(plugin.trim(), executable.trim(), "{line}");
    }
    assert_eq!(
        world.nu_value("persistproc ps --format json | from json | get processes | length"),
        3
    );
}
