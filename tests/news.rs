//! `pp news`: what broke, once. The processes are shells that print the lines which the tests send them.
//!
//! | file | contents |
//! |---|---|
//! | `changes` | which messages are new, and which are gone |
//! | `cursors` | positions: nothing is repeated or skipped, also when daemons are killed |
//! | `cost` | the time that a question takes over a large log |
//! | `mcp` | the field `news` in the answers of tools |
//! | `watchers` | breaking and harmless edits of projects under real watchers |

mod changes;
mod cost;
mod cursors;
mod mcp;
mod watchers;

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::wait::pause;
use crate::support::{World, until};

/// A world with the process `web`, which prints what is sent to it.
fn world_with_web() -> World {
    let world = World::new();
    let script = "echo ready in 5 ms; while read -r line; do printf '%s\\n' \"$line\"; done";
    world.pp(["start", "--label", "web", "--wait-pattern", "ready", "sh", "-c", script]).ok();
    world
}

impl World {
    /// Has `web` print a line.
    #[track_caller]
    fn print(&self, line: &str) {
        self.pp(["send", "web", line]).ok();
    }

    /// The news after a cursor, and the next cursor.
    #[track_caller]
    fn news_after(&self, cursor: &str) -> (Vec<Value>, String) {
        let after: &[&str] = if cursor.is_empty() { &[] } else { &["--after", cursor] };
        let mut command = self.pp_command(["--format", "json", "news"]);
        command.args(after);
        let mut page = self.run(command).ok().json();
        let cursor = page["cursor"].as_str().unwrap().to_owned();
        (serde_json::from_value(page["news"].take()).unwrap(), cursor)
    }

    /// Waits for the next news after a cursor.
    #[track_caller]
    fn until_news(&self, cursor: &str) -> (Vec<Value>, String) {
        until("news", || {
            let (news, next) = self.news_after(cursor);
            if news.is_empty() { Err(next) } else { Ok((news, next)) }
        })
    }
}

/// Longer than a recovery takes to be certain.
const QUIET: Duration = Duration::from_millis(1500);

fn lines(news: &[Value]) -> Vec<&str> {
    news.iter().map(|piece| piece["line"].as_str().unwrap()).collect()
}

#[test]
fn an_error_is_news_once_and_so_is_its_repair() {
    let world = world_with_web();
    let (none, start) = world.news_after("");
    assert!(none.is_empty(), "{none:#?}");
    world.print("GET / 200 in 12 ms");
    world.print("error TS2304: Cannot find name 'total'. src/cart.ts:3:5");
    let (news, cursor) = world.until_news(&start);
    assert_eq!(lines(&news), ["error TS2304: Cannot find name 'total'. src/cart.ts:3:5"]);
    assert_eq!((&news[0]["kind"], &news[0]["label"]), (&"error".into(), &"web".into()));
    assert_eq!(news[0]["place"], "src/cart.ts:3:5");
    // The position before the error is one of its output.
    let before = news[0]["cursor"].as_str().unwrap();
    let output = world.pp(["output", "--after", before, "web"]).ok().out();
    assert!(output.starts_with("error TS2304"), "{output}");

    // The same message about another name and line is known, and so is all that reports no error.
    world.print("error TS2304: Cannot find name 'sum'. src/cart.ts:7:1");
    world.print("warning: something could not be found, 0 errors");
    pause(QUIET);
    let (same, cursor) = world.news_after(&cursor);
    assert!(same.is_empty(), "{same:#?}");

    world.print("compiled successfully in 31 ms");
    let (repair, cursor) = world.until_news(&cursor);
    assert_eq!(repair[0]["kind"], "recovery");
    assert_eq!(lines(&repair), ["compiled successfully in 31 ms"]);
    world.print("compiled successfully in 29 ms");
    world.print("error TS2304: Cannot find name 'total'. src/cart.ts:3:5");
    let (again, _) = world.until_news(&cursor);
    assert_eq!(again[0]["kind"], "error", "an error that comes back after a repair is news");
}

#[test]
fn a_stack_trace_is_one_piece_with_its_message_and_its_place() {
    let world = world_with_web();
    let (_, start) = world.news_after("");
    let trace = "Traceback (most recent call last):\n  File \"/usr/lib/python3.11/runpy.py\", line 8, in run\n  \
                 File \"shop/cart.py\", line 12, in total\n    return sums(a)\nNameError: name 'sums' is not defined\n";
    let mut send = world.pp_command(["send", "web", "-"]);
    send.stdin(std::process::Stdio::piped());
    let mut sending = world.spawn(send);
    sending.type_in(trace.as_bytes());
    sending.end().ok();
    let (news, _) = world.until_news(&start);
    assert_eq!(lines(&news), ["NameError: name 'sums' is not defined"]);
    assert_eq!(news[0]["place"], "shop/cart.py:12");
}

#[test]
fn an_end_by_itself_is_news_with_its_error_and_a_requested_one_is_not() {
    let world = World::new();
    let script = "echo 'Error: no database'; exit 3";
    world.pp(["run", "--label", "api", "sh", "-c", script]);
    world.pp(["run", "--label", "build", "true"]).ok();
    world.pp(["start", "--label", "web", "sleep", "1000"]).ok();
    world.pp(["stop", "web"]).ok();
    assert_snapshot!(world.pp(["news"]), @"
    <time>  api exited with code 3: Error: no database
    --- exit 0
    ");
    let (_, cursor) = world.news_after("");
    assert_snapshot!(world.pp(["news", "--after", &cursor]), @"
    --- stderr
    Nothing new.
    --- exit 0
    ");
    assert_snapshot!(world.pp(["news", "build"]), @"
    --- stderr
    Nothing new.
    --- exit 0
    ");
    assert_eq!(world.pp(["news", "nosuch"]).code, 3);
    assert_snapshot!(world.pp(["news", "--after", "7"]), @r#"
    --- stderr
    Error: `--after` cannot be "7": it is not the `cursor` of an earlier answer.
    Leave out `after` to get a new cursor.
    --- exit 2
    "#);
}

#[test]
fn a_line_on_a_quiet_stderr_is_news_and_a_habit_is_none() {
    let world = World::new();
    // Ten seconds after its start, a process that has printed nothing on stderr does.
    let script = "echo ready; sleep 11; echo 'cart is empty' >&2; sleep 1000";
    world.pp(["start", "--label", "web", "sh", "-c", script]).ok();
    let habit = "n=0; while :; do n=$((n+1)); echo \"$n: tick\" >&2; sleep 0.5; done";
    world.pp(["start", "--label", "api", "sh", "-c", habit]).ok();
    let (news, _) = world.until_news("");
    assert_eq!(lines(&news), ["cart is empty"]);
    assert_eq!((&news[0]["kind"], &news[0]["label"]), (&"stderr".into(), &"web".into()));
}

#[test]
fn a_follower_gets_each_piece_as_a_line_and_outlives_daemons() {
    let world = world_with_web();
    let follower = world.spawn_pp(["news", "--follow"]);
    until("the follower to begin", || {
        world.print("GET /");
        world.print("Error: the first one");
        pause(QUIET);
        let out = follower.out();
        if out.contains("the first one") { Ok(()) } else { Err(out) }
    });
    world.kill_daemon();
    world.print("FATAL: the second one");
    follower.until_stdout("the second one");
    // A process that starts later is followed too.
    world.pp(["run", "--label", "late", "sh", "-c", "exit 7"]);
    follower.until_stdout("late exited with code 7\n");
    let out = follower.out();
    assert_eq!(out.matches("first one").count(), 1, "{out}");
    assert_eq!(out.matches("second one").count(), 1, "{out}");
    assert_eq!(out.lines().count(), 3, "{out}");
}

#[test]
fn a_stream_of_events_begins_with_a_cursor() {
    let world = world_with_web();
    let accept = [("accept", "text/event-stream")];
    let mut stream = world.unix().open("GET", "/v1/news", &accept, b"").unwrap();
    let page = |fields: Vec<(String, String)>| -> Value {
        let data = fields.into_iter().find(|(name, _)| name == "data").unwrap().1;
        serde_json::from_str(&data).unwrap()
    };
    let first = page(stream.sse().unwrap());
    assert_eq!(first["news"], serde_json::json!([]));
    world.print("Error: no database");
    let second = page(stream.sse().unwrap());
    assert_eq!(second["news"][0]["line"], "Error: no database");
    let cursor = first["cursor"].as_str().unwrap();
    let again = world.unix().get(&format!("/v1/news?after={cursor}")).expect(200);
    assert_eq!(again["news"], second["news"]);
    assert_eq!(again["cursor"], second["cursor"]);
}
