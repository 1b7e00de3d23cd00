//! [`Followers`]: threads that read the newest lines of processes, again whenever a process has written
//! more. In a flood, each reads the end of the log at most thirty times a second, and nothing between.

use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant};

use persistproc_api::client::{CancelHandle, Client, FollowItem};
use persistproc_api::follow::{FollowEvent, FollowQuery};
use persistproc_api::{Problem, Target};

use super::event::UiEvent;
use super::log_reader::LogReader;
use super::log_request::{FollowReport, FollowRequest};
use super::worker;

/// The shortest time between two reads of the newest lines.
const READ_INTERVAL: Duration = Duration::from_millis(33);

/// The threads of the latest request.
#[derive(Default)]
pub(super) struct Followers {
    cancels: Vec<CancelHandle>,
}

impl Followers {
    /// Ends the threads of the last request and starts those of this one.
    pub(super) fn start(
        &mut self,
        request: FollowRequest,
        client: &Client,
        reader: &LogReader,
        events: &SyncSender<UiEvent>,
    ) {
        self.stop();
        let FollowRequest { generation, ids, count } = request;
        for (source, id) in ids.into_iter().enumerate() {
            let cancel = CancelHandle::default();
            let client = client.cancelled_by(cancel.clone());
            let reader = reader.clone();
            let sender = events.clone();
            let follower = LogFollower { client, reader, id, source, count };
            worker::spawn(events.clone(), move || {
                let report = |report| {
                    // Fails if the dashboard has ended.
                    sender.send(UiEvent::Followed { generation, source, report }).is_ok()
                };
                if follower.run(report).is_ok() {
                    report(FollowReport::Complete);
                } else if report(FollowReport::Failed) && follower.is_reachable() {
                    report(FollowReport::Reachable);
                }
            });
            self.cancels.push(cancel);
        }
    }

    pub(super) fn stop(&mut self) {
        self.cancels.drain(..).for_each(|cancel| cancel.cancel());
    }
}

impl Drop for Followers {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Follows one process.
struct LogFollower {
    client: Client,
    reader: LogReader,
    id: String,
    source: usize,
    count: usize,
}

impl LogFollower {
    /// Reads until the process has ended.
    fn run(&self, report: impl Fn(FollowReport) -> bool) -> Result<(), Problem> {
        loop {
            let begin = Instant::now();
            let (part, cursor) = self.reader.newest(&self.id, self.source, self.count)?;
            if !report(FollowReport::Newest(part)) || !self.wait_for_growth(cursor)? {
                return Ok(());
            }
            thread::sleep(READ_INTERVAL.saturating_sub(begin.elapsed()));
        }
    }

    /// Whether a daemon knows the process: the one before may have been replaced.
    fn is_reachable(&self) -> bool {
        self.client.process(&Target::from_id(&self.id)).is_ok()
    }

    /// Waits until the log goes on after this cursor. `false`: the process has ended before.
    fn wait_for_growth(&self, cursor: String) -> Result<bool, Problem> {
        let query = FollowQuery { after: Some(cursor), wait: true, ..FollowQuery::default() };
        let mut has_begun = false;
        for item in self.client.follow(&Target::from_id(&self.id), &query)? {
            match item? {
                FollowItem::Stdout(_) | FollowItem::Stderr(_) => return Ok(true),
                FollowItem::Time(_) => {}
                FollowItem::Event(event) => match *event {
                    // The first one describes the run of the cursor.
                    FollowEvent::Run { .. } if !has_begun => has_begun = true,
                    FollowEvent::Ended { restarting: false, .. } => return Ok(false),
                    FollowEvent::Ended { .. } | FollowEvent::Leaving => {}
                    _ => return Ok(true),
                },
            }
        }
        Err(Problem::internal("The stream ended."))
    }
}
