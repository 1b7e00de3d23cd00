//! Fuzzes the conversion of daemon responses to rows: a response that still parses becomes rows, and
//! nothing panics.

use nu_protocol::Span;
use persistproc_api::follow::FollowEvent;
use persistproc_api::output::{OutputPage, Row};
use persistproc_api::process::ProcessList;
use persistproc_api::search::SearchReply;
use persistproc_api::start::Started;
use persistproc_api::wait::Waited;
use persistproc_api::{Problem, Process};
use serde_json::{Value, json};

use super::{error, line_row, match_row, process_rows, waited_row};

/// A deterministic random number generator (xorshift), and mutations driven by it.
struct Random(u64);

impl Random {
    /// A number below the limit.
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// A JSON value that is likely to be out of range or of the wrong type.
    fn json_value(&mut self) -> Value {
        match self.below(12) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(i64::MAX),
            3 => json!(i64::MIN),
            4 => json!(u64::MAX),
            5 => json!(1e308),
            6 => json!(-0.5),
            7 => json!(""),
            8 => json!("-262143-01-01T00:00:00Z"),
            9 => json!("9999-12-30T22:00:00.999Z"),
            10 => json!([[], {}]),
            _ => json!({"status": "lost", "pid": -1}),
        }
    }

    /// Replaces or removes one value inside a JSON value.
    fn mutate_json(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) if !fields.is_empty() && self.below(8) > 0 => {
                let at = self.below(fields.len());
                let Some(name) = fields.keys().nth(at).cloned() else { return };
                if self.below(10) == 0 {
                    fields.remove(&name);
                } else if let Some(field) = fields.get_mut(&name) {
                    self.mutate_json(field);
                }
            }
            Value::Array(items) if !items.is_empty() && self.below(8) > 0 => {
                let at = self.below(items.len());
                self.mutate_json(&mut items[at]);
            }
            other => *other = self.json_value(),
        }
    }

    /// Replaces some bytes of a text, and sometimes truncates it.
    fn mutate_bytes(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            bytes[at] = self.below(256) as u8;
        }
        if self.below(4) == 0 {
            let length = self.below(bytes.len());
            bytes.truncate(length);
        }
        bytes
    }
}

fn process() -> Value {
    json!({
        "id": "todo", "label": "web", "command": ["npm", "run"], "working_directory": "/todo",
        "status": "running", "pid": 7, "start_time": "2026-11-22T14:00:00.123Z", "end_time": null,
        "exit_code": null, "signal": null, "error": null, "run": 1, "tty": false,
        "log_combined": "/c", "log_stdout": "/o", "log_stderr": "/e",
        "facts": {"ports": [80], "url": null, "tree": 1, "cpu_seconds": 0.5, "memory": 7,
            "uptime": 1, "log_size": 9, "last_line": null},
    })
}

/// A response that has the fields of a process and some more.
fn process_with(more: &Value) -> Value {
    let mut response = process();
    for (name, value) in more.as_object().into_iter().flatten() {
        response[name] = value.clone();
    }
    response
}

/// Parses a response as each type that the plugin reads, and returns how many rows and errors were
/// made of it.
fn convert(bytes: &[u8]) -> usize {
    let span = Span::test_data();
    let mut converted = 0;
    let mut count_rows =
        |processes: &[Process]| converted += process_rows(processes, true, span).len();
    if let Ok(list) = serde_json::from_slice::<ProcessList>(bytes) {
        count_rows(&list.processes);
    }
    if let Ok(started) = serde_json::from_slice::<Started>(bytes) {
        count_rows(&[started.process]);
    }
    if let Ok(FollowEvent::Run { process, .. }) = serde_json::from_slice(bytes) {
        count_rows(&[*process]);
    }
    if let Ok(waited) = serde_json::from_slice::<Waited>(bytes) {
        converted += usize::from(!waited_row(&waited, span).is_nothing());
    }
    if let Ok(row) = serde_json::from_slice::<Row>(bytes) {
        converted += usize::from(!line_row("id", "label", row, true, span).is_nothing());
    }
    if let Ok(page) = serde_json::from_slice::<OutputPage>(bytes) {
        let lines = page.rows.into_iter().flatten();
        let rows = lines.map(|row| line_row("id", "label", row, true, span));
        converted += rows.filter(|row| !row.is_nothing()).count();
    }
    if let Ok(reply) = serde_json::from_slice::<SearchReply>(bytes) {
        let rows = reply.matches.into_iter().map(|found| match_row(found, true, span));
        converted += rows.filter(|row| !row.is_nothing()).count();
    }
    if let Ok(problem) = serde_json::from_slice::<Problem>(bytes) {
        converted += usize::from(error(&problem, span).code.is_some());
    }
    converted
}

#[test]
fn malformed_responses_never_panic() {
    let row = json!({"run": 1, "number": 3, "stream": "stderr", "time": "2026-11-22T14:00:00Z",
        "line": "x", "cursor": "1-0-2"});
    let found = json!({"id": "a", "label": "b", "run": 1, "stream": "stdout",
        "time": "2026-11-22T14:00:00Z", "line": "x", "cursor": "1-0-2"});
    let waited = json!({"reason": "ready", "reached": true, "matched_line": null, "ports": [1],
        "url": null, "output": ["x"], "cursor": "1-0-0", "waited_seconds": 0.1});
    let page = json!({"output": [], "rows": [row], "lines_before": 0, "lines_after": 0,
        "cursor": "1-0-2", "run": 1, "truncated": false});
    let responses = [
        json!({"processes": [process(), process()]}),
        process_with(&json!({"already_running": false, "cursor": "1-0-0"})),
        json!({"event": "run", "process": process(), "cursor": "1-0-0"}),
        process_with(&waited),
        row,
        page,
        json!({"matches": [found], "truncated": false}),
        json!({"code": "not_found", "message": "No.", "hint": ""}),
    ];
    let mut random = Random(0x2026_1122);
    let mut converted = 0;
    for response in responses {
        assert!(convert(response.to_string().as_bytes()) > 0, "{response}");
        for _ in 0..4000 {
            let mut mutated = response.clone();
            for _ in 0..=random.below(3) {
                random.mutate_json(&mut mutated);
            }
            converted += convert(mutated.to_string().as_bytes());
            convert(&random.mutate_bytes(&mutated.to_string()));
        }
    }
    assert!(converted > 1000, "only {converted} values were made of mutated responses");
}
