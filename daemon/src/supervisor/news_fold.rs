//! [`NewsFold`]: the lines of a process, folded one after the other into its news. Pure: the same lines
//! give the same news, whichever daemon reads them.
//!
//! Lines with less than [`BURST_GAP`] between them are a *burst*. A burst in which a process prints an
//! error of a kind that it has not printed before is one piece of news, however many lines it has. After
//! errors, a line that reports a rebuild without errors, with no error after it for a moment, is a
//! recovery: the kinds of these errors are forgotten, so that their return is news.
//!
//! | module | what it holds |
//! |---|---|
//! | `burst` | the lines of one burst: its best line, its place |

mod burst;

use std::collections::VecDeque;

use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::news::NewsKind;

use self::burst::{Burst, without_time};
use super::line_kinds::error_lines::{self, ErrorRank};
use super::line_kinds::kind::{Kind, kind_of};
use super::line_kinds::known::KnownKinds;
use super::line_kinds::place::Place;
use super::line_kinds::rebuilds::{begins_rebuild, reports_rebuild};
use crate::logs::lines::Line;
use crate::logs::text;

/// In microseconds, as the times of lines: the longest pause within a burst.
pub(crate) const BURST_GAP: i64 = 300_000;

/// The longest time between the first line of a burst and its end.
const MAX_BURST: i64 = 1_000_000;

/// How long no error may follow a rebuild for it to be a recovery.
const RECOVERY_QUIET: i64 = 1_000_000;

/// A process that ends so soon after an error has ended because of it.
const CAUSE_TIME: i64 = 3_000_000;

/// How many lines before a burst are searched for its place.
const MAX_RECENT: usize = 8;

/// A longer line is in no search for a place.
const MAX_RECENT_LINE: usize = 400;

/// Of a longer line, the beginning and the end are looked at, so that a line costs a bounded time.
const MAX_LINE: usize = 4096;

/// How many kinds of open errors are remembered.
const MAX_OPEN_KINDS: usize = 256;

/// A process that has printed more lines on stderr than this, apart from errors, prints there as a habit.
const MAX_STDERR_LINES: u32 = 8;

/// A line on stderr is news if none was printed there for so long.
const STDERR_QUIET: i64 = 5_000_000;

/// How long after its start a process may print on stderr without that being news.
const STDERR_START: i64 = 10_000_000;

/// What was found in the lines of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) kind: NewsKind,
    /// The position before the first line of the burst.
    pub(crate) at: Cursor,
    /// When the line was read, in microseconds since 1970.
    pub(crate) time: i64,
    pub(crate) line: String,
    pub(crate) place: Option<Place>,
    /// How many other errors of new kinds the burst has.
    pub(crate) more: u32,
    /// Of an end: the position of the error that it is about.
    pub(crate) cause: Option<Cursor>,
}

/// What a process has printed, as far as its news depend on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewsFold {
    known: KnownKinds,
    burst: Option<Burst>,
    open: OpenErrors,
    rebuild: Option<Rebuild>,
    stderr: StderrHabit,
    /// The raw lines before a burst.
    recent: VecDeque<Vec<u8>>,
    last_line: i64,
    /// The last burst with an error, new or not.
    last_error: Option<Finding>,
}

/// Errors after which no rebuild was reported.
#[derive(Clone, Debug, Default)]
struct OpenErrors {
    kinds: Vec<Kind>,
    last: i64,
    /// Whether one of them was a message, not a header or a summary.
    has_message: bool,
    /// Whether they were news.
    is_reported: bool,
}

/// A rebuild that may be a recovery.
#[derive(Clone, Debug)]
struct Rebuild {
    at: Cursor,
    time: i64,
    line: String,
}

/// How a process uses its stderr.
#[derive(Clone, Debug, Default)]
struct StderrHabit {
    lines: u32,
    last: i64,
    first_output: Option<i64>,
}

impl NewsFold {
    /// Takes the next line; `before` is the position before it.
    pub(crate) fn line(&mut self, line: Line, before: Cursor, out: &mut Vec<Finding>) {
        let is_new_burst = line.time < self.last_line || line.time - self.last_line > BURST_GAP;
        self.time_passed(line.time, is_new_burst, out);
        if is_new_burst {
            self.recent.clear();
        }
        self.last_line = line.time;
        let started = *self.stderr.first_output.get_or_insert(line.time);
        let is_on_stderr = line.source == Source::Stderr;
        let may_be_error = error_lines::may_be_error(&line.bytes);
        let is_watched = self.burst.is_some() || !self.open.kinds.is_empty();
        let may_be_unusual = is_on_stderr && self.stderr.lines <= MAX_STDERR_LINES;
        let last_on_stderr = self.stderr.last;
        if is_on_stderr {
            self.stderr.last = line.time;
        }
        if !may_be_error && !is_watched && !may_be_unusual {
            self.remember(line.bytes);
            return;
        }
        let text = bounded_text(&line.bytes);
        let text = text.trim_end();
        match error_lines::rank(text) {
            Some(rank) => self.error(text, rank, line.time, before),
            None => {
                let was_quiet = is_on_stderr
                    && line.time.saturating_sub(last_on_stderr) > STDERR_QUIET
                    && line.time.saturating_sub(started) > STDERR_START;
                self.other_line(text, line.time, before, is_on_stderr, was_quiet);
            }
        }
        self.remember(line.bytes);
    }

    /// Decides what is decided when no line has come until `now`.
    pub(crate) fn quiet(&mut self, now: i64, out: &mut Vec<Finding>) {
        // A clock that was set back decides at once.
        let is_quiet = now < self.last_line || now - self.last_line > BURST_GAP;
        self.time_passed(now, is_quiet, out);
    }

    /// When that would be decided; `None`: nothing is undecided.
    pub(crate) fn decides_at(&self) -> Option<i64> {
        let burst = self
            .burst
            .as_ref()
            .map(|burst| (self.last_line + BURST_GAP).min(burst.first_time() + MAX_BURST));
        let rebuild = self.rebuild.as_ref().map(|rebuild| rebuild.time + RECOVERY_QUIET);
        burst.into_iter().chain(rebuild).min()
    }

    /// The position before the first line that is undecided.
    pub(crate) fn undecided(&self) -> Option<Cursor> {
        let burst = self.burst.as_ref().map(Burst::at);
        let rebuild = self.rebuild.as_ref().map(|rebuild| rebuild.at);
        burst.into_iter().chain(rebuild).min_by_key(|at| at.at.sum())
    }

    /// Forgets all that does not follow from the lines of two generations.
    pub(crate) fn next_generation(&mut self, out: &mut Vec<Finding>) {
        self.decide_all(out);
        self.known.next_generation();
        self.open = OpenErrors::default();
        self.recent.clear();
        self.last_error = None;
        // Whether its stderr was quiet before is unknown from now on.
        self.stderr.lines = MAX_STDERR_LINES + 1;
    }

    /// The run has ended by itself, at this time. Decides everything, so that the news do not depend on
    /// whether a client has asked before the end was known. Returns the error that the end is about.
    pub(crate) fn cause_of_end(&mut self, end: i64, out: &mut Vec<Finding>) -> Option<Finding> {
        self.decide_all(out);
        self.last_error.take().filter(|last| (end - last.time).abs() <= CAUSE_TIME)
    }

    /// The run has ended without that being news. What it printed at the end of a requested stop is not
    /// either.
    pub(crate) fn end_of_run(&mut self, is_requested: bool, out: &mut Vec<Finding>) {
        if !is_requested {
            self.end_burst(out);
        }
        self.recover(out);
    }

    /// Begins the next run: its errors are known from the last ones.
    pub(crate) fn next_run(&mut self) {
        let mut known = std::mem::take(&mut self.known);
        known.next_run();
        *self = Self { known, ..Self::default() };
    }

    fn error(&mut self, text: &str, rank: ErrorRank, time: i64, before: Cursor) {
        self.rebuild = None;
        let kind = kind_of(text);
        let is_new = self.known.add(kind);
        self.open.last = time;
        if self.open.kinds.len() < MAX_OPEN_KINDS && !self.open.kinds.contains(&kind) {
            self.open.kinds.push(kind);
        }
        let burst = self.burst.get_or_insert_with(|| Burst::new(NewsKind::Error, before, time));
        burst.error(text, rank, kind, is_new, time);
    }

    fn other_line(
        &mut self,
        text: &str,
        time: i64,
        before: Cursor,
        is_on_stderr: bool,
        was_quiet: bool,
    ) {
        if let Some(burst) = &mut self.burst {
            burst.other_line(text);
            // A rebuild that is reported with errors is none without them.
            if burst.has_errors() {
                return;
            }
        }
        let is_after_errors =
            !self.open.kinds.is_empty() && time.saturating_sub(self.open.last) > BURST_GAP;
        if is_after_errors && reports_rebuild(text) {
            self.rebuild = Some(Rebuild { at: before, time, line: text.trim().to_owned() });
        }
        if !is_on_stderr || text.trim().is_empty() {
            return;
        }
        let is_unusual = was_quiet
            && self.stderr.lines <= MAX_STDERR_LINES
            && !error_lines::has_low_level(text)
            && !reports_rebuild(text)
            && !begins_rebuild(text);
        self.stderr.lines += 1;
        let kind = kind_of(text);
        if is_unusual && self.known.add(kind) {
            self.burst = Some(Burst::unusual(text, kind, before, time));
        }
    }

    /// Ends the burst and confirms the rebuild, if their time is over.
    fn time_passed(&mut self, now: i64, is_quiet: bool, out: &mut Vec<Finding>) {
        let is_over = |burst: &Burst| is_quiet || now - burst.first_time() > MAX_BURST;
        if self.burst.as_ref().is_some_and(is_over) {
            self.end_burst(out);
        }
        let is_confirmed =
            |rebuild: &Rebuild| now < rebuild.time || now - rebuild.time > RECOVERY_QUIET;
        if self.rebuild.as_ref().is_some_and(is_confirmed) {
            self.recover(out);
        }
    }

    fn decide_all(&mut self, out: &mut Vec<Finding>) {
        self.end_burst(out);
        self.recover(out);
    }

    fn end_burst(&mut self, out: &mut Vec<Finding>) {
        let Some(burst) = self.burst.take() else { return };
        let ended = burst.end(&self.recent);
        // A summary alone adds nothing to messages that came before it.
        let is_news = ended.is_new || (ended.is_new_summary && !self.open.has_message);
        self.open.has_message |= ended.has_message;
        self.last_error = Some(ended.finding.clone());
        if is_news {
            self.open.is_reported |= ended.finding.kind == NewsKind::Error;
            out.push(ended.finding);
        }
    }

    fn recover(&mut self, out: &mut Vec<Finding>) {
        let Some(Rebuild { at, time, line }) = self.rebuild.take() else { return };
        let open = std::mem::take(&mut self.open);
        self.known.forget(&open.kinds);
        self.last_error.take_if(|last| last.time <= time);
        let kind = NewsKind::Recovery;
        let line = without_time(&line).chars().take(MAX_RECENT_LINE).collect();
        let recovery = Finding { kind, at, time, line, place: None, more: 0, cause: None };
        out.extend(open.is_reported.then_some(recovery));
    }

    fn remember(&mut self, line: Vec<u8>) {
        if line.len() > MAX_RECENT_LINE || self.burst.is_some() {
            return;
        }
        if self.recent.len() == MAX_RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(line);
    }
}

/// The plain text of a line, or of both ends of a long one.
fn bounded_text(bytes: &[u8]) -> String {
    if bytes.len() <= MAX_LINE {
        return text::plain(bytes);
    }
    let (head, tail) = (&bytes[..MAX_LINE / 2], &bytes[bytes.len() - MAX_LINE / 2..]);
    text::plain(&[head, b" ... ", tail].concat())
}

#[cfg(test)]
mod tests;
