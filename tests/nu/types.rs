//! Values are real ones, and every row has every column, whatever is known of the process.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::World;

#[test]
fn the_types_of_the_tables() {
    let world = World::with_three();
    let describe = |line: &str| world.nu(&format!("{line} | describe")).ok().out();
    assert_snapshot!(describe("persistproc ps | sort-by id | update uptime 1sec | update pid 1 | update exit_code 1"), @"table<id: string, label: string, status: string, pid: int, exit_code: int, uptime: duration, command: string>");
    assert_snapshot!(describe("persistproc ps --long | where status == running | first"), @"record<id: string, label: string, status: string, pid: int, exit_code: nothing, uptime: duration, command: string, cwd: string, argv: list<string>, start_time: datetime, end_time: nothing, signal: nothing, runs: int, cpu: duration, mem: filesize, ports: list<any>, tty: bool, log_path: string, log_size: filesize>");
    assert_snapshot!(describe("persistproc logs web api --long | collect"), @"table<timestamp: datetime, label: string, stream: string, message: string, id: string, run: int, line: int, cursor: string>");
    assert_snapshot!(describe("persistproc search error"), @"table<timestamp: datetime, label: string, stream: string, message: string>");
}

#[test]
fn they_calculate() {
    let world = World::with_three();
    for (line, count) in [
        ("persistproc ps --long | where uptime >= 0sec and mem > 100kb", 2),
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
    ] {
        assert_eq!(world.nu_value(&format!("{line} | length")), count, "{line}");
    }
}

#[test]
fn every_row_has_the_same_columns() {
    let world = World::with_three();
    world.pp(["restart", "api"]).ok();
    world.pp(["stop", "--force", "api"]).ok();
    let columns = |line: &str| world.nu_value(&format!("{line} | each {{ columns }} | uniq"));
    let short = json!([["id", "label", "status", "pid", "exit_code", "uptime", "command"]]);
    assert_eq!(columns("persistproc ps"), short);
    let long = columns("persistproc ps --long");
    let names: Vec<_> =
        long[0].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert_eq!(long.as_array().unwrap().len(), 1);
    assert_eq!(names[..7], ["id", "label", "status", "pid", "exit_code", "uptime", "command"]);
    let killed = world.nu_value("persistproc ps --long | where label == api | first | select pid exit_code signal status mem uptime");
    let expected = json!({"pid": null, "exit_code": null, "signal": "SIGKILL", "status": "terminated", "mem": null, "uptime": null});
    assert_eq!(killed, expected);
}

#[test]
fn columns_are_known_before_there_are_rows() {
    let world = World::new();
    let line = "let p = (persistproc ps); '$p.0.st' | commandline complete --detailed | get value";
    let offered = world.nu_value(&format!("{line} | sort"));
    assert_eq!(offered, json!(["start_time", "status"]));
}

#[test]
fn json_is_what_the_executable_prints() {
    let world = World::with_three();
    for line in ["ps", "list --status exited", "logs web --lines 1", "search error"] {
        let plugin = world.nu(&format!("persistproc {line} --format json")).ok().out();
        let executable = world.nu(&format!("^persistproc {line} --format json")).ok().out();
        assert_eq!(plugin.trim(), executable.trim(), "{line}");
    }
    assert_eq!(
        world.nu_value("persistproc ps --format json | from json | get processes | length"),
        3
    );
}
