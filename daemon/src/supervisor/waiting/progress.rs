//! What a wait has seen so far, and whether that decides.

use persistproc_api::follow::{FollowEvent, runs_dropped};
use persistproc_api::wait::{Goal, Reason};
use tokio::time::Instant;

use super::condition::Condition;
use super::ports::OpenPorts;
use super::wait::WaitEnd;
use crate::logs::lines::LineAssembler;
use crate::logs::text;
use crate::supervisor::facts::url_in;
use crate::supervisor::reading::follow::FollowItem;

/// What was seen so far.
pub(super) struct WaitProgress<'a> {
    pub(super) condition: &'a Condition,
    pub(super) ports: OpenPorts,
    pub(super) lines: LineAssembler,
    pub(super) spoke: Instant,
    /// Bytes that were gone before they could be looked at.
    pub(super) dropped: u64,
    /// What the answer has to say beside what it found.
    pub(super) notes: Vec<String>,
    /// A line showed a URL, where a port is waited for.
    pub(super) url: bool,
}

impl WaitProgress<'_> {
    pub(super) fn take(&mut self, items: Vec<FollowItem>) -> Option<WaitEnd> {
        for item in items {
            match item {
                FollowItem::Bytes(chunk) => {
                    self.spoke = Instant::now();
                    self.lines.take(chunk.to_ref());
                }
                FollowItem::Event(event) => match *event {
                    FollowEvent::Ended { restarting, .. }
                        if !restarting || self.condition.goal == Goal::Exit =>
                    {
                        self.lines.flush();
                        return self
                            .decided()
                            .or(Some(WaitEnd { reason: Reason::Exit, line: None }));
                    }
                    FollowEvent::Leaving => {
                        return Some(WaitEnd { reason: Reason::DaemonStopping, line: None });
                    }
                    FollowEvent::Dropped { bytes } => self.dropped += bytes,
                    FollowEvent::RunsDropped { first, last } => {
                        self.notes.push(runs_dropped(first, last));
                    }
                    _ => {}
                },
            }
        }
        self.decided()
    }

    /// Whether a URL was shown; lines that are there and were not looked at yet are.
    pub(super) fn has_url(&mut self) -> bool {
        while !self.url
            && let Some(line) = self.lines.next_line()
        {
            self.url = url_in(&text::plain(&line.bytes)).is_some();
        }
        self.url
    }

    /// The first line that decides; a prompt has no line end and counts too.
    fn decided(&mut self) -> Option<WaitEnd> {
        let (wants_url, url) = (self.condition.wants_ports(), &mut self.url);
        let mut decide = |condition: &Condition, bytes: &[u8]| {
            let line = text::plain(bytes);
            *url |= wants_url && url_in(&line).is_some();
            condition.decides(&line).map(|reason| WaitEnd { reason, line: Some(line) })
        };
        while let Some(line) = self.lines.next_line() {
            if let Some(end) = decide(self.condition, &line.bytes) {
                return Some(end);
            }
        }
        self.lines.unfinished().find_map(|bytes| decide(self.condition, &bytes))
    }
}
