//! [`page`]: a page of what a process printed. Parses an [`OutputQuery`] into a [`PageQuery`],
//! reads the log, and adds notes about dropped runs and lost bytes.

use std::io::{self, ErrorKind};

use jiff::Zoned;
use persistproc_api::cursor::Cursor;
use persistproc_api::follow::runs_dropped;
use persistproc_api::output::{Lines, OutputPage, OutputQuery};
use persistproc_api::record::RunState;
use persistproc_api::time::point;
use persistproc_api::{Problem, Status};

use super::damaged::repair_if_ended;
use super::large_read::large_read;
use super::position::{check_stream, cursor, kept_run, retry_if_gone, unreadable};
use crate::logs::gaps::GAPS;
use crate::logs::log::Log;
use crate::logs::page;
use crate::logs::page_query::{Escapes, Grep, MAX_PAGE_BYTES, PageQuery, ReadBudget};
use crate::logs::pattern;
use crate::supervisor::registry::Registry;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::storage::folder::ProcessFolder;

/// A page of what a process printed.
pub(crate) async fn page(
    registry: &Registry,
    handle: &ProcessHandle,
    query: &OutputQuery,
) -> Result<OutputPage, Problem> {
    let process = handle.process();
    let is_cut = handle.view.borrow().output_cut;
    let latest = process.run;
    let folder = registry.folder(&handle.id);
    let page_query = parse(query)?;
    let run = kept_run(&folder, query.run, latest)?;
    check_stream(query.stream, &folder, &process, run)?;
    repair_if_ended(&folder.run(run), &process, run);
    let read = PageRead {
        start: start(query, &folder, run)?,
        folder,
        run,
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

/// Where a page begins.
#[derive(Clone, Copy)]
enum PageStart {
    /// So far before the end that the page is full.
    BeforeEnd,
    After(Cursor),
    /// At the line with this number.
    Line(u64),
}

fn start(query: &OutputQuery, folder: &ProcessFolder, run: u32) -> Result<PageStart, Problem> {
    match (&query.after, query.from_line) {
        (None, None) => Ok(PageStart::BeforeEnd),
        (Some(after), None) => Ok(PageStart::After(cursor(after, folder, run)?)),
        (None, Some(0)) => Err(Problem::parameter("from_line", "is 0")
            .hint("Lines are numbered from 1. Example: `from_line=1`.")),
        (None, Some(line)) => Ok(PageStart::Line(first_line(query, line))),
        (Some(_), Some(_)) => Err(Problem::parameter("from_line", "cannot be given with `after`")
            .hint("Leave one of them out.")),
    }
}

/// The first line of the page: the one that was named, or the first of those around it.
fn first_line(query: &OutputQuery, line: u64) -> u64 {
    line.saturating_sub(context_of_line(query).unwrap_or(0)).max(1)
}

/// How many lines to show around the line that the query names.
fn context_of_line(query: &OutputQuery) -> Option<u64> {
    query.context.filter(|_| query.grep.is_none()).map(u64::from)
}

/// The maximum number of lines on the page.
fn max_lines(query: &OutputQuery) -> Lines {
    let (Some(line), Some(context)) = (query.from_line, context_of_line(query)) else {
        return query.lines;
    };
    let around = line.saturating_add(context).saturating_sub(first_line(query, line) - 1);
    match query.lines {
        Lines::AtMost(lines) => Lines::AtMost(lines.min(around)),
        Lines::All => Lines::AtMost(around),
    }
}

/// A read of one page.
struct PageRead {
    folder: ProcessFolder,
    run: u32,
    start: PageStart,
    page_query: PageQuery,
    /// The latest run.
    latest: u32,
    latest_tail: MissingTail,
}

impl PageRead {
    fn page(&self, budget: ReadBudget) -> io::Result<OutputPage> {
        let page_query = PageQuery { budget, ..self.page_query.clone() };
        retry_if_gone(|| {
            let page = match self.start {
                PageStart::After(cursor) => {
                    page::after(|run| self.folder.run(run), cursor, self.run, &page_query)?
                }
                PageStart::BeforeEnd => {
                    page::last(&self.folder.run(self.run), self.run, &page_query)?
                }
                PageStart::Line(number) => {
                    let log = Log::open(&self.folder.run(self.run))?;
                    page::from_line(&log, self.run, number, &page_query)?
                }
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
        if let PageStart::After(cursor) = self.start
            && !self.folder.run(cursor.run).exists()
        {
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
        lines: max_lines(query),
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
