//! [`WaitProgress`]: what a wait has received so far, and whether that decides.

use std::time::Duration;

use persistproc_api::follow::{FollowEvent, runs_dropped};
use persistproc_api::wait::{Goal, ReadyBy, Reason};
use tokio::time::Instant;

use super::condition::Condition;
use super::open_ports::OpenPorts;
use super::readiness::{Readiness, ReadyService};
use crate::logs::lines::LineAssembler;
use crate::logs::text;
use crate::platform::chosen_ports::chosen_ports;
use crate::supervisor::facts::url::own_url_in;
use crate::supervisor::reading::follow::FollowItem;
use crate::supervisor::runs::view::ProcessView;

/// How long output may go on until it is reported as a change.
const LONGEST_CHANGE: Duration = Duration::from_secs(5);

/// What ended a wait.
pub(super) struct WaitEnd {
    pub(super) reason: Reason,
    /// The line that decided.
    pub(super) line: Option<String>,
    /// The URL of the port that decided.
    pub(super) url: Option<String>,
    /// What shows that the service is ready.
    pub(super) ready_by: Option<ReadyBy>,
}

impl WaitEnd {
    /// An end that no line decided.
    pub(super) fn new(reason: Reason) -> Self {
        Self { reason, line: None, url: None, ready_by: None }
    }

    /// The service is ready.
    fn ready(ready: ReadyService, goal: Goal) -> Self {
        let reason = if ready.by == ReadyBy::Phrase { Reason::Ready } else { Reason::Port };
        let ports: Vec<u16> = ready.port.into_iter().collect();
        Self {
            reason,
            url: ready.line.as_deref().and_then(|line| own_url_in(line, &ports)),
            line: ready.line.filter(|_| reason == Reason::Ready),
            ready_by: (goal == Goal::Ready).then_some(ready.by),
        }
    }
}

/// What a wait has received so far.
pub(super) struct WaitProgress<'a> {
    pub(super) condition: &'a Condition,
    pub(super) ports: OpenPorts,
    readiness: Readiness,
    lines: LineAssembler,
    /// When the first output arrived.
    first_output: Option<Instant>,
    /// When the last output arrived.
    last_output: Instant,
    /// Bytes that were dropped before they could be read.
    pub(super) dropped_bytes: u64,
    /// Sentences for the note of the answer.
    pub(super) notes: Vec<String>,
}

impl<'a> WaitProgress<'a> {
    pub(super) fn new(condition: &'a Condition, started: Instant) -> Self {
        Self {
            condition,
            ports: OpenPorts::default(),
            readiness: Readiness::new(chosen_ports()),
            lines: LineAssembler::default(),
            first_output: None,
            last_output: started,
            dropped_bytes: 0,
            notes: Vec::new(),
        }
    }

    /// Takes items of a follower. Returns the end of the wait, if they decide it.
    pub(super) fn take(&mut self, items: Vec<FollowItem>) -> Option<WaitEnd> {
        for item in items {
            match item {
                FollowItem::Bytes(chunk) => {
                    self.last_output = Instant::now();
                    self.first_output.get_or_insert(self.last_output);
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
                    FollowEvent::Dropped { bytes, .. } => self.dropped_bytes += bytes,
                    FollowEvent::RunsDropped { first, last } => {
                        self.notes.push(runs_dropped(first, last));
                    }
                    _ => {}
                },
            }
        }
        self.decided()
    }

    /// Takes a line that was read from the log.
    pub(super) fn take_line(&mut self, line: &str, printed: Instant) {
        self.readiness.take(line, printed);
    }

    /// When the wait ends if there is no more output. `None`: silence does not end it.
    pub(super) fn quiet_at(&self) -> Option<Instant> {
        let quiet_at = self.last_output + self.condition.quiet;
        match self.condition.goal {
            Goal::Quiet => Some(quiet_at),
            Goal::Change => Some(quiet_at.min(self.first_output? + LONGEST_CHANGE)),
            _ => None,
        }
    }

    /// Looks at what the process listens on, and decides whether that meets the condition.
    pub(super) fn look(&mut self, view: &ProcessView) -> Option<WaitEnd> {
        let now = Instant::now();
        let wanted = self.condition.port;
        self.ports.update(view, &self.readiness, wanted, now);
        if !view.is_serving() {
            return None;
        }
        let ready = self.readiness.decide(&self.ports.found, wanted, now)?;
        let is_port = ready.by == ReadyBy::Port || ready.by == ReadyBy::Foreign && wanted.is_some();
        let counts = self.condition.goal == Goal::Ready || is_port;
        counts.then(|| WaitEnd::ready(ready, self.condition.goal))
    }

    /// Whether a line has shown a URL of a port that the process listens on. Reads the lines that
    /// were received and not examined yet.
    pub(super) fn has_url(&mut self) -> bool {
        while let Some(line) = self.lines.next_line() {
            self.readiness.take(&text::plain(&line.bytes), Instant::now());
        }
        let ports = &self.ports.found.ports;
        ports.is_empty() || self.readiness.hinted_ports().any(|port| ports.contains(&port))
    }

    /// Whether a line has said that the program is ready.
    pub(super) fn has_phrase(&self) -> bool {
        self.readiness.has_phrase()
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
        self.readiness.take(&line, Instant::now());
        let reason = self.condition.decide(&line)?;
        Some(WaitEnd { line: Some(line), ..WaitEnd::new(reason) })
    }
}
