//! `…/output`: pages of lines and their cursors.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::start;
use crate::support::{Http, World};

/// A process `it` that has run this script to its end.
fn ended(script: &str) -> (World, Http) {
    let world = World::new();
    let rest = world.rest();
    start(&world, &rest, "it", &["sh", "-c", script]);
    world.until_status("it", "exited");
    (world, rest)
}

#[track_caller]
fn page(rest: &Http, query: &str) -> Value {
    rest.get(&format!("/v1/processes/it/output?{query}")).expect(200)
}

#[test]
fn a_page_counts_the_lines_before_and_after_it() {
    let (_world, rest) = ended("seq 1 250");
    let last = page(&rest, "lines=2");
    assert_eq!(last["output"], json!(["249", "250"]));
    assert_eq!(last["lines_before"], 248);
    assert_eq!(last["lines_after"], 0);
    assert_eq!(page(&rest, "")["output"].as_array().unwrap().len(), 100);
    assert_eq!(page(&rest, "lines=all")["output"].as_array().unwrap().len(), 250);
    assert_eq!(page(&rest, "lines=0")["output"], json!([]));
}

#[test]
fn paging_by_cursor_returns_each_line_exactly_once() {
    let (_world, rest) = ended("seq 1 250");
    let mut all = Vec::new();
    let mut cursor = "1-0-0".to_owned();
    loop {
        let next = page(&rest, &format!("lines=30&after={cursor}"));
        let lines = next["output"].as_array().unwrap().clone();
        if lines.is_empty() {
            break;
        }
        all.extend(lines);
        cursor = next["cursor"].as_str().unwrap().to_owned();
    }
    let expected: Vec<Value> = (1..=250).map(|number: u32| number.to_string().into()).collect();
    assert_eq!(all, expected);
}

#[test]
fn a_page_begins_at_a_line_number() {
    let (_world, rest) = ended("seq 1 250");
    let lines = |query: &str| -> (u64, Vec<String>, u64) {
        let page = page(&rest, query);
        let lines = page["output"].as_array().unwrap();
        let lines = lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect();
        (page["lines_before"].as_u64().unwrap(), lines, page["lines_after"].as_u64().unwrap())
    };
    let texts = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>();
    assert_eq!(lines("from_line=7&lines=2"), (6, texts(&[7, 8]), 242));
    assert_eq!(lines("from_line=249"), (248, texts(&[249, 250]), 0));
    assert_eq!(lines("from_line=100&context=2"), (97, texts(&[98, 99, 100, 101, 102]), 148));
    assert_eq!(lines("from_line=1&context=1"), (0, texts(&[1, 2]), 248));
    assert_eq!(lines("from_line=100&grep=^1.0$&lines=2"), (99, texts(&[100, 110]), 140));
    assert_eq!(lines("from_line=251"), (250, Vec::new(), 0));
    assert_eq!(page(&rest, "from_line=9000")["note"], "The run has 250 lines.");
    let rows = page(&rest, "from_line=30&lines=1&as_rows=true");
    assert_eq!((&rows["rows"][0]["number"], &rows["rows"][0]["line"]), (&json!(30), &json!("30")));
    for (query, parameter) in
        [("from_line=0", "from_line"), ("from_line=1&after=1-0-0", "from_line")]
    {
        let problem = rest.get(&format!("/v1/processes/it/output?{query}")).expect(422);
        assert_eq!(problem["parameter"], parameter, "{problem:#}");
    }
}

#[test]
fn line_numbers_are_those_of_the_whole_run_in_every_stream() {
    let script = "for i in $(seq 1 300); do printf a$i; echo e$i >&2; echo b; done; printf end; printf e >&2";
    let (_world, rest) = ended(script);
    for stream in ["combined", "stdout", "stderr"] {
        let all = page(&rest, &format!("stream={stream}&lines=all&as_rows=true"));
        let all = all["rows"].as_array().unwrap();
        for (index, row) in
            all.iter().enumerate().filter(|(index, _)| index % 37 == 0 || index + 3 > all.len())
        {
            let number = index + 1;
            let query = format!("stream={stream}&from_line={number}&lines=2&as_rows=true");
            let found = page(&rest, &query);
            let until = (index + 2).min(all.len());
            // The cursor of a line in one stream can be at several places of the other.
            let lines = |rows: &[Value]| -> Vec<Value> {
                let rows = rows.iter().cloned();
                rows.map(|mut row| (row["cursor"].take(), row).1).collect()
            };
            let found_rows = found["rows"].as_array().unwrap();
            assert_eq!(lines(found_rows), lines(&all[index..until]), "{query}");
            assert_eq!(row["number"], number);
            assert_eq!(found["lines_before"], index);
        }
    }
}

#[test]
fn a_cursor_continues_into_the_next_run() {
    let (world, rest) = ended("echo this");
    let cursor = page(&rest, "")["cursor"].as_str().unwrap().to_owned();
    rest.post("/v1/processes/it/restart", &json!({})).expect(200);
    world.until_status("\"run\":2", "exited");
    assert_eq!(page(&rest, &format!("after={cursor}"))["output"], json!(["this"]));
    assert_eq!(page(&rest, "run=1")["output"], json!(["this"]));
}

#[test]
fn a_cursor_beyond_the_end_is_rejected() {
    let (world, rest) = ended("echo this");
    assert_eq!(page(&rest, "after=1-5-0")["output"], json!([]));
    for beyond in ["1-6-0", "1-5-1", "1-ffffffffffffffff-0"] {
        for verb in ["output", "follow"] {
            let path = format!("/v1/processes/it/{verb}?after={beyond}");
            let problem = rest.get(&path).expect(422);
            assert_eq!(problem["code"], "invalid_request", "{problem:#}");
            assert!(problem["message"].as_str().unwrap().contains("\"1-5-0\""), "{problem:#}");
            assert!(problem["hint"].as_str().unwrap().contains("Leave out `after`"), "{problem:#}");
        }
    }
    // The same holds for the end of an earlier run.
    rest.post("/v1/processes/it/restart", &json!({})).expect(200);
    world.until_status("\"run\":2", "exited");
    rest.get("/v1/processes/it/output?after=1-6-0").expect(422);
    assert_eq!(page(&rest, "after=1-5-0")["output"], json!(["this"]));
}

#[test]
fn pages_can_be_limited_to_a_stream_raw_and_timestamped() {
    let (world, rest) = ended(r"printf '\033[1mout\033[0m\n'; printf 'err\n' >&2");
    assert_eq!(page(&rest, "stream=stdout")["output"], json!(["out"]));
    assert_eq!(page(&rest, "stream=stderr")["output"], json!(["err"]));
    let bold = json!(["\u{1b}[1mout\u{1b}[0m"]);
    assert_eq!(page(&rest, "stream=stdout&raw=true")["output"], bold);
    assert_eq!(page(&rest, "stream=stdout&color=true")["output"], bold);
    let stamped = page(&rest, "stream=stdout&timestamps=true")["output"][0].to_string();
    assert_eq!(world.normalizer().normalize(&stamped), "\"<time> out\"");
    assert_eq!(page(&rest, "before=2001-01-01T00:00:00Z")["output"], json!([]));
}

#[test]
fn an_invalid_parameter_is_named() {
    let (_world, rest) = ended("echo hi");
    let ask = |query: &str| rest.get(&format!("/v1/processes/it/output?{query}"));
    assert_snapshot!(ask("lines=-5"), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`lines` cannot be \"-5\": \"-5\" is not a number of lines, such as `100` or `all`.",
      "hint": "Example: `lines=100`.",
      "parameter": "lines"
    }
    "#);
    assert_snapshot!(ask("stream=stdin"), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`stream` cannot be \"stdin\": unknown variant `stdin`, expected one of `stdout`, `stderr`, `combined`.",
      "hint": "Example: `stream=stdout`.",
      "parameter": "stream"
    }
    "#);
    assert_snapshot!(ask("since=soon"), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`since` is not a point in time: \"soon\".",
      "hint": "Write <time>, 2026-11-22 14:00 or 14:00 (local time), yesterday 9:30, or 5m (ago).",
      "parameter": "since"
    }
    "#);
    assert_snapshot!(ask("after=everything"), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`after` cannot be \"everything\": it is not the `cursor` of an earlier answer.",
      "hint": "Leave out `after` to get a new cursor.",
      "parameter": "after"
    }
    "#);
    assert_snapshot!(ask("run=9"), @r#"
    404
    {
      "code": "not_found",
      "message": "There is no run 9.",
      "hint": "Only run 1 is kept."
    }
    "#);
    assert_snapshot!(ask("linse=5"), @r#"
    422
    {
      "code": "invalid_request",
      "message": "`linse` is not a query parameter of this route.",
      "hint": "Did you mean `lines`? Known query parameters: `stream`, `lines`, `since`, `before`, `after`, `from_line`, `run`, `grep`, `context`, `bytes`, `collapse`, `raw`, `color`, `timestamps`, `as_rows`, `working_directory`.",
      "parameter": "linse"
    }
    "#);
}
