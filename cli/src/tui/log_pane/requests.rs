//! The requests of the pane for parts of the log, and the search.

use regex::Regex;

use super::{LogPane, LogSearch, LogSize, LogSource};
use crate::tui::log_request::{LinePosition, LogPart, LogRequest, SourcePosition};
use crate::tui::log_window::LogLine;

/// How many lines a request asks for.
const PART_LINES: usize = 400;

impl LogPane {
    /// Asks for the first lines of the latest run.
    pub(in crate::tui) fn first(&mut self) -> Option<LogRequest> {
        self.restart_reading();
        self.request(LogPart::First)
    }

    /// Searches from the screen: upwards while the newest lines are followed, else downwards.
    pub(in crate::tui) fn search(
        &mut self,
        pattern: String,
        regex: Option<Regex>,
        size: LogSize,
    ) -> Option<LogRequest> {
        let upwards = self.is_following();
        let from = (!upwards).then(|| self.visible(size).start);
        self.search = Some(LogSearch { pattern: pattern.clone(), regex, upwards, current: None });
        self.restart_reading();
        self.match_request(pattern, upwards, from)
    }

    /// Searches on from the current match, or from the screen. `reverse`: in the other direction.
    pub(in crate::tui) fn next_match(
        &mut self,
        reverse: bool,
        size: LogSize,
    ) -> Option<LogRequest> {
        let search = self.search.as_ref()?;
        let upwards = search.upwards != reverse;
        let visible = self.visible(size);
        let from = match self.current_match() {
            Some(current) => current,
            None if upwards => visible.start,
            None => visible.end.saturating_sub(1),
        };
        let pattern = search.pattern.clone();
        self.restart_reading();
        self.match_request(pattern, upwards, Some(from))
    }

    /// The index of the current match, if it is known.
    pub(in crate::tui) fn current_match(&self) -> Option<usize> {
        let current = self.search.as_ref()?.current?;
        self.lines.iter().position(|line| line.key() == current)
    }

    /// Whether the search is at this line.
    pub(in crate::tui) fn is_current_match(&self, line: &LogLine) -> bool {
        self.search.as_ref().and_then(|search| search.current) == Some(line.key())
    }

    /// The pattern that was searched for.
    pub(in crate::tui) fn pattern(&self) -> Option<&str> {
        self.search.as_ref().map(|search| search.pattern.as_str())
    }

    /// The matches that are marked.
    pub(in crate::tui) fn marked(&self) -> Option<&Regex> {
        self.search.as_ref()?.regex.as_ref()
    }

    /// Marks no matches any more. `false`: none were marked.
    pub(in crate::tui) fn clear_search(&mut self) -> bool {
        if self.search.take().is_none() {
            return false;
        }
        self.restart_reading();
        true
    }

    fn match_request(
        &mut self,
        pattern: String,
        upwards: bool,
        from: Option<usize>,
    ) -> Option<LogRequest> {
        let line = from.and_then(|at| self.lines.get(at).cloned());
        let mut request = self.request(LogPart::Match { pattern, upwards })?;
        for (index, source) in request.sources.iter_mut().enumerate() {
            let position = match &line {
                None => LinePosition::End,
                Some(line) if line.source == index => LinePosition::Line(line.row.clone()),
                Some(line) => LinePosition::Time(line.row.time),
            };
            source.first = position.clone();
            source.last = position;
        }
        Some(request)
    }

    /// A request for a part, unless another is under way.
    pub(super) fn request(&mut self, part: LogPart) -> Option<LogRequest> {
        if self.is_reading || self.sources.is_empty() {
            return None;
        }
        self.is_reading = true;
        let sources = self.sources.iter().enumerate();
        let sources = sources.map(|(index, source)| self.position(index, source)).collect();
        let generation = self.read_generation;
        Some(LogRequest { generation, sources, part, count: PART_LINES })
    }

    fn position(&self, index: usize, source: &LogSource) -> SourcePosition {
        let own = || self.lines.iter().filter(|line| line.source == index);
        let position = |own: Option<&LogLine>, any: Option<&LogLine>| match (own, any) {
            (Some(line), _) => LinePosition::Line(line.row.clone()),
            (None, Some(line)) => LinePosition::Time(line.row.time),
            (None, None) => LinePosition::End,
        };
        SourcePosition {
            id: source.id.clone(),
            run: source.run,
            first: position(own().next(), self.lines.first()),
            last: position(own().next_back(), self.lines.last()),
        }
    }
}
