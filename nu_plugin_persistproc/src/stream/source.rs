//! `ProcessRows`: the rows of one process, with the cursor after the last of them.

use std::sync::Arc;

use persistproc_api::client::{Client, RowItem, Rows};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::output::Lines;
use persistproc_api::{Problem, Process, Target};

use super::row::{ProcessName, ProcessRow, RowResult};

/// The rows of one process.
pub(super) struct ProcessRows {
    rows: Rows,
    process: Arc<ProcessName>,
    /// The position after the rows returned so far.
    cursor: Option<String>,
    /// How many more rows to return.
    remaining: u64,
}

impl ProcessRows {
    pub(super) fn open(
        client: &Client,
        process: &Process,
        query: &FollowQuery,
    ) -> Result<Self, Problem> {
        let rows = client.rows(&Target::from(process), query)?;
        // With `after`, the daemon ignores `lines`. Here it limits the rows after the cursor.
        let remaining = match (query.lines, &query.after) {
            (Lines::AtMost(lines), Some(_)) if !query.wait => lines,
            _ => u64::MAX,
        };
        Ok(Self { rows, process: ProcessName::of(process), cursor: None, remaining })
    }

    pub(super) fn process(&self) -> &Arc<ProcessName> {
        &self.process
    }

    pub(super) fn cursor(&self) -> Option<&String> {
        self.cursor.as_ref()
    }
}

impl Iterator for ProcessRows {
    type Item = RowResult;

    fn next(&mut self) -> Option<RowResult> {
        while self.remaining > 0 {
            match self.rows.next()? {
                Ok(RowItem::Row(row)) => {
                    self.remaining -= 1;
                    self.cursor = Some(row.cursor.clone());
                    return Some(Ok(ProcessRow { process: Arc::clone(&self.process), row }));
                }
                Ok(RowItem::Event(event)) => {
                    if let FollowEvent::Run { cursor, .. } = *event {
                        self.cursor = Some(cursor);
                    }
                }
                Err(problem) => return Some(Err(problem)),
            }
        }
        None
    }
}
