//! [`spawn`]: the thread that asks for the lines of one process of several which match `--grep` or are
//! older than `--before-time`.

use std::sync::mpsc::SyncSender;
use std::thread;

use persistproc_api::client::Client;
use persistproc_api::cursor::Source;
use persistproc_api::output::{OutputQuery, Row, Stream};
use persistproc_api::{Process, Target};

use super::source::ViewEvent;
use crate::session::OutputLine;

/// `index` is that of the process in the view, and `lines` gets its lines.
pub(super) fn spawn(
    client: Client,
    process: Process,
    query: OutputQuery,
    (index, lines): (usize, SyncSender<OutputLine>),
    events: SyncSender<ViewEvent>,
) {
    thread::spawn(move || {
        let query = OutputQuery { as_rows: true, timestamps: false, ..query };
        let answer = client.output(&Target::from(&process), &query);
        let failure = match answer {
            Ok(page) => {
                for row in page.rows.into_iter().flatten() {
                    // Fails if the view has ended.
                    if lines.send(line(row)).is_err() {
                        break;
                    }
                }
                None
            }
            Err(problem) => Some(problem.into()),
        };
        drop(lines);
        // Fails if the view has ended.
        events.send(ViewEvent::Done { index, run: process.run, failure }).ok();
    });
}

fn line(row: Row) -> OutputLine {
    let source = match row.stream {
        Stream::Stderr => Source::Stderr,
        Stream::Stdout | Stream::Combined => Source::Stdout,
    };
    OutputLine { run: row.run, source, time: row.time, bytes: row.line.into_bytes() }
}
