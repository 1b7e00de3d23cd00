//! `LineEvents`: live output as server-sent events, a `line` event for each line of output, and a
//! `process` event for each run, gap or end of the output.

use persistproc_api::Time;
use persistproc_api::cursor::{Cursor, Offsets};
use persistproc_api::follow::FollowEvent;
use persistproc_api::output::Row;

use super::sse::encode_event;
use crate::logs::lines::{Line, LineAssembler};
use crate::logs::text;
use crate::supervisor::reading::follow::{FollowItem, Follower};

/// Assembles the bytes of a follower into numbered lines.
#[derive(Default)]
pub(super) struct LineEvents {
    lines: LineAssembler,
    run: u32,
    /// Offsets in the run's streams up to which lines were written.
    at: Offsets,
    /// The number of the last line in its run. `None` after output was dropped.
    count: Option<u64>,
}

impl LineEvents {
    /// Appends the events of an item.
    pub(super) fn write(&mut self, follower: &Follower, item: FollowItem, out: &mut Vec<u8>) {
        match item {
            FollowItem::Bytes(chunk) => {
                self.lines.take(chunk.to_ref());
                self.write_lines(out);
            }
            FollowItem::Event(event) if matches!(*event, FollowEvent::Lost { .. }) => {
                // The line goes on: it says itself where bytes are missing.
                out.extend(encode_event("process", &event).into_bytes());
            }
            FollowItem::Event(event) => {
                self.lines.flush();
                self.write_lines(out);
                match *event {
                    FollowEvent::Run { .. } => self.begin_run(follower),
                    FollowEvent::Dropped { .. } => self.count = None,
                    _ => {}
                }
                out.extend(encode_event("process", &event).into_bytes());
            }
        }
    }

    /// The events of lines that are still incomplete at the end of the output.
    pub(super) fn finish(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        self.lines.flush();
        self.write_lines(&mut out);
        out
    }

    fn begin_run(&mut self, follower: &Follower) {
        let (cursor, count) = follower.position();
        self.run = cursor.run;
        self.at = cursor.at;
        self.count = count;
    }

    fn write_lines(&mut self, out: &mut Vec<u8>) {
        while let Some(line) = self.lines.next_line() {
            let row = self.row(&line);
            out.extend(encode_event("line", &row).into_bytes());
        }
    }

    fn row(&mut self, line: &Line) -> Row {
        *self.at.of_mut(line.source) = line.end;
        self.count = self.count.map(|count| count + 1);
        Row {
            run: self.run,
            number: self.count,
            stream: line.source.stream(),
            time: Time::from_micros(line.time),
            line: text::plain(&line.bytes),
            cursor: Cursor { run: self.run, at: self.at }.to_string(),
        }
    }
}
