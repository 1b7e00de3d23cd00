//! Live output as events: a row for each line, and what happens between them. It puts lines
//! together and counts them; where they come from is the follower's business.

use persistproc_api::Time;
use persistproc_api::follow::FollowEvent;
use persistproc_api::output::{Cursor, Row};

use crate::logs::lines::{Assembler, Line};
use crate::logs::text;
use crate::logs::walk::Offsets;
use crate::supervisor::reading::follow::{FollowItem, Follower};

/// The lines of a follower, and how far they have come.
#[derive(Default)]
pub(super) struct Rows {
    lines: Assembler,
    run: u32,
    at: Offsets,
    /// Lines so far, unless some of them were dropped.
    count: Option<u64>,
}

impl Rows {
    /// Writes what an item brings.
    pub(super) fn write(&mut self, follower: &Follower, item: FollowItem, out: &mut Vec<u8>) {
        match item {
            FollowItem::Bytes(chunk) => {
                self.lines.take(chunk.piece());
                self.write_rows(out);
            }
            FollowItem::Event(event) => {
                self.lines.flush();
                self.write_rows(out);
                match *event {
                    FollowEvent::Run { .. } => self.enter(follower.place()),
                    FollowEvent::Dropped { .. } => self.count = None,
                    _ => {}
                }
                write_event("process", &serde_json::to_string(&event).unwrap_or_default(), out);
            }
        }
    }

    /// What is left in the middle of a line.
    pub(super) fn end(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.lines.flush();
        self.write_rows(&mut out);
        out
    }

    fn enter(&mut self, (cursor, count): (Cursor, Option<u64>)) {
        self.run = cursor.run;
        self.at = Offsets { stdout: cursor.stdout, stderr: cursor.stderr };
        self.count = count;
    }

    fn write_rows(&mut self, out: &mut Vec<u8>) {
        while let Some(line) = self.lines.next_line() {
            let row = self.row(&line);
            write_event("line", &serde_json::to_string(&row).unwrap_or_default(), out);
        }
    }

    fn row(&mut self, line: &Line) -> Row {
        *self.at.of_mut(line.source) = line.end;
        self.count = self.count.map(|count| count + 1);
        let Offsets { stdout, stderr } = self.at;
        Row {
            run: self.run,
            number: self.count,
            stream: line.source.stream(),
            time: Time::from_micros(line.time),
            line: text::plain(&line.bytes),
            cursor: Cursor { run: self.run, stdout, stderr }.to_string(),
        }
    }
}

/// JSON in one line has no line break, so it is one `data` field.
fn write_event(name: &str, json: &str, out: &mut Vec<u8>) {
    out.extend(format!("event: {name}\ndata: {json}\n\n").into_bytes());
}
