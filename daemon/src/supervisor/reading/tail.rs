//! [`Tail`]: the rows of a process as it prints them, by their numbers and across its runs. A tail can
//! leave out older rows, so that a client that is slower than the process stays at its end.

use std::io;

use persistproc_api::cursor::Offsets;
use persistproc_api::event::OutputEvent;
use persistproc_api::output::{Lines, OutputPage, Row, Stream};
use persistproc_api::process_client::ClientUse;
use persistproc_api::{Problem, Target};
use tokio::sync::watch;
use tokio::time::{Duration, Instant, sleep_until};

use super::damaged::repair_if_ended;
use super::position::{check_stream, retry_if_gone};
use crate::logs::log::Log;
use crate::logs::page;
use crate::logs::page_query::{Escapes, PageQuery, ReadBudget};
use crate::supervisor::clients::OpenUse;
use crate::supervisor::finding;
use crate::supervisor::registry::Registry;
use crate::supervisor::requests::requester::Requester;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::runs::view::{LogGrowth, ProcessView};
use crate::supervisor::storage::folder::ProcessFolder;
use crate::supervisor::watchers::WatchGuard;

/// The most rows of one event.
const MAX_ROWS: u64 = 500;

/// The time between two events of a tail that leaves out rows. A screen shows no more of them.
const MIN_INTERVAL: Duration = Duration::from_millis(33);

/// Which rows a tail yields.
#[derive(Clone, Copy, Debug)]
pub struct TailQuery {
    pub stream: Stream,
    /// How many existing lines come first.
    pub lines: Lines,
    /// The most rows of one event; older ones are left out. `None`: every row is sent.
    pub newest: Option<u64>,
    pub escapes: Escapes,
}

/// A reader of the rows of a process.
pub struct Tail {
    handle: ProcessHandle,
    folder: ProcessFolder,
    query: TailQuery,
    run: u32,
    /// The number of the first row that was not sent, or that was sent unfinished. `None`: nothing of
    /// this run was sent.
    next: Option<u64>,
    /// Where the log ended when it was read last.
    read_until: Offsets,
    view: watch::Receiver<ProcessView>,
    growth: watch::Receiver<LogGrowth>,
    leaving: watch::Receiver<bool>,
    /// When the last event was made.
    last_event: Option<Instant>,
    /// The client shows the process.
    _watch: WatchGuard,
    /// Counts the client that reads as one that uses the process.
    client: Option<OpenUse>,
}

impl Tail {
    pub(crate) fn new(
        registry: &Registry,
        target: &Target,
        query: TailQuery,
    ) -> Result<Self, Problem> {
        let handle = finding::handle(registry, target)?;
        let process = handle.process();
        let folder = registry.folder(&handle.id);
        check_stream(query.stream, &folder, &process, process.run)?;
        repair_if_ended(&folder.run(process.run), &process, process.run);
        Ok(Self {
            leaving: registry.leaving(),
            view: handle.view.clone(),
            growth: handle.growth.subscribe(),
            _watch: handle.watchers.join(),
            handle,
            folder,
            query,
            run: process.run,
            next: None,
            read_until: Offsets::default(),
            last_event: None,
            client: None,
        })
    }

    /// The same reader, read by this client.
    #[must_use]
    pub(crate) fn used_by(mut self, client: &Requester) -> Self {
        self.client = Some(self.handle.clients.connect(client, ClientUse::Follow));
        self
    }

    /// The next rows; waits until there are some. `None` when the process is forgotten, or the daemon
    /// exits.
    pub async fn next(&mut self) -> Option<OutputEvent> {
        loop {
            self.wait_for_interval().await;
            // The view is read before the log: the end of a run is published after its last byte was
            // stored.
            let view = self.view.borrow_and_update().clone();
            self.growth.mark_unchanged();
            if view.forgotten || *self.leaving.borrow() {
                return None;
            }
            match self.read().await {
                Ok(Some(event)) => {
                    self.last_event = Some(Instant::now());
                    return Some(event);
                }
                Ok(None) => {}
                Err(error) => tracing::warn!("cannot read the end of a log: {error}"),
            }
            if view.process.run > self.run {
                self.run = view.process.run;
                self.next = None;
                self.query.lines = Lines::All;
                self.read_until = Offsets::default();
            } else {
                self.wait_for_change().await;
            }
        }
    }

    async fn wait_for_interval(&self) {
        match (self.query.newest, self.last_event) {
            (Some(_), Some(last)) => sleep_until(last + MIN_INTERVAL).await,
            // A reader with much to read never waits for the log. Other tasks get a turn.
            _ => tokio::task::yield_now().await,
        }
    }

    /// The rows since the last read. `None` if there are none.
    async fn read(&mut self) -> io::Result<Option<OutputEvent>> {
        let folder = self.folder.run(self.run);
        let read = TailRead { folder, run: self.run, next: self.next, query: self.query };
        let is_unchanged = |log_end: Offsets| self.next.is_some() && log_end == self.read_until;
        let log = retry_if_gone(|| Log::open(&read.folder))?;
        if is_unchanged(log.end()?.offsets()) {
            return Ok(None);
        }
        drop(log);
        // A small read is done at once; a larger one would block the other tasks of this thread.
        let rows = match read.rows(ReadBudget::Small) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let rows = tokio::task::spawn_blocking(move || read.rows(ReadBudget::Unlimited));
                rows.await.map_err(io::Error::other)??
            }
            rows => rows?,
        };
        self.next = Some(rows.next);
        self.read_until = if rows.is_at_end { rows.log_end } else { Offsets::default() };
        let id = self.handle.id.clone();
        let TailRows { lines, unfinished, rows, .. } = rows;
        Ok(Some(OutputEvent { id, run: self.run, lines, unfinished, rows }))
    }

    /// Waits until the log has grown, the process has changed, or the daemon exits.
    async fn wait_for_change(&mut self) {
        self.handle.report_growth().await;
        // A channel that is closed belongs to a forgotten process, which the next turn finds.
        tokio::select! {
            _ = self.growth.changed() => {}
            _ = self.view.changed() => {}
            _ = self.leaving.changed() => {}
        }
    }
}

/// A read of the rows at the end of a log.
struct TailRead {
    folder: std::path::PathBuf,
    run: u32,
    next: Option<u64>,
    query: TailQuery,
}

/// The rows of one event.
struct TailRows {
    lines: u64,
    unfinished: u64,
    rows: Vec<Row>,
    /// The number of the first row of the next event.
    next: u64,
    log_end: Offsets,
    /// Whether the rows reach the end of the log.
    is_at_end: bool,
}

impl TailRead {
    fn rows(&self, budget: ReadBudget) -> io::Result<TailRows> {
        retry_if_gone(|| {
            let log = Log::open(&self.folder)?;
            let stream = self.query.stream;
            let finished = log.end()?.lines(stream);
            let unfinished = log.unfinished_lines(stream)?;
            let lines = finished + unfinished;
            let first = self.first_row(lines);
            let page = self.page(&log, first, budget)?;
            let rows = page.rows.unwrap_or_default();
            let until = rows.last().and_then(|row| row.number).unwrap_or(first - 1);
            Ok(TailRows {
                lines,
                unfinished,
                rows,
                next: until.min(finished) + 1,
                log_end: log.end()?.offsets(),
                is_at_end: page.lines_after == 0,
            })
        })
    }

    /// The number of the first row, of this many lines.
    fn first_row(&self, lines: u64) -> u64 {
        let wanted = self.next.unwrap_or_else(|| match self.query.lines {
            Lines::AtMost(wanted) => lines.saturating_sub(wanted) + 1,
            Lines::All => 1,
        });
        let newest = self.query.newest.map(|newest| lines.saturating_sub(newest) + 1);
        wanted.max(newest.unwrap_or(1))
    }

    fn page(&self, log: &Log, first: u64, budget: ReadBudget) -> io::Result<OutputPage> {
        let max_rows = self.query.newest.unwrap_or(MAX_ROWS).min(MAX_ROWS);
        let mut page_query = PageQuery::plain(self.query.stream, Lines::AtMost(max_rows));
        page_query.escapes = self.query.escapes;
        page_query.rows = true;
        page_query.budget = budget;
        page::from_line(log, self.run, first, &page_query)
    }
}
