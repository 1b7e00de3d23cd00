//! [`LogPane`]: the part of the log that is known, and the part of that which is on the screen. Pure.

mod requests;

use std::ops::Range;

use persistproc_api::{Process, Time};
use regex::Regex;
use unicode_width::UnicodeWidthStr;

use super::log_request::{FollowReport, FollowRequest, LogAnswer, LogPart, LogRequest, LogWindow};
use super::log_window::{LineKey, LogLine, Reading, SourcePart, merge};
use super::styled_text::StyledText;
use crate::render::line_time::LineTime;
use crate::render::name_column::{ColumnName, NameColumn};

/// The maximum number of lines in memory.
const MAX_LINES: usize = 4_000;

/// How many screens of newest lines are followed, and how many lines at least: the log may get more room.
const FOLLOWED_SCREENS: usize = 2;
const MIN_FOLLOWED_LINES: usize = 100;

/// How often reading is tried again that fails although the daemon answers.
const MAX_FAILURES: u32 = 3;

/// The width at which a name before a line is cut.
const MAX_NAME_WIDTH: usize = 16;

/// How far the view moves to the right and to the left.
const COLUMN_STEP: usize = 16;

/// The size of the part of the screen that shows the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LogSize {
    pub(super) width: usize,
    pub(super) height: usize,
}

/// The log of one process, or of several merged.
#[derive(Debug, Default)]
pub(super) struct LogPane {
    sources: Vec<LogSource>,
    names: NameColumn,
    /// Counts the requests to follow. What comes of older ones is discarded.
    follow_generation: u64,
    /// The same of requests for parts.
    read_generation: u64,
    /// The newest lines of each process, while they are followed.
    newest: Vec<SourcePart>,
    lines: Vec<LogLine>,
    /// The index of the first line on the screen. `None`: the newest lines are shown.
    top: Option<usize>,
    /// How many lines the view moves up once they are known.
    owed: usize,
    /// How often in a row the newest lines could not be read.
    failures: u32,
    has_more_above: bool,
    has_more_below: bool,
    is_reading: bool,
    /// How many columns of long lines are skipped.
    pub(super) left: usize,
    pub(super) wraps: bool,
    pub(super) times: Option<LineTime>,
    search: Option<LogSearch>,
}

/// A process whose log is shown.
#[derive(Debug)]
struct LogSource {
    id: String,
    run: u32,
    name: ColumnName,
    state: FollowState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FollowState {
    Reading,
    Complete,
    Failed,
}

/// A pattern, and the match that is shown.
#[derive(Debug)]
struct LogSearch {
    pattern: String,
    regex: Option<Regex>,
    /// The direction of the search.
    upwards: bool,
    current: Option<LineKey>,
}

impl LogPane {
    pub(super) fn new(has_colours: bool) -> Self {
        let names = NameColumn::new(Some(MAX_NAME_WIDTH), has_colours);
        Self { names, ..Self::default() }
    }

    /// Shows the logs of these processes. Those that are shown already stay as they are, unless a run
    /// has begun or the daemon was replaced.
    pub(super) fn show(&mut self, processes: &[&Process], size: LogSize) -> Option<FollowRequest> {
        let is_same = self.sources.len() == processes.len()
            && self.sources.iter().zip(processes).all(|(source, process)| source.id == process.id);
        if !is_same {
            self.names = self.names.emptied();
            let source = |process: &&Process| LogSource {
                id: process.id.clone(),
                run: process.run,
                name: self.names.add(process),
                state: FollowState::Reading,
            };
            self.sources = processes.iter().map(source).collect();
            self.left = 0;
            self.lines.clear();
            if let Some(search) = &mut self.search {
                search.current = None;
            }
            return Some(self.follow(size));
        }
        let mut is_old = false;
        for (source, process) in self.sources.iter_mut().zip(processes) {
            is_old |= match source.state {
                FollowState::Reading => false,
                FollowState::Complete => process.status.is_alive() || source.run != process.run,
                FollowState::Failed => true,
            };
            source.run = process.run;
        }
        (is_old && self.top.is_none()).then(|| self.follow(size))
    }

    /// Shows the newest lines from now on.
    pub(super) fn follow(&mut self, size: LogSize) -> FollowRequest {
        self.restart_reading();
        self.follow_generation += 1;
        self.top = None;
        self.newest = vec![SourcePart::default(); self.sources.len()];
        for source in &mut self.sources {
            source.state = FollowState::Reading;
        }
        FollowRequest {
            generation: self.follow_generation,
            ids: self.sources.iter().map(|source| source.id.clone()).collect(),
            count: (size.height * FOLLOWED_SCREENS).max(MIN_FOLLOWED_LINES),
        }
    }

    /// Gives up the request for a part.
    fn restart_reading(&mut self) {
        self.read_generation += 1;
        self.is_reading = false;
        self.owed = 0;
    }

    /// Takes what a follower reports. Of an older request, nothing. Returns a request if reading is to
    /// be tried again.
    pub(super) fn followed(
        &mut self,
        generation: u64,
        source: usize,
        report: FollowReport,
        size: LogSize,
    ) -> Option<FollowRequest> {
        if generation != self.follow_generation || source >= self.sources.len() {
            return None;
        }
        match report {
            FollowReport::Newest(part) => {
                if let Some(newest) = self.newest.get_mut(source) {
                    *newest = part;
                }
                if self.top.is_none() {
                    (self.lines, self.has_more_above) =
                        merge(self.newest.clone(), Reading::Upwards);
                    self.has_more_below = false;
                }
                self.failures = 0;
            }
            FollowReport::Complete => self.sources[source].state = FollowState::Complete,
            FollowReport::Failed => self.sources[source].state = FollowState::Failed,
            FollowReport::Reachable => {
                self.failures += 1;
                let is_worth_it = self.top.is_none() && self.failures <= MAX_FAILURES;
                return is_worth_it.then(|| self.follow(size));
            }
        }
        None
    }

    #[cfg(test)]
    pub(super) fn follow_generation(&self) -> u64 {
        self.follow_generation
    }

    #[cfg(test)]
    pub(super) fn read_generation(&self) -> u64 {
        self.read_generation
    }

    /// Whether the answer to a request for a part is missing.
    pub(super) fn is_reading(&self) -> bool {
        self.is_reading
    }

    pub(super) fn is_following(&self) -> bool {
        self.top.is_none()
    }

    /// Moves the view up.
    pub(super) fn scroll_up(&mut self, count: usize, size: LogSize) -> Option<LogRequest> {
        let top = self.top.unwrap_or_else(|| self.last_top(size));
        self.top = Some(top.saturating_sub(count));
        if self.has_more_above {
            self.owed += count.saturating_sub(top);
        }
        let is_near_end = self.top < Some(size.height);
        (is_near_end && self.has_more_above).then(|| self.request(LogPart::Above)).flatten()
    }

    /// Moves the view down. At the end of the log, the newest lines are followed again.
    pub(super) fn scroll_down(&mut self, count: usize, size: LogSize) -> ScrollDown {
        let Some(top) = self.top else { return ScrollDown::Nothing };
        let last_top = self.last_top(size);
        self.owed = 0;
        self.top = Some((top + count).min(last_top));
        if top + count >= last_top && !self.has_more_below {
            return ScrollDown::Follow(self.follow(size));
        }
        let is_near_end = top + count + size.height >= last_top;
        let request = (is_near_end && self.has_more_below).then(|| self.request(LogPart::Below));
        request.flatten().map_or(ScrollDown::Nothing, ScrollDown::Read)
    }

    /// Takes an answer. Returns a text for the user, if there is something to say.
    pub(super) fn answered(
        &mut self,
        generation: u64,
        answer: LogAnswer,
        size: LogSize,
    ) -> Option<&'static str> {
        if generation != self.read_generation {
            return None;
        }
        self.is_reading = false;
        match answer {
            LogAnswer::Above { lines, has_more } => {
                // Without lines, those above were dropped.
                self.has_more_above = has_more && !lines.is_empty();
                let owed = std::mem::take(&mut self.owed);
                let top = self.top.unwrap_or_default() + lines.len();
                self.top = Some(top.saturating_sub(owed));
                self.lines.splice(0..0, lines);
                if self.lines.len() > MAX_LINES {
                    self.lines.truncate(MAX_LINES);
                    self.has_more_below = true;
                }
                None
            }
            LogAnswer::Below { lines, has_more } => {
                self.has_more_below = has_more;
                self.lines.extend(lines);
                let surplus = self.lines.len().saturating_sub(MAX_LINES);
                if surplus > 0 {
                    self.lines.drain(..surplus);
                    self.top = self.top.map(|top| top.saturating_sub(surplus));
                    self.has_more_above = true;
                }
                None
            }
            LogAnswer::Window(window) => self.take_window(window, size),
            LogAnswer::NoMatch => Some("No line matches."),
        }
    }

    fn take_window(&mut self, window: LogWindow, size: LogSize) -> Option<&'static str> {
        self.lines = window.lines;
        self.has_more_above = window.has_more_above;
        self.has_more_below = window.has_more_below;
        self.top = Some(0);
        let found = window.found?;
        if let Some(search) = &mut self.search {
            search.current = Some(found);
        }
        let at = self.current_match().unwrap_or_default();
        self.top = Some(at.saturating_sub(size.height / 3).min(self.last_top(size)));
        window.has_wrapped.then_some("The search went on from the other end of the log.")
    }

    /// A request has failed. `false`: it was an older one.
    pub(super) fn read_failed(&mut self, generation: u64) -> bool {
        if generation != self.read_generation {
            return false;
        }
        self.is_reading = false;
        self.owed = 0;
        true
    }

    pub(super) fn lines(&self) -> &[LogLine] {
        &self.lines
    }

    /// The indexes of the lines on the screen.
    pub(super) fn visible(&self, size: LogSize) -> Range<usize> {
        let start = self.top.unwrap_or_else(|| self.last_top(size)).min(self.lines.len());
        let mut end = start;
        let mut height = 0;
        while end < self.lines.len() && height < size.height {
            height += self.height(&self.lines[end], size.width);
            end += 1;
        }
        start..end
    }

    /// The first line on the screen if the last line of all is on it.
    fn last_top(&self, size: LogSize) -> usize {
        let mut top = self.lines.len();
        let mut height = 0;
        while top > 0 {
            height += self.height(&self.lines[top - 1], size.width);
            if height > size.height {
                // A line that is higher than the screen is shown from its beginning.
                return top.min(self.lines.len() - 1);
            }
            top -= 1;
        }
        top
    }

    /// How many rows of the screen a line takes.
    fn height(&self, line: &LogLine, width: usize) -> usize {
        if !self.wraps || line.is_heading {
            return 1;
        }
        let width = width.saturating_sub(self.prefix_width(line)).max(1);
        StyledText::parse(&line.row.line).wrapped(width).len()
    }

    /// What stands before a line: the name of its process if there are several, and its time.
    pub(super) fn prefix(&self, line: &LogLine) -> String {
        let mut prefix = String::new();
        if self.sources.len() > 1
            && let Some(source) = self.sources.get(line.source)
        {
            prefix = self.names.cell(&source.name) + " ";
        }
        if let Some(times) = &self.times {
            prefix += &times.text(line.row.time);
            prefix += " ";
        }
        prefix
    }

    fn prefix_width(&self, line: &LogLine) -> usize {
        StyledText::parse(&self.prefix(line)).plain().width()
    }

    /// Moves the view of long lines.
    pub(super) fn move_right(&mut self, is_right: bool) {
        self.left =
            if is_right { self.left + COLUMN_STEP } else { self.left.saturating_sub(COLUMN_STEP) };
    }

    /// The names of the processes.
    pub(super) fn names(&self) -> Vec<&str> {
        self.sources.iter().map(|source| source.name.text()).collect()
    }

    /// The run and the number of the first line on the screen, if it is not one of the newest.
    pub(super) fn place(&self) -> Option<(Option<u64>, Time)> {
        let line = self.lines.get(self.top?)?;
        let number = (self.sources.len() == 1).then_some(line.row.number).flatten();
        Some((number, line.row.time))
    }

    /// The match, or the lines on the screen, as plain text.
    pub(super) fn text_to_copy(&self, size: LogSize) -> String {
        let visible = self.visible(size);
        let current = self.current_match().filter(|at| visible.contains(at));
        let lines = match current {
            Some(at) => at..at + 1,
            None => visible,
        };
        let texts = self.lines[lines].iter().filter(|line| !line.is_heading);
        let texts = texts.map(|line| StyledText::parse(&line.row.line).plain() + "\n");
        texts.collect()
    }
}

/// What follows from a move to the end of the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ScrollDown {
    Nothing,
    Follow(FollowRequest),
    Read(LogRequest),
}
