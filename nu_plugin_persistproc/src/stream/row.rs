//! `ProcessRow`: a line of output with the process that printed it.

use std::sync::Arc;

use persistproc_api::output::Row;
use persistproc_api::{Problem, Process};

/// The id and label of a process.
#[derive(Debug, PartialEq)]
pub(crate) struct ProcessName {
    pub(crate) id: String,
    pub(crate) label: String,
}

impl ProcessName {
    pub(super) fn of(process: &Process) -> Arc<Self> {
        Arc::new(Self { id: process.id.clone(), label: process.label.clone() })
    }
}

/// A line and its process.
#[derive(Debug)]
pub(crate) struct ProcessRow {
    pub(crate) process: Arc<ProcessName>,
    pub(crate) row: Row,
}

pub(super) type RowResult = Result<ProcessRow, Problem>;

/// A stream of rows, which are read from the daemon as they are requested.
pub(crate) type RowStream = Box<dyn Iterator<Item = RowResult> + Send>;
