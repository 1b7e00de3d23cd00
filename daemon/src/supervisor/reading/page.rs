//! [`page`]: a page of what a process printed. Parses an [`OutputQuery`] into a [`PageQuery`],
//! reads the log, and adds notes about dropped runs and lost bytes.

use std::io::{self, ErrorKind};

use jiff::Zoned;
use persistproc_api::cursor::Cursor;
use persistproc_api::follow::runs_dropped;
use persistproc_api::output::{OutputPage, OutputQuery};
use persistproc_api::record::RunState;
use persistproc_api::time::point;
use persistproc_api::{Problem, Status, Target};

use super::damaged::repair_if_ended;
use super::large_read::large_read;
use super::position::{check_stream, cursor, kept_run, retry_if_gone, unreadable};
use crate::logs::gaps::GAPS;
use crate::logs::log::Log;
use crate::logs::page;
use crate::logs::page_query::{Escapes, Grep, MAX_PAGE_BYTES, PageQuery, ReadBudget};
use crate::logs::pattern;
use crate::supervisor::finding;
use crate::supervisor::registry::Registry;
use crate::supervisor::storage::folder::ProcessFolder;

/// A page of what a process printed.
pub(crate) async fn page(
    registry: &Registry,
    target: &Target,
    query: &OutputQuery,
) -> Result<OutputPage, Problem> {
    let handle = finding::handle(registry, target)?;
    let process = handle.process();
    let is_cut = handle.view.borrow().output_cut;
    let latest = process.run;
    let folder = registry.folder(&handle.id);
    let page_query = parse(query)?;
    let run = kept_run(&folder, query.run, latest)?;
    check_stream(query.stream, &folder, &process, run)?;
    repair_if_ended(&folder.run(run), &process, run);
    let after = query.after.as_deref().map(|after| cursor(after, &folder, run)).transpose()?;
    let read = PageRead {
        folder,
        run,
        after,
        page_query,
        latest,
        latest_tail: MissingTail {
            lost_bytes: process.lost_bytes,
            is_unknown: is_cut || matches!(process.status, Status::Lost { .. }),
        },
    };
    // A small read is done at once; a larger one would block the other tasks of this thread.
    let page = match read.page(ReadBudget::Small) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            let _permit = large_read().await;
            let read = tokio::task::spawn_blocking(move || read.page(ReadBudget::Unlimited));
            read.await.map_err(Problem::internal)?
        }
        page => page,
    };
    page.map_err(unreadable)
}

/// A read of one page.
struct PageRead {
    folder: ProcessFolder,
    run: u32,
    after: Option<Cursor>,
    page_query: PageQuery,
    /// The latest run.
    latest: u32,
    latest_tail: MissingTail,
}

impl PageRead {
    fn page(&self, budget: ReadBudget) -> io::Result<OutputPage> {
        let page_query = PageQuery { budget, ..self.page_query.clone() };
        retry_if_gone(|| {
            let page = match self.after {
                Some(cursor) => {
                    page::after(|run| self.folder.run(run), cursor, self.run, &page_query)?
                }
                None => page::last(&self.folder.run(self.run), self.run, &page_query)?,
            };
            let mut tail = if page.run == self.latest {
                self.latest_tail
            } else {
                MissingTail::of_run(&self.folder, page.run)
            };
            let folder = self.folder.run(page.run);
            if tail.lost_bytes > 0 || folder.join(GAPS).exists() {
                let log = Log::open(&folder)?;
                tail.lost_bytes = log.lost_at_end(tail.lost_bytes)?;
            }
            Ok(self.annotated(page, tail))
        })
    }

    /// The page with notes about output that is not in its log: runs that are not kept, and the
    /// missing tail of its last run.
    fn annotated(&self, mut page: OutputPage, tail: MissingTail) -> OutputPage {
        let mut notes = Vec::new();
        let dropped = self.after.filter(|cursor| !self.folder.run(cursor.run).exists());
        if let Some(cursor) = dropped {
            page.truncated = true;
            let runs = self.folder.runs().unwrap_or_default();
            let next_kept = runs.into_iter().find(|run| *run > cursor.run);
            let last_dropped = next_kept.map_or(cursor.run, |kept| kept - 1);
            notes.push(runs_dropped(cursor.run, last_dropped));
        }
        if !page.note.is_empty() {
            notes.push(std::mem::take(&mut page.note));
        }
        let run = page.run;
        let is_at_end = page.lines_after == 0;
        if tail.lost_bytes > 0 && is_at_end {
            let lost = tail.lost_bytes;
            notes.push(format!(
                "{lost} bytes at the end of run {run} could not be written to the disk, or were \
                 deleted."
            ));
        }
        if tail.is_unknown && is_at_end {
            notes.push(format!(
                "The end of run {run} was not observed: its last output may be missing."
            ));
        }
        page.truncated |= (tail.lost_bytes > 0 || tail.is_unknown) && is_at_end;
        page.note = notes.join(" ");
        page
    }
}

/// What may be missing at the end of a run's log.
#[derive(Clone, Copy, Default)]
struct MissingTail {
    /// Bytes that could not be stored, at first those of the whole run.
    lost_bytes: u64,
    /// The shim was killed before the end.
    is_unknown: bool,
}

impl MissingTail {
    fn of_run(folder: &ProcessFolder, run: u32) -> Self {
        folder.read_run(run).map_or_else(
            |_| Self::default(),
            |run| Self {
                lost_bytes: run.lost_bytes,
                is_unknown: run.output_cut || matches!(run.state, RunState::Lost { .. }),
            },
        )
    }
}

fn parse(query: &OutputQuery) -> Result<PageQuery, Problem> {
    let now = Zoned::now();
    let since = point::parse_optional("since", query.since.as_deref(), &now)?;
    let before = point::parse_optional("before", query.before.as_deref(), &now)?;
    let mut grep = None;
    if let Some(expression) = &query.grep {
        let pattern = pattern::compile("grep", expression)?;
        grep = Some(Grep { pattern, context: query.context.unwrap_or(0) as usize });
    }
    Ok(PageQuery {
        stream: query.stream,
        lines: query.lines,
        since,
        before,
        grep,
        max_bytes: query.bytes.map_or(MAX_PAGE_BYTES, |bytes| (bytes as usize).min(MAX_PAGE_BYTES)),
        collapse: query.collapse,
        escapes: Escapes::from_flags(query.raw, query.color),
        timestamps: query.timestamps,
        rows: query.as_rows,
        budget: ReadBudget::Unlimited,
    })
}
