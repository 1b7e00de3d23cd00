//! Answers that no daemon would give: whatever can be read of them becomes rows, the rest an error,
//! and nothing panics.

use nu_protocol::Span;
use persistproc_api::follow::FollowEvent;
use persistproc_api::output::{OutputPage, Row};
use persistproc_api::process::ProcessList;
use persistproc_api::search::SearchReply;
use persistproc_api::start::Started;
use persistproc_api::wait::Waited;
use persistproc_api::{Problem, Process};
use serde_json::{Value, json};

use super::{error, log_row, match_row, processes, waited_row};

/// Numbers that look random and are the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }

    /// A value that might stand anywhere.
    fn value(&mut self) -> Value {
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

    /// Something in it becomes something else, or is no more.
    fn change(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) if !fields.is_empty() && self.below(8) > 0 => {
                let at = self.below(fields.len());
                let Some(name) = fields.keys().nth(at).cloned() else { return };
                if self.below(10) == 0 {
                    fields.remove(&name);
                } else if let Some(field) = fields.get_mut(&name) {
                    self.change(field);
                }
            }
            Value::Array(items) if !items.is_empty() && self.below(8) > 0 => {
                let at = self.below(items.len());
                self.change(&mut items[at]);
            }
            other => *other = self.value(),
        }
    }

    /// Bytes in it become other bytes, or are cut off.
    fn damage(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            bytes[at] = self.below(256) as u8;
        }
        let keep = if self.below(4) == 0 { self.below(bytes.len()) } else { bytes.len() };
        bytes.truncate(keep);
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

fn with(more: &Value) -> Value {
    let mut whole = process();
    for (name, value) in more.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    whole
}

/// Everything an answer may become; how many of them were read as something.
fn becomes(bytes: &[u8]) -> usize {
    let span = Span::test_data();
    let mut read = 0;
    let mut rows = |all: &[Process]| read += processes(all, true, span).len();
    if let Ok(list) = serde_json::from_slice::<ProcessList>(bytes) {
        rows(&list.processes);
    }
    if let Ok(started) = serde_json::from_slice::<Started>(bytes) {
        rows(&[started.process]);
    }
    if let Ok(FollowEvent::Run { process, .. }) = serde_json::from_slice(bytes) {
        rows(&[*process]);
    }
    if let Ok(waited) = serde_json::from_slice::<Waited>(bytes) {
        read += usize::from(!waited_row(&waited, span).is_nothing());
    }
    if let Ok(row) = serde_json::from_slice::<Row>(bytes) {
        read += usize::from(!log_row("id", "label", row, true, span).is_nothing());
    }
    if let Ok(page) = serde_json::from_slice::<OutputPage>(bytes) {
        let all = page.rows.into_iter().flatten();
        let all = all.map(|row| log_row("id", "label", row, true, span));
        read += all.filter(|row| !row.is_nothing()).count();
    }
    if let Ok(reply) = serde_json::from_slice::<SearchReply>(bytes) {
        let all = reply.matches.into_iter().map(|found| match_row(found, true, span));
        read += all.filter(|row| !row.is_nothing()).count();
    }
    if let Ok(problem) = serde_json::from_slice::<Problem>(bytes) {
        read += usize::from(error(&problem, span).code.is_some());
    }
    read
}

#[test]
fn answers_that_no_daemon_would_give() {
    let row = json!({"run": 1, "number": 3, "stream": "stderr", "time": "2026-11-22T14:00:00Z",
        "line": "x", "cursor": "1-0-2"});
    let found = json!({"id": "a", "label": "b", "run": 1, "stream": "stdout",
        "time": "2026-11-22T14:00:00Z", "line": "x", "cursor": "1-0-2"});
    let waited = json!({"reason": "ready", "reached": true, "matched_line": null, "ports": [1],
        "url": null, "output": ["x"], "cursor": "1-0-0", "waited_seconds": 0.1});
    let page = json!({"output": [], "rows": [row], "lines_before": 0, "lines_after": 0,
        "cursor": "1-0-2", "run": 1, "truncated": false});
    let answers = [
        json!({"processes": [process(), process()]}),
        with(&json!({"already_running": false, "cursor": "1-0-0"})),
        json!({"event": "run", "process": process(), "cursor": "1-0-0"}),
        with(&waited),
        row,
        page,
        json!({"matches": [found], "truncated": false}),
        json!({"code": "not_found", "message": "No.", "hint": ""}),
    ];
    let mut chance = Chance(0x2026_1122);
    let (mut whole, mut changed) = (0, 0);
    for answer in answers {
        assert!(becomes(answer.to_string().as_bytes()) > 0, "{answer}");
        whole += 1;
        for _ in 0..4000 {
            let mut other = answer.clone();
            for _ in 0..=chance.below(3) {
                chance.change(&mut other);
            }
            changed += becomes(other.to_string().as_bytes());
            becomes(&chance.damage(&other.to_string()));
        }
    }
    assert!(whole == 8 && changed > 1000, "{changed} changed answers made sense");
}
