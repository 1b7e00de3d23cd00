//! [`Follower`]: the live feed of what a process prints, across its runs. It reads the log files
//! at its own pace, so that a slow reader holds up neither the shim nor other readers.

use std::io;
use std::sync::Arc;

use jiff::Zoned;
use persistproc_api::cursor::Cursor;
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::output::Lines;
use persistproc_api::process::LetGo;
use persistproc_api::process_client::ClientUse;
use persistproc_api::time::point;
use persistproc_api::{Problem, Status, Target};
use tokio::sync::watch;

use super::damaged::repair_if_ended;
use super::position::{MAX_RETRIES, check_stream, cursor, is_gone, kept_run, unreadable};
use crate::logs::cursors::{cursor_before_last_lines, lines_before};
use crate::logs::feed::{Chunk, Feed, FeedBatch};
use crate::logs::gaps::GAPS;
use crate::logs::log::Log;
use crate::supervisor::clients::OpenUse;
use crate::supervisor::finding;
use crate::supervisor::registry::Registry;
use crate::supervisor::requests::requester::Requester;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::view::{LogGrowth, ProcessView};
use crate::supervisor::storage::folder::ProcessFolder;
use crate::supervisor::watchers::WatchGuard;

/// Opens the live feed of a process.
pub(crate) async fn follow(
    registry: &Registry,
    target: &Target,
    query: &FollowQuery,
) -> Result<Follower, Problem> {
    let handle = finding::handle(registry, target)?;
    let process = handle.process();
    let latest = process.run;
    let folder = registry.folder(&handle.id);
    let run = kept_run(&folder, query.run, latest)?;
    check_stream(query.stream, &folder, &process, run)?;
    repair_if_ended(&folder.run(run), &process, run);
    let start = match &query.after {
        Some(after) => cursor(after, &folder, latest)?,
        None => {
            let since = point::parse_optional("since", query.since.as_deref(), &Zoned::now())?;
            start_without_cursor(&folder, run, query, since).map_err(unreadable)?
        }
    };
    let skip = if query.after.is_some() { query.skip } else { 0 };
    let feed =
        Feed::new(folder.run(start.run), query.stream, start, skip).with_times(query.timestamps);
    Ok(Follower {
        leaving: registry.leaving(),
        view: handle.view.clone(),
        growth: handle.growth.subscribe(),
        handle,
        folder,
        query: query.clone(),
        feed,
        stage: Stage::Start,
        was_busy: false,
        watch: None,
        client: None,
    })
}

/// The last lines that the query asks for, or the start of the run.
fn start_without_cursor(
    folder: &ProcessFolder,
    run: u32,
    query: &FollowQuery,
    since: Option<i64>,
) -> io::Result<Cursor> {
    let lines = match query.lines {
        Lines::All if since.is_none() => return Ok(Cursor::start_of(run)),
        Lines::All => u64::MAX,
        Lines::AtMost(lines) => lines,
    };
    cursor_before_last_lines(&Log::open(&folder.run(run))?, run, query.stream, lines, since)
}

/// A reader of the output of a process, as it is printed.
pub struct Follower {
    handle: ProcessHandle,
    folder: ProcessFolder,
    query: FollowQuery,
    feed: Feed,
    view: watch::Receiver<ProcessView>,
    growth: watch::Receiver<LogGrowth>,
    leaving: watch::Receiver<bool>,
    stage: Stage,
    /// The last call returned output without waiting.
    was_busy: bool,
    /// Counts a client that watches the process.
    watch: Option<WatchGuard>,
    /// Counts the client that reads as one that uses the process.
    client: Option<OpenUse>,
}

/// What a follower does next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Announce the run and the cursor.
    Start,
    /// Read and wait.
    Reading,
    /// End.
    Done,
}

/// What a follower yields.
#[derive(Debug)]
pub enum FollowItem {
    Bytes(Chunk),
    Event(Box<FollowEvent>),
}

impl FollowItem {
    fn event(event: FollowEvent) -> Self {
        Self::Event(Box::new(event))
    }
}

impl Follower {
    /// The same follower, for a client that waits for the process or shows it.
    #[must_use]
    pub(crate) fn counted_as_watching(mut self) -> Self {
        self.watch = Some(self.handle.watchers.join());
        self
    }

    /// The same, read by this client.
    #[must_use]
    pub(crate) fn used_by(self, client: &Requester, kind: ClientUse) -> Self {
        let mut follower = self.counted_as_watching();
        follower.client = Some(follower.handle.clients.connect(client, kind));
        follower
    }

    /// The next items; waits until there are some. `None` at the end of the feed.
    pub async fn next(&mut self) -> Option<Vec<FollowItem>> {
        if self.stage == Stage::Start {
            self.stage = Stage::Reading;
            return Some(self.skip_dropped_run().unwrap_or_else(|| vec![self.run_event()]));
        }
        if std::mem::take(&mut self.was_busy) {
            // A reader with much to read never waits. Requests would wait for it, as many as this thread
            // has accepted.
            tokio::task::yield_now().await;
        }
        let mut retries = 0;
        while self.stage == Stage::Reading {
            // The view is read before the log: the end of a run is published after its last byte
            // was stored, so a view that says "ended" means that the log is complete.
            let view = self.view.borrow_and_update().clone();
            self.growth.mark_unchanged();
            match self.feed.next_batch() {
                Ok(Some(batch)) => {
                    self.was_busy = true;
                    return Some(items_of(batch));
                }
                Ok(None) => {}
                // Retention has dropped the whole run.
                Err(error) if is_gone(&error) && !self.is_run_kept() => {
                    if let Some(items) = self.skip_dropped_run() {
                        return Some(items);
                    }
                    self.stage = Stage::Done;
                }
                // Retention has dropped a segment during the read.
                Err(error) if is_gone(&error) && retries < MAX_RETRIES => {
                    retries += 1;
                    continue;
                }
                Err(error) => {
                    tracing::warn!("cannot follow a log: {error}");
                    self.stage = Stage::Done;
                    return None;
                }
            }
            if let Some(items) = self.at_end_of_log(&view) {
                return Some(items);
            }
            if self.stage == Stage::Reading {
                self.wait_for_change().await;
            }
        }
        None
    }

    /// Everything stored so far has been read: ends the feed, or continues in the next run, if
    /// the run has ended.
    fn at_end_of_log(&mut self, view: &ProcessView) -> Option<Vec<FollowItem>> {
        let run = self.feed.cursor().run;
        let has_ended = view.process.run > run || !view.process.status.is_alive();
        if !has_ended {
            if !self.query.wait {
                self.stage = Stage::Done;
            } else if *self.leaving.borrow() {
                self.stage = Stage::Done;
                return Some(vec![FollowItem::event(FollowEvent::Leaving)]);
            }
            return None;
        }
        let status = if view.process.run == run {
            view.process.status.clone()
        } else {
            // An earlier run, which the query or its cursor names.
            self.recorded_status(run, view)
        };
        if let Some(items) = self.skip_dropped_run() {
            return Some(items);
        }
        let continues = self.query.run.is_none() && self.query.wait;
        let next = if view.process.run > run { self.next_run(run) } else { None };
        match next.filter(|_| continues) {
            Some(next) => {
                let mut items = self.lost_at_end(run, view);
                let is_final = !self.folder.read_run(next).is_ok_and(|next| next.by_restart);
                let let_go = if is_final { self.let_go_of(run) } else { Vec::new() };
                let ended = FollowEvent::Ended { run, status, restarting: true, is_final, let_go };
                items.push(FollowItem::event(ended));
                items.extend(self.continue_in(next, run + 1));
                Some(items)
            }
            // The end of this run is sent together with the start of the next.
            None if continues && view.restarting && !*self.leaving.borrow() => None,
            None => {
                self.stage = Stage::Done;
                let mut items = self.lost_at_end(run, view);
                let is_latest = view.process.run == run;
                let let_go =
                    if is_latest { view.process.let_go.clone() } else { self.let_go_of(run) };
                let ended =
                    FollowEvent::Ended { run, status, restarting: false, is_final: false, let_go };
                items.push(FollowItem::event(ended));
                Some(items)
            }
        }
    }

    /// Reports output that is missing at the end of a run, if there is any.
    fn lost_at_end(&self, run: u32, view: &ProcessView) -> Vec<FollowItem> {
        let (lost, is_cut) = if view.process.run == run {
            (view.process.lost_bytes, view.output_cut)
        } else {
            let record = self.folder.read_run(run);
            record.map_or((0, false), |run| (run.lost_bytes, run.output_cut))
        };
        let mut items = Vec::new();
        if lost > 0 || self.folder.run(run).join(GAPS).exists() {
            let log = Log::open(&self.folder.run(run));
            // A log that cannot be read has failed before, as the reader arrived at its end.
            let bytes = log.and_then(|log| log.lost_at_end(lost)).unwrap_or(lost);
            let event = FollowItem::event(FollowEvent::Lost { bytes: Some(bytes) });
            items.extend((bytes > 0).then_some(event));
        }
        if is_cut {
            items.push(FollowItem::event(FollowEvent::Lost { bytes: None }));
        }
        items
    }

    /// Whether the log of the current run is kept.
    fn is_run_kept(&self) -> bool {
        self.folder.run(self.feed.cursor().run).exists()
    }

    /// Continues in the next run that is kept, if the current one is not.
    fn skip_dropped_run(&mut self) -> Option<Vec<FollowItem>> {
        let run = self.feed.cursor().run;
        if self.is_run_kept() || self.query.run.is_some() {
            return None;
        }
        self.next_run(run).map(|next| self.continue_in(next, run))
    }

    /// Continues at the start of a run. `expected` is the run that would come next; those from
    /// there to `run` are reported as dropped.
    fn continue_in(&mut self, run: u32, expected: u32) -> Vec<FollowItem> {
        let start = Cursor::start_of(run);
        self.feed = Feed::new(self.folder.run(run), self.query.stream, start, 0)
            .with_times(self.query.timestamps);
        let mut items = Vec::new();
        if expected < run {
            let dropped = FollowEvent::RunsDropped { first: expected, last: run - 1 };
            items.push(FollowItem::event(dropped));
        }
        items.push(self.run_event());
        items
    }

    /// What outlived an earlier run.
    fn let_go_of(&self, run: u32) -> Vec<LetGo> {
        self.folder.read_run(run).map(|run| run.let_go).unwrap_or_default()
    }

    fn next_run(&self, run: u32) -> Option<u32> {
        self.folder.runs().ok()?.into_iter().find(|next| *next > run)
    }

    /// The status of an earlier run.
    fn recorded_status(&self, run: u32, view: &ProcessView) -> Status {
        match (self.folder.read(), self.folder.read_run(run)) {
            (Ok(process), Ok(run)) => {
                ProcessView::new(&self.folder, &process, &run, Phase::Ended).process.status.clone()
            }
            _ => view.process.status.clone(),
        }
    }

    fn run_event(&self) -> FollowItem {
        let process = Box::new(Arc::unwrap_or_clone(self.view.borrow().process.clone()));
        let cursor = self.feed.cursor().to_string();
        FollowItem::event(FollowEvent::Run { process, cursor })
    }

    /// The cursor, and how many lines of the followed stream precede it in its run, if the log
    /// can be read.
    pub fn position(&self) -> (Cursor, Option<u64>) {
        let cursor = self.feed.cursor();
        let log = Log::open(&self.folder.run(cursor.run));
        let lines = log.and_then(|log| lines_before(&log, self.query.stream, cursor));
        (cursor, lines.ok())
    }

    /// Waits until the log has grown, the process has changed, or the daemon exits.
    async fn wait_for_change(&mut self) {
        self.handle.report_growth().await;
        let is_closed = tokio::select! {
            changed = self.growth.changed() => changed.is_err(),
            changed = self.view.changed() => changed.is_err(),
            changed = self.leaving.changed() => changed.is_err(),
        };
        if is_closed {
            self.stage = Stage::Done;
        }
    }
}

fn items_of(batch: FeedBatch) -> Vec<FollowItem> {
    let mut items = Vec::new();
    if batch.dropped > 0 {
        let dropped = FollowEvent::Dropped { bytes: batch.dropped, is_damage: false };
        items.push(FollowItem::event(dropped));
    }
    if batch.damaged > 0 {
        let damaged = FollowEvent::Dropped { bytes: batch.damaged, is_damage: true };
        items.push(FollowItem::event(damaged));
    }
    for chunk in batch.chunks {
        if chunk.lost > 0 {
            items.push(FollowItem::event(FollowEvent::Lost { bytes: Some(chunk.lost) }));
        }
        items.push(FollowItem::Bytes(chunk));
    }
    items
}
