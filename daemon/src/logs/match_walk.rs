//! [`MatchWalk`]: fills a page with the lines that match and their context. It goes from match to match
//! and reads no lines in between.

use std::io;

use persistproc_api::cursor::{Cursor, Source};

use super::cursors::cursor_at_line_start;
use super::line_reader::LineReader;
use super::log::Log;
use super::matches::Matches;
use super::page_builder::PageBuilder;
use super::page_query::PageQuery;

/// The number of lines that take less time to read than the look-up of the next position.
const NEAR_LINES: u64 = 16;

/// A way through the finished lines of one log.
pub(super) struct MatchWalk<'a> {
    log: &'a Log,
    run: u32,
    query: &'a PageQuery,
    matches: Matches<'a>,
    reader: LineReader,
    /// How many lines of the stream the reader has behind it.
    at: u64,
    /// Bytes that were dropped before a reader that was replaced could read them.
    dropped: u64,
}

/// The lines to look at, by their numbers: after `first`, up to and with `until`.
#[derive(Clone, Copy)]
pub(super) struct LineRange {
    pub(super) first: u64,
    pub(super) until: u64,
}

impl<'a> MatchWalk<'a> {
    /// A walk from a cursor that `at` lines precede. `None` if all lines have to be looked at: there is
    /// no pattern, lines have notes, or the cursor is no place between two lines.
    pub(super) fn new(
        log: &'a Log,
        query: &'a PageQuery,
        cursor: Cursor,
        at: u64,
    ) -> io::Result<Option<Self>> {
        let Some(grep) = &query.grep else { return Ok(None) };
        let Some(matches) = Matches::new(log, cursor.run, query.stream, &grep.pattern)? else {
            return Ok(None);
        };
        let start = log.start()?.offsets();
        let position = log.position_after_line(query.stream, at)?;
        let expected = log.line_starts(position)?;
        let is_between_lines = Source::all_in(query.stream)
            .all(|source| cursor.at.of(source).max(start.of(source)) == expected.of(source));
        let reader = LineReader::new(query.stream, cursor);
        let walk = Self { log, run: cursor.run, query, matches, reader, at, dropped: 0 };
        Ok(is_between_lines.then_some(walk))
    }

    /// Adds the newest matches, as many as the page holds. Older ones are only counted, unless the
    /// page depends on them.
    pub(super) fn push_newest(
        &mut self,
        range: LineRange,
        builder: &mut PageBuilder<'_>,
    ) -> io::Result<()> {
        let has_independent_lines = self.context() == 0 && !self.query.collapse;
        if !has_independent_lines {
            return self.push_oldest(range, builder);
        }
        let mut kept = Vec::new();
        let mut kept_count = 0;
        let mut older = 0;
        for segment in self.log.newest_first() {
            let numbers = range.of(self.matches.in_segment(segment?)?);
            if kept_count < builder.max_lines() {
                kept_count += numbers.len() as u64;
                kept.push(numbers);
            } else {
                older += numbers.len() as u64;
            }
        }
        builder.count_removed(older);
        for number in kept.into_iter().rev().flatten() {
            self.push_match(number, range.first, builder)?;
        }
        self.finish(range.until, builder)
    }

    /// Adds the oldest matches, until the page is full.
    pub(super) fn push_oldest(
        &mut self,
        range: LineRange,
        builder: &mut PageBuilder<'_>,
    ) -> io::Result<()> {
        // The reader finds out what was dropped.
        self.reader.peek(self.log)?;
        for segment in self.log.oldest_first() {
            let segment = segment?;
            let stream = self.query.stream;
            if segment.end().lines(stream) <= range.first {
                continue;
            }
            if segment.base().lines(stream) >= range.until {
                break;
            }
            for number in range.of(self.matches.in_segment(segment)?) {
                if !self.push_match(number, range.first, builder)? {
                    return Ok(());
                }
            }
        }
        self.finish(range.until, builder)
    }

    /// The reader behind the last line, and how many bytes were dropped before it.
    pub(super) fn into_reader(self) -> (LineReader, u64) {
        (self.reader, self.dropped)
    }

    fn context(&self) -> u64 {
        self.query.grep.as_ref().map_or(0, |grep| grep.context as u64)
    }

    /// Adds the line of this number, which matches, with the lines around it. Returns `false` if the page
    /// is full.
    fn push_match(
        &mut self,
        number: u64,
        first: u64,
        builder: &mut PageBuilder<'_>,
    ) -> io::Result<bool> {
        let context_start = (number - 1).saturating_sub(self.context()).max(first);
        let context_end = self.at + builder.missing_context();
        if context_start > context_end + NEAR_LINES {
            if !self.push_until(context_end, builder)? {
                return Ok(false);
            }
            self.jump(context_start, builder)?;
        }
        Ok(self.push_until(number - 1, builder)? && self.push_line(true, builder)?)
    }

    /// Adds the context after the last match, and goes on behind this line.
    fn finish(&mut self, until: u64, builder: &mut PageBuilder<'_>) -> io::Result<()> {
        let context_end = (self.at + builder.missing_context()).min(until);
        if !self.push_until(context_end, builder)? {
            return Ok(());
        }
        // An unfinished line that follows may match.
        let context_start = until.saturating_sub(self.context());
        if context_start > self.at + NEAR_LINES && builder.has_room() {
            self.jump(context_start, builder)?;
        }
        self.push_until(until, builder)?;
        Ok(())
    }

    /// Adds lines that do not match, up to and with this number.
    fn push_until(&mut self, number: u64, builder: &mut PageBuilder<'_>) -> io::Result<bool> {
        while self.at < number {
            if !self.push_line(false, builder)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Adds the next line. Returns `false` if the page is full or the log has ended.
    fn push_line(&mut self, is_match: bool, builder: &mut PageBuilder<'_>) -> io::Result<bool> {
        if !builder.has_room() {
            return Ok(false);
        }
        let Some(line) = self.reader.peek(self.log)? else { return Ok(false) };
        if !builder.push_known(line, is_match) {
            return Ok(false);
        }
        self.reader.next(self.log)?;
        self.at += 1;
        Ok(true)
    }

    /// Goes on behind the line of this number.
    fn jump(&mut self, number: u64, builder: &mut PageBuilder<'_>) -> io::Result<()> {
        let position = self.log.position_after_line(self.query.stream, number)?;
        let cursor = cursor_at_line_start(self.log, self.run, position)?;
        self.dropped += self.reader.dropped();
        self.reader = LineReader::new(self.query.stream, cursor);
        self.at = number;
        builder.jump_to(cursor, number);
        Ok(())
    }
}

impl LineRange {
    /// The numbers in the range.
    fn of(self, mut numbers: Vec<u64>) -> Vec<u64> {
        numbers.retain(|number| *number > self.first && *number <= self.until);
        numbers
    }
}
