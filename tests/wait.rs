//! `pp wait`, and `start` and `restart` with a wait: they return when the condition is reached or
//! can no longer be reached.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use insta::assert_snapshot;

use crate::support::scripts::PRINTS_SIGNALS;
use crate::support::world::free_port;
use crate::support::{Output, World};

/// The script of a web server that starts to listen after 200 ms.
fn server(port: u16) -> String {
    format!(
        "setTimeout(() => require('http').createServer().listen({port}, '127.0.0.1', () =>
            console.log('Listening on http://127.0.0.1:{port}/')), 200); setTimeout(() => {{}}, 1e6)"
    )
}

/// The text with every duration replaced by N.
fn timeless(output: &Output) -> String {
    let same = |word: &str| match word.split_once('.') {
        Some((whole, tenth)) if [whole, tenth].iter().all(|part| part.parse::<u8>().is_ok()) => {
            "N".to_owned()
        }
        _ => word.to_owned(),
    };
    let line = |line: &str| line.split(' ').map(same).collect::<Vec<_>>().join(" ");
    output.to_string().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The text after the lines of `start`.
fn after_start(output: &Output) -> String {
    let text = timeless(output);
    let lines = text.lines().skip_while(|line| !line.starts_with("Combined log")).skip(1);
    lines.collect::<Vec<_>>().join("\n")
}

/// Some servers print that they are ready, and their URL in a second write.
#[test]
fn a_url_printed_just_after_the_ready_line_is_in_the_answer() {
    let world = World::new();
    let script = "import socket, time
print('ready in 5 ms')
server = socket.create_server(('127.0.0.1', 0))
time.sleep(0.02)
print('http://localhost:%d/' % server.getsockname()[1])
time.sleep(1000)";
    let words = ["--format", "json", "start", "--wait-for", "ready", "python3", "-c", script];
    let waited = world.pp(words).ok().json()["waited"].clone();
    assert_eq!(waited["ready_by"], "port", "{waited:#}");
    let port = &waited["ports"][0];
    assert_eq!(waited["url"], format!("http://localhost:{port}/"), "{waited:#}");
}

#[test]
fn start_with_a_wait_prints_the_url_of_the_server() {
    let world = World::new();
    let port = free_port();
    let start =
        world.pp(["start", "--label", "web", "--wait-for", "ready", "node", "-e", &server(port)]);
    let text = after_start(&start);
    assert!(text.starts_with("web is ready: "), "{text}");
    assert_eq!(start.code, 0);
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok(), "ready means ready");
    let again = timeless(&world.pp(["wait", "--port", &port.to_string(), "web"]));
    assert_snapshot!(again.replace(&port.to_string(), "<p>"), @"
    web is ready: http://127.0.0.1:<p>/ (port <p>), after N s
    --- exit 0
    ");
}

#[test]
fn a_wait_ends_at_once_with_the_last_lines_when_the_process_exits() {
    let world = World::new();
    let start = Instant::now();
    let script = "echo cannot find the config; exit 3";
    let died = world.pp(["start", "--label", "it", "--wait-for", "ready", "sh", "-c", script]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_snapshot!(after_start(&died), @"
    it exited with code 3, after N s
      cannot find the config
    --- exit 1
    ");
}

#[test]
fn an_earlier_line_matches_unless_it_is_before_the_cursor() {
    let world = World::new();
    world
        .pp([
            "start",
            "--label",
            "it",
            "sh",
            "-c",
            "echo ready; while read a; do echo got $a; done",
        ])
        .ok();
    assert_snapshot!(timeless(&world.pp(["wait", "--pattern", "READY|ready", "it"])), @"
    it printed a line that matches, after N s
      ready
    --- exit 0
    ");
    let answer = world.pp(["--format", "json", "wait", "--pattern", "ready", "it"]).ok().json();
    let cursor = answer["cursor"].as_str().unwrap();
    let again =
        world.pp(["wait", "--pattern", "ready", "--after", cursor, "--timeout", "0.3", "it"]);
    assert_eq!(again.code, 1, "{again}");
    let waiting = world.spawn_pp(["wait", "--pattern", "got y", "--after", cursor, "it"]);
    world.pp(["send", "it", "yes"]).ok();
    assert!(waiting.end().ok().out().contains("got yes"));
}

#[test]
fn a_timeout_exits_with_1_and_shows_the_last_lines() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sh", "-c", "echo zzz; sleep 1000"]).ok();
    world.pp(["wait", "--pattern", "zzz", "nap"]).ok();
    assert_snapshot!(timeless(&world.pp(["wait", "--for", "exit", "--timeout", "0.2", "nap"])), @"
    Timeout after N s: nap is still running
      zzz
    --- exit 1
    ");
    let answer = world.pp(["--format", "json", "wait", "--for", "exit", "--timeout", "0", "nap"]);
    assert_eq!(answer.code, 1);
    let answer = answer.json();
    assert_eq!((&answer["reason"], &answer["reached"]), (&"timeout".into(), &false.into()));
    assert_eq!(answer["output"], serde_json::json!(["zzz"]));
}

#[test]
fn waiting_for_an_exit_succeeds_with_any_exit_code() {
    let world = World::new();
    world.pp(["start", "--label", "job", "sh", "-c", "read go; echo done; exit 4"]).ok();
    let waiting = world.spawn_pp(["wait", "--for", "exit", "job"]);
    world.pp(["send", "job", "go"]).ok();
    assert_snapshot!(timeless(&waiting.end()), @"
    job exited with code 4, after N s
      done
    --- exit 0
    ");
}

#[test]
fn a_stop_ends_a_wait_for_a_pattern() {
    let world = World::new();
    world.pp(["start", "--label", "web", "sh", "-c", PRINTS_SIGNALS]).ok();
    world.pp(["wait", "--pattern", "ready", "web"]).ok();
    let waiting = world.spawn_pp(["wait", "--pattern", "never", "web"]);
    world.pp(["stop", "web"]).ok();
    assert_snapshot!(timeless(&waiting.end()), @"
    web was stopped (exit code 5), after N s
      ready
      bye
    --- exit 1
    ");
}

#[test]
fn quiet_is_reached_after_a_time_without_output() {
    let world = World::new();
    let script = "for i in 1 2 3; do echo $i; sleep 0.1; done; sleep 1000";
    world.pp(["start", "--label", "it", "sh", "-c", script]).ok();
    let quiet = world.pp(["wait", "--quiet-for", "0.5", "-n", "5", "it"]).ok();
    assert_snapshot!(timeless(&quiet), @"
    it is quiet, after N s
      1
      2
      3
    --- exit 0
    ");
}

#[test]
fn a_port_of_another_process_does_not_count() {
    let world = World::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port().to_string();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    let waited = world.pp(["wait", "--port", &port, "--timeout", "0.5", "nap"]);
    assert_eq!(waited.code, 1, "{waited}");
}

#[test]
fn the_holder_of_a_port_in_use_is_named() {
    let world = World::new();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let started =
        world.pp(["start", "--label", "web", "--wait-for", "ready", "node", "-e", &server(port)]);
    assert_eq!(started.code, 1, "{started}");
    let holder = format!("Port {port} is held by PID {}, `", std::process::id());
    assert!(started.out().contains(&holder), "{started}");
}

#[test]
fn restart_with_a_wait_waits_for_the_new_run() {
    let world = World::new();
    world
        .pp(["start", "--label", "web", "--wait-pattern", "up", "sh", "-c", "echo up; sleep 1000"])
        .ok();
    let again = ["--format", "json", "restart", "--wait-pattern", "up", "web"];
    let started = world.pp(again).ok().json();
    assert_eq!(started["run"], 2);
    assert_eq!(started["waited"]["run"], 2);
    assert_eq!(started["waited"]["matched_line"], "up");
}

#[test]
fn invalid_conditions_are_usage_errors() {
    let world = World::new();
    world.pp(["start", "--label", "nap", "sleep", "1000"]).ok();
    assert_snapshot!(world.pp(["wait", "--pattern", "(", "nap"]), @r#"
    --- stderr
    Error: `pattern` is not a regular expression: "(" (unclosed group).
    Write it as for `grep -E`: `error|warn`. A backslash makes `[ ( . *` literal.
    --- exit 2
    "#);
    assert_snapshot!(world.pp(["wait", "--for", "pattern", "nap"]), @r#"
    --- stderr
    Error: `pattern` is missing: there is nothing to wait for.
    Example: `"pattern": "ready in"`.
    --- exit 2
    "#);
    assert_eq!(world.pp(["wait", "--timeout", "soon", "nap"]).code, 2);
    assert_eq!(world.pp(["wait", "unknown"]).code, 3);
    let start = world.pp(["start", "--wait-pattern", "(", "sleep", "1001"]);
    assert_eq!(start.code, 2, "{start}");
    assert_eq!(world.list().len(), 1, "an invalid wait must not start the process");
}

#[test]
fn a_change_is_what_comes_after_the_cursor() {
    let world = World::new();
    let script = "echo before; while read a; do echo \"got $a\"; sleep 0.1; echo \"done $a\"; done";
    let start = ["--format", "json", "start", "--label", "it", "sh", "-c", script];
    world.pp(start).ok();
    let first =
        world.pp(["--format", "json", "wait", "--for", "pattern", "--pattern", "before", "it"]);
    let cursor = first.ok().json()["cursor"].as_str().unwrap().to_owned();
    let wait = ["--format", "json", "wait", "--for", "change", "--timeout", "0.7", "it"];
    let nothing = world.pp(wait).json();
    assert_eq!((&nothing["reached"], &nothing["reason"]), (&false.into(), &"timeout".into()));
    world.pp(["send", "it", "hello"]).ok();
    let wait = ["--format", "json", "wait", "--for", "change", "--after", &cursor, "it"];
    let changed = world.pp(wait).ok().json();
    assert_eq!((&changed["reached"], &changed["reason"]), (&true.into(), &"change".into()));
    assert_eq!(changed["output"], serde_json::json!(["got hello", "done hello"]));
    world.pp(["restart", "it"]).ok();
    let restarted = world.pp(wait).ok().json();
    assert_eq!(restarted["note"], "Restarted since the cursor: run 2.");
    world.pp(["stop", "it"]).ok();
}

#[test]
fn output_that_does_not_stop_is_a_change_too() {
    let world = World::new();
    world.pp(["start", "--label", "it", "sh", "-c", crate::support::scripts::COUNTS]).ok();
    let changed = world.pp(["--format", "json", "wait", "--for", "change", "it"]).ok().json();
    assert_eq!(changed["reason"], "change", "{changed:#}");
    world.pp(["stop", "it"]).ok();
}
