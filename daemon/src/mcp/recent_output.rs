//! `recent_output` reads the newest lines of a process, without filters.

use persistproc_api::output::{Lines, OutputPage, OutputQuery};
use persistproc_api::{Problem, Target};

use crate::supervisor::Supervisor;

/// The newest lines of a target, and the cursor after them.
pub(super) async fn recent_output(
    supervisor: &Supervisor,
    target: &Target,
    lines: u64,
) -> Result<OutputPage, Problem> {
    let query = OutputQuery { lines: Lines::AtMost(lines), ..OutputQuery::default() };
    supervisor.output(target, &query).await
}

/// The newest lines of the process with this id, at most `bytes`, repeated lines collapsed.
pub(super) async fn recent_output_of_id(
    supervisor: &Supervisor,
    id: &str,
    lines: u64,
    bytes: u64,
) -> Result<OutputPage, Problem> {
    let query = OutputQuery {
        lines: Lines::AtMost(lines),
        bytes: Some(bytes),
        collapse: true,
        ..OutputQuery::default()
    };
    supervisor.output(&Target::from_id(id), &query).await
}
