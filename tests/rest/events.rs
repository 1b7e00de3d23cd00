//! `/v1/events`: changes of processes, and the rows of chosen ones, in one stream.

use serde_json::{Value, json};

use super::start;
use crate::support::streaming::StreamingReply;
use crate::support::{Http, World};

fn listen(rest: &Http, query: &str) -> StreamingReply {
    let live = rest.open("GET", &format!("/v1/events?{query}"), &[], b"").unwrap();
    assert_eq!(live.status, 200);
    live
}

/// The next event: its name and its data.
#[track_caller]
fn next(live: &mut StreamingReply) -> (String, Value) {
    let fields = live.sse().expect("the stream has ended");
    let field = |name: &str| {
        let found = fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    (field("event"), serde_json::from_str(&field("data")).unwrap())
}

/// Reads until an event for which this is true.
#[track_caller]
fn until(live: &mut StreamingReply, is_wanted: impl Fn(&str, &Value) -> bool) -> Value {
    loop {
        let (name, data) = next(live);
        if is_wanted(&name, &data) {
            return data;
        }
    }
}

/// The text of each row with its number.
fn numbered(event: &Value) -> Vec<String> {
    let rows = event["rows"].as_array().unwrap();
    rows.iter().map(|row| format!("{} {}", row["number"], row["line"].as_str().unwrap())).collect()
}

#[test]
fn events_and_rows_of_several_processes_share_a_stream() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "one", &["sh", "-c", "echo first; read word; echo $word; sleep 1000"]);
    start(&world, &rest, "two", &["sh", "-c", "echo second; sleep 1000"]);
    let mut live = listen(&rest, "follow=one,two&texts=true");
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let (name, data) = next(&mut live);
        if name == "output" && !data["rows"].as_array().unwrap().is_empty() {
            seen.push(format!("{} {}", data["id"].as_str().unwrap(), numbered(&data).join("")));
        }
    }
    seen.sort();
    assert_eq!(seen, ["one 1 first", "two 1 second"]);

    rest.post("/v1/processes/one/stdin", &json!({"text": "third\n"})).expect(200);
    let row = until(&mut live, |name, data| name == "output" && data["lines"] == 2);
    assert_eq!(numbered(&row), ["2 third"]);
    assert_eq!(
        (&row["id"], &row["run"], &row["unfinished"]),
        (&json!("one"), &json!(1), &json!(0))
    );

    rest.post("/v1/processes/two/stop", &json!({})).expect(200);
    let stopping = until(&mut live, |name, _| name == "process");
    assert_eq!(
        (&stopping["event"], &stopping["process"]["status"]),
        (&json!("changed"), &json!("stopping"))
    );
    let stopped = until(&mut live, |_, data| data["event"] == "terminated");
    let texts = &stopped["process"]["texts"];
    assert!(texts["status"].as_str().unwrap().starts_with("stopped"), "{stopped:#}");
    assert!(texts["end"].as_str().unwrap().contains("(SIGTERM)"), "{stopped:#}");
}

#[test]
fn a_new_label_is_an_event() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sleep", "1000"]);
    let mut live = listen(&rest, "");
    rest.post("/v1/processes/it/label", &json!({"label": "other"})).expect(200);
    let changed = until(&mut live, |_, data| data["event"] == "changed");
    assert_eq!(changed["process"]["label"], "other");
}

#[test]
fn an_unfinished_line_is_sent_again_when_it_has_grown() {
    let world = World::new();
    let rest = world.rest();
    start(
        &world,
        &rest,
        "it",
        &["sh", "-c", "printf 'name? '; read a; printf 'and? '; read b; echo"],
    );
    let mut live = listen(&rest, "follow=it");
    let first = until(&mut live, |name, data| name == "output" && data["lines"] == 1);
    assert_eq!((numbered(&first), &first["unfinished"]), (vec!["1 name? ".to_owned()], &json!(1)));
    rest.post("/v1/processes/it/stdin", &json!({"text": "x\n"})).expect(200);
    let grown = until(&mut live, |name, _| name == "output");
    assert_eq!(numbered(&grown), ["1 name? and? "]);
    rest.post("/v1/processes/it/stdin", &json!({"text": "y\n"})).expect(200);
    let ended = until(&mut live, |name, _| name == "output");
    assert_eq!(
        (numbered(&ended), &ended["unfinished"]),
        (vec!["1 name? and? ".to_owned()], &json!(0))
    );
}

#[test]
fn every_row_is_sent_once_across_runs() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sh", "-c", "seq 1 20000; sleep 1000"]);
    let mut live = listen(&rest, "follow=it&lines=all");
    let mut numbers = Vec::new();
    while numbers.len() < 20000 {
        let event = until(&mut live, |name, _| name == "output");
        numbers.extend(numbered(&event));
    }
    let expected: Vec<String> = (1..=20000).map(|number| format!("{number} {number}")).collect();
    assert!(numbers == expected, "{:?} … {:?}", numbers.first(), numbers.last());
    rest.post("/v1/processes/it/restart", &json!({})).expect(200);
    let next_run = until(&mut live, |name, data| {
        name == "output" && data["run"] == 2 && !data["rows"].as_array().unwrap().is_empty()
    });
    assert_eq!(numbered(&next_run)[0], "1 1");
}

#[test]
fn newest_leaves_out_what_a_slow_client_would_be_late_for() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sh", "-c", "read word; seq 1 50000; sleep 1000"]);
    let mut live = listen(&rest, "follow=it&newest=10&lines=0");
    let first = until(&mut live, |name, _| name == "output");
    assert_eq!((&first["lines"], &first["rows"]), (&json!(0), &json!([])));
    rest.post("/v1/processes/it/stdin", &json!({"text": "go\n"})).expect(200);
    let last = until(&mut live, |name, data| {
        assert!(name != "output" || data["rows"].as_array().unwrap().len() <= 10, "{data:#}");
        data["lines"] == 50000
    });
    assert_eq!(numbered(&last).last().unwrap(), "50000 50000");
}

#[test]
fn an_unknown_process_is_an_error() {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sleep", "1000"]);
    assert_eq!(rest.get("/v1/events?follow=it,nonsense").expect(404)["code"], "not_found");
    let many = vec!["it"; 51].join(",");
    let refused = rest.get(&format!("/v1/events?follow={many}")).expect(422);
    assert_eq!(refused["parameter"], "follow", "{refused:#}");
}
