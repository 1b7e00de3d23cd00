//! Output of one or several processes, as rows merged by time or as raw bytes.

mod bytes;
mod follow;
mod merge;
mod row;
mod source;

pub(crate) use bytes::{ByteReader, RawOutput};
pub(crate) use row::{ProcessRow, RowStream};

use std::sync::Arc;

use nu_protocol::{LabeledError, Spanned};
use persistproc_api::follow::FollowQuery;
use persistproc_api::output::OutputQuery;
use persistproc_api::{Process, Target};

use self::follow::FollowedRows;
use self::merge::MergedRows;
use self::row::ProcessName;
use self::source::ProcessRows;
use crate::call::Call;

/// What to read from each process.
pub(crate) struct OutputRequest {
    /// Where to start, and whether to wait for new output.
    pub(crate) follow: FollowQuery,
    /// Set if the daemon has to filter lines, which it only does in pages.
    pub(crate) page: Option<OutputQuery>,
}

/// Opens the output of the targets' processes.
pub(crate) fn open(
    call: &Call<'_>,
    targets: &[Spanned<String>],
    request: &OutputRequest,
) -> Result<RowStream, LabeledError> {
    let processes = call.resolve(targets)?;
    if let Some(page) = &request.page {
        return open_pages(call, &processes, targets, page);
    }
    let is_single = processes.len() == 1;
    let follow = request.follow.wait;
    let mut sources = Vec::new();
    for (process, target) in processes.iter().zip(targets) {
        // Of several processes, first read the existing lines, which can be merged by time.
        let query = FollowQuery { wait: follow && is_single, ..request.follow.clone() };
        let source =
            call.request(target.span, |client| ProcessRows::open(client, process, &query))?;
        sources.push(source);
    }
    if is_single || !follow {
        return Ok(Box::new(MergedRows::new(sources)));
    }
    // Create all clients before the first row, so that an interrupt closes all their connections.
    let clients = sources.iter().map(|_| call.client()).collect();
    Ok(Box::new(FollowedRows::new(sources, clients, request.follow.clone())))
}

/// Opens a page of each process.
fn open_pages(
    call: &Call<'_>,
    processes: &[Process],
    targets: &[Spanned<String>],
    query: &OutputQuery,
) -> Result<RowStream, LabeledError> {
    let mut sources = Vec::new();
    for (process, target) in processes.iter().zip(targets) {
        let page =
            call.request(target.span, |client| client.output(&Target::from(process), query))?;
        let name = ProcessName::of(process);
        let rows = page.rows.unwrap_or_default().into_iter();
        sources.push(rows.map(move |row| Ok(ProcessRow { process: Arc::clone(&name), row })));
    }
    Ok(Box::new(MergedRows::new(sources)))
}
