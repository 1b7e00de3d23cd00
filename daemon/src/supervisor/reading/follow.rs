//! The live feed of what a process prints, which a follower reads at its own pace.

use jiff::Zoned;
use persistproc_api::cursor::Cursor;
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::output::Lines;
use persistproc_api::{Problem, Target};
use tokio::sync::watch;

use super::page::{cursor, existing, is_gone};
use crate::logs::cursors::{cursor_before_last_lines, lines_before};
use crate::logs::feed::{Chunk, Feed};
use crate::logs::log::Log;
use crate::supervisor::Supervisor;
use crate::supervisor::requests::times;
use crate::supervisor::runs::handle::ProcessHandle;
use crate::supervisor::runs::lifecycle::Phase;
use crate::supervisor::runs::task::{Growth, TaskRequest};
use crate::supervisor::runs::view::ProcessView;
use crate::supervisor::storage::folder::ProcessFolder;

impl Supervisor {
    /// The live feed of a process.
    pub async fn follow(&self, target: &Target, query: &FollowQuery) -> Result<Follower, Problem> {
        let handle = self.handle(target)?;
        let latest = handle.view.borrow().process.run;
        let folder = ProcessFolder::new(self.data_dirs(), &handle.id);
        let run = existing(&folder, query.run, latest)?;
        let start = match &query.after {
            Some(after) => cursor(after, &folder, latest)?,
            None => {
                let since = query.since.as_deref();
                let since = since.map(|text| times::parse("since", text, &Zoned::now()));
                begin(&folder, run, query, since.transpose()?)
                    .map_err(|error| Problem::storage("The log cannot be read", error))?
            }
        };
        readable(&folder, start.run)
            .map_err(|error| Problem::storage("The log cannot be read", error))?;
        let skip = if query.after.is_some() { query.skip } else { 0 };
        let feed = Feed::new(folder.run(start.run), query.stream, start, skip)
            .with_times(query.timestamps);
        Ok(Follower {
            leaving: self.leaving(),
            view: handle.view.clone(),
            growth: handle.growth.subscribe(),
            handle,
            folder,
            query: query.clone(),
            feed,
            stage: Stage::Begin,
        })
    }
}

/// How often a log is looked for again that was there a moment ago. One that someone deleted
/// never comes back, and whoever follows it has to be told that it is over.
pub(super) const LOOKS: u32 = 20;

/// Someone who reads the output of a process as it comes.
pub struct Follower {
    handle: ProcessHandle,
    folder: ProcessFolder,
    query: FollowQuery,
    feed: Feed,
    view: watch::Receiver<ProcessView>,
    growth: watch::Receiver<Growth>,
    leaving: watch::Receiver<bool>,
    stage: Stage,
}

/// What comes next for a follower.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Say which run, and from where.
    Begin,
    /// Bytes, as long as there are any.
    Reading,
    /// Nothing more.
    Done,
}

/// What a follower is given.
#[derive(Debug)]
pub enum FollowItem {
    Bytes(Chunk),
    Event(Box<FollowEvent>),
}

impl Follower {
    /// The next items; waits until there are some. `None`: it is over.
    pub async fn next(&mut self) -> Option<Vec<FollowItem>> {
        if self.stage == Stage::Begin {
            self.stage = Stage::Reading;
            return Some(self.passed_over().unwrap_or_else(|| vec![event(self.run_event())]));
        }
        let mut looks = 0;
        while self.stage == Stage::Reading {
            let view = self.view.borrow_and_update().clone();
            self.growth.mark_unchanged();
            // The end is published after the last byte was stored: seen first, it means what it says.
            match self.feed.next_batch() {
                Ok(Some(batch)) => {
                    let dropped = (batch.dropped > 0)
                        .then_some(event(FollowEvent::Dropped { bytes: batch.dropped }));
                    let bytes = batch.chunks.into_iter().map(FollowItem::Bytes);
                    return Some(dropped.into_iter().chain(bytes).collect());
                }
                // The whole run was dropped while we were at it.
                Err(error) if is_gone(&error) && !self.is_kept() => {
                    if let Some(items) = self.passed_over() {
                        return Some(items);
                    }
                    self.stage = Stage::Done;
                }
                // A segment that was dropped under our hands: look again at what is left.
                Err(error) if is_gone(&error) && looks < LOOKS => {
                    looks += 1;
                    continue;
                }
                Err(error) => {
                    tracing::warn!("a log cannot be followed: {error}");
                    self.stage = Stage::Done;
                    return None;
                }
                Ok(None) => {}
            }
            if let Some(items) = self.at_end(&view) {
                return Some(items);
            }
            if self.stage == Stage::Reading {
                self.wait().await;
            }
        }
        None
    }

    /// Where the present output has been read to its end: what that means.
    fn at_end(&mut self, view: &ProcessView) -> Option<Vec<FollowItem>> {
        let cursor = self.feed.cursor();
        let over = view.process.run > cursor.run || !view.process.status.is_alive();
        if !over {
            if !self.query.wait {
                self.stage = Stage::Done;
            } else if *self.leaving.borrow() {
                self.stage = Stage::Done;
                return Some(vec![event(FollowEvent::Leaving)]);
            }
            return None;
        }
        let status = match view.process.run == cursor.run {
            true => view.process.status.clone(),
            // An earlier run, asked for by number or left behind by a cursor.
            false => self.past_status(cursor.run, view),
        };
        let continues = self.query.run.is_none() && self.query.wait;
        if let Some(items) = self.passed_over() {
            return Some(items);
        }
        let next = (view.process.run > cursor.run).then(|| self.next_run(cursor.run)).flatten();
        match next.filter(|_| continues) {
            Some(run) => {
                let ended = FollowEvent::Ended { run: cursor.run, status, restarting: true };
                let mut items = vec![event(ended)];
                items.extend(self.go_on_in(run, cursor.run + 1));
                Some(items)
            }
            // The end of this run is told together with the beginning of the next.
            None if continues && view.restarting && !*self.leaving.borrow() => None,
            None => {
                self.stage = Stage::Done;
                let ended = FollowEvent::Ended { run: cursor.run, status, restarting: false };
                Some(vec![event(ended)])
            }
        }
    }

    /// Whether the run it is in is kept.
    fn is_kept(&self) -> bool {
        self.folder.run(self.feed.cursor().run).exists()
    }

    /// From a run that is not kept any more on to the next that is.
    fn passed_over(&mut self) -> Option<Vec<FollowItem>> {
        let run = self.feed.cursor().run;
        if self.is_kept() || self.query.run.is_some() {
            return None;
        }
        self.next_run(run).map(|next| self.go_on_in(next, run))
    }

    /// Goes on at the beginning of a run; says if `first`, which comes next, or others are missing.
    fn go_on_in(&mut self, run: u32, first: u32) -> Vec<FollowItem> {
        let start = Cursor::start_of(run);
        self.feed = Feed::new(self.folder.run(run), self.query.stream, start, 0)
            .with_times(self.query.timestamps);
        let dropped =
            (first < run).then(|| event(FollowEvent::RunsDropped { first, last: run - 1 }));
        dropped.into_iter().chain([event(self.run_event())]).collect()
    }

    fn next_run(&self, run: u32) -> Option<u32> {
        self.folder.runs().ok()?.into_iter().find(|next| *next > run)
    }

    fn past_status(&self, run: u32, view: &ProcessView) -> persistproc_api::Status {
        match (self.folder.read(), self.folder.read_run(run)) {
            (Ok(process), Ok(run)) => {
                ProcessView::new(&self.folder, &process, &run, Phase::Ended).process.status
            }
            _ => view.process.status.clone(),
        }
    }

    fn run_event(&self) -> FollowEvent {
        let process = Box::new(self.view.borrow().process.clone());
        FollowEvent::Run { process, cursor: self.feed.cursor().to_string() }
    }

    /// Where it is in its run, and how many lines of what it follows lie before that, if that can
    /// be told.
    pub fn place(&self) -> (Cursor, Option<u64>) {
        let cursor = self.feed.cursor();
        let log = Log::open(&self.folder.run(cursor.run));
        let lines = log.and_then(|log| lines_before(&log, self.query.stream, cursor));
        (cursor, lines.ok())
    }

    /// Until the log grew, the process changed, or the daemon leaves.
    async fn wait(&mut self) {
        // The task of a process that was forgotten takes no more; its view says so.
        self.handle.requests.send(TaskRequest::NotifyGrowth).await.ok();
        let ended = tokio::select! {
            changed = self.growth.changed() => changed.is_err(),
            changed = self.view.changed() => changed.is_err(),
            changed = self.leaving.changed() => changed.is_err(),
        };
        if ended {
            self.stage = Stage::Done;
        }
    }
}

fn event(event: FollowEvent) -> FollowItem {
    FollowItem::Event(Box::new(event))
}

/// Whoever comes back after a break has to hear that the log is gone, or would come back for ever.
fn readable(folder: &ProcessFolder, run: u32) -> std::io::Result<()> {
    let logs = folder.run(run);
    if logs.join("index").exists() {
        std::fs::metadata(logs.join("stdout.log")).map(drop)
    } else {
        Ok(())
    }
}

fn begin(
    folder: &ProcessFolder,
    run: u32,
    query: &FollowQuery,
    since: Option<i64>,
) -> std::io::Result<Cursor> {
    let lines = match query.lines {
        Lines::All if since.is_none() => return Ok(Cursor::start_of(run)),
        Lines::All => u64::MAX,
        Lines::AtMost(lines) => lines,
    };
    cursor_before_last_lines(&Log::open(&folder.run(run))?, run, query.stream, lines, since)
}
