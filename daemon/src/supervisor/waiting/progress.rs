//! What a wait has seen so far, and whether that decides.

use persistproc_api::follow::{FollowEvent, runs_dropped};
use persistproc_api::wait::{Goal, Reason};
use tokio::time::Instant;

use super::condition::Wish;
use super::ports::Ports;
use super::wait::End;
use crate::logs::lines::Assembler;
use crate::logs::text;
use crate::supervisor::facts::url_in;
use crate::supervisor::reading::follow::Item;

/// What was seen so far.
pub(super) struct Watch<'a> {
    pub(super) wish: &'a Wish,
    pub(super) ports: Ports,
    pub(super) lines: Assembler,
    pub(super) spoke: Instant,
    /// Bytes that were gone before they could be looked at.
    pub(super) dropped: u64,
    /// What the answer has to say beside what it found.
    pub(super) notes: Vec<String>,
    /// A line showed a URL, where a port is waited for.
    pub(super) url: bool,
}

impl Watch<'_> {
    pub(super) fn take(&mut self, items: Vec<Item>) -> Option<End> {
        for item in items {
            match item {
                Item::Bytes(chunk) => {
                    self.spoke = Instant::now();
                    self.lines.take(chunk.piece());
                }
                Item::Event(event) => match *event {
                    FollowEvent::Ended { restarting, .. }
                        if !restarting || self.wish.goal == Goal::Exit =>
                    {
                        self.lines.flush();
                        return self.decided().or(Some(End { reason: Reason::Exit, line: None }));
                    }
                    FollowEvent::Leaving => {
                        return Some(End { reason: Reason::DaemonStopping, line: None });
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
    fn decided(&mut self) -> Option<End> {
        let (wants_url, url) = (self.wish.wants_ports(), &mut self.url);
        let mut decide = |wish: &Wish, bytes: &[u8]| {
            let line = text::plain(bytes);
            *url |= wants_url && url_in(&line).is_some();
            wish.decides(&line).map(|reason| End { reason, line: Some(line) })
        };
        while let Some(line) = self.lines.next_line() {
            if let Some(end) = decide(self.wish, &line.bytes) {
                return Some(end);
            }
        }
        self.lines.unfinished().find_map(|bytes| decide(self.wish, &bytes))
    }
}
