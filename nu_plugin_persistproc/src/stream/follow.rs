//! `FollowedRows`: the live output of several processes. Existing rows are merged by time; new rows
//! come in order of arrival.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use persistproc_api::Target;
use persistproc_api::client::{Client, RowItem};
use persistproc_api::follow::FollowQuery;

use super::merge::MergedRows;
use super::row::{ProcessName, ProcessRow, RowResult};
use super::source::ProcessRows;

/// How many new rows are queued. When the queue is full, the threads that read from the daemon wait,
/// and the daemon waits for them.
const QUEUE_LENGTH: usize = 64;

/// The rows of several processes.
pub(super) struct FollowedRows {
    existing: MergedRows<ProcessRows>,
    /// A client for each process and their common query, until the threads are started.
    pending: Option<(Vec<Client>, FollowQuery)>,
    new: Option<Receiver<RowResult>>,
}

impl FollowedRows {
    /// Rows of `sources` first, then what `clients`, one for each source, read after them.
    pub(super) fn new(sources: Vec<ProcessRows>, clients: Vec<Client>, query: FollowQuery) -> Self {
        Self { existing: MergedRows::new(sources), pending: Some((clients, query)), new: None }
    }

    /// Starts a thread for each process, because each of them may be silent for any length of time.
    fn start_threads(&mut self) -> Option<Receiver<RowResult>> {
        let (clients, query) = self.pending.take()?;
        let (sender, receiver) = sync_channel(QUEUE_LENGTH);
        for (source, client) in self.existing.take_sources().into_iter().zip(clients) {
            let query = FollowQuery { after: source.cursor().cloned(), ..query.clone() };
            let process = Arc::clone(source.process());
            let sender = sender.clone();
            thread::spawn(move || forward_rows(&client, &process, &query, &sender));
        }
        Some(receiver)
    }
}

/// Sends the rows of a process until it ends or the receiver is dropped.
fn forward_rows(
    client: &Client,
    process: &Arc<ProcessName>,
    query: &FollowQuery,
    sender: &SyncSender<RowResult>,
) {
    let rows = match client.rows(&Target::from_id(&process.id), query) {
        Ok(rows) => rows,
        Err(problem) => {
            // Fails if the receiver was dropped; then the error is not needed.
            sender.send(Err(problem)).ok();
            return;
        }
    };
    for item in rows {
        let result = match item {
            Ok(RowItem::Row(row)) => Ok(ProcessRow { process: Arc::clone(process), row }),
            Ok(RowItem::Event(_)) => continue,
            Err(problem) => Err(problem),
        };
        if sender.send(result).is_err() {
            return;
        }
    }
}

impl Iterator for FollowedRows {
    type Item = RowResult;

    fn next(&mut self) -> Option<RowResult> {
        if self.new.is_none() {
            if let Some(row) = self.existing.next() {
                return Some(row);
            }
            self.new = self.start_threads();
        }
        self.new.as_ref()?.recv().ok()
    }
}
