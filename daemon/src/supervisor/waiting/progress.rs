//! [`WaitProgress`]: what a wait has received so far, and whether that decides.

use persistproc_api::follow::{FollowEvent, runs_dropped};
use persistproc_api::wait::{Goal, Reason};
use tokio::time::Instant;

use super::condition::Condition;
use super::open_ports::OpenPorts;
use crate::logs::lines::LineAssembler;
use crate::logs::text;
use crate::supervisor::facts::url::url_in;
use crate::supervisor::reading::follow::FollowItem;

/// What ended a wait.
pub(super) struct WaitEnd {
    pub(super) reason: Reason,
    /// The line that decided.
    pub(super) line: Option<String>,
}

impl WaitEnd {
    /// An end that no line decided.
    pub(super) fn new(reason: Reason) -> Self {
        Self { reason, line: None }
    }
}

/// What a wait has received so far.
pub(super) struct WaitProgress<'a> {
    pub(super) condition: &'a Condition,
    pub(super) ports: OpenPorts,
    lines: LineAssembler,
    /// When the last output arrived.
    pub(super) last_output: Instant,
    /// Bytes that were dropped before they could be read.
    pub(super) dropped_bytes: u64,
    /// Sentences for the note of the answer.
    pub(super) notes: Vec<String>,
    /// A line has shown a URL.
    has_url: bool,
}

impl<'a> WaitProgress<'a> {
    pub(super) fn new(condition: &'a Condition, started: Instant) -> Self {
        Self {
            condition,
            ports: OpenPorts::default(),
            lines: LineAssembler::default(),
            last_output: started,
            dropped_bytes: 0,
            notes: Vec::new(),
            has_url: false,
        }
    }

    /// Takes items of a follower. Returns the end of the wait, if they decide it.
    pub(super) fn take(&mut self, items: Vec<FollowItem>) -> Option<WaitEnd> {
        for item in items {
            match item {
                FollowItem::Bytes(chunk) => {
                    self.last_output = Instant::now();
                    self.lines.take(chunk.to_ref());
                }
                FollowItem::Event(event) => match *event {
                    FollowEvent::Ended { restarting, .. }
                        if !restarting || self.condition.goal == Goal::Exit =>
                    {
                        self.lines.flush();
                        return self.decided().or(Some(WaitEnd::new(Reason::Exit)));
                    }
                    FollowEvent::Leaving => return Some(WaitEnd::new(Reason::DaemonStopping)),
                    FollowEvent::Dropped { bytes } => self.dropped_bytes += bytes,
                    FollowEvent::RunsDropped { first, last } => {
                        self.notes.push(runs_dropped(first, last));
                    }
                    _ => {}
                },
            }
        }
        self.decided()
    }

    /// Whether a line has shown a URL. Reads the lines that were received and not examined yet.
    pub(super) fn has_url(&mut self) -> bool {
        while !self.has_url
            && let Some(line) = self.lines.next_line()
        {
            self.has_url = url_in(&text::plain(&line.bytes)).is_some();
        }
        self.has_url
    }

    /// The first line that decides. An unfinished line counts too: a prompt has no newline.
    fn decided(&mut self) -> Option<WaitEnd> {
        while let Some(line) = self.lines.next_line() {
            if let Some(end) = self.decided_by(&line.bytes) {
                return Some(end);
            }
        }
        let unfinished: Vec<Vec<u8>> = self.lines.unfinished().collect();
        unfinished.iter().find_map(|bytes| self.decided_by(bytes))
    }

    fn decided_by(&mut self, bytes: &[u8]) -> Option<WaitEnd> {
        let line = text::plain(bytes);
        self.has_url |= self.condition.wants_ports() && url_in(&line).is_some();
        let reason = self.condition.decide(&line)?;
        Some(WaitEnd { reason, line: Some(line) })
    }
}
