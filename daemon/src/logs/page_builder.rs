//! [`PageBuilder`]: selects the lines of a page and formats them.
//!
//! It applies the pattern with its context, collapses repeated lines, cuts long ones in the
//! middle, and keeps the page within its number of lines and bytes.

use std::collections::VecDeque;

use persistproc_api::Time;
use persistproc_api::cursor::{Cursor, Offsets, Source};
use persistproc_api::output::{OutputPage, Row};

use super::lines::Line;
use super::page_query::{Escapes, MAX_PAGE_BYTES, PageQuery};
use super::text;

/// Which lines stay when there are more than fit on the page.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum KeptLines {
    Oldest,
    Newest,
}

/// The line between two groups of matches, as grep prints it.
const GROUP_SEPARATOR: &str = "--";

/// A single line may take this share of a bounded page, but never less than `MIN_LINE_BYTES`.
const MAX_LINE_SHARE: usize = 4;
const MIN_LINE_BYTES: usize = 80;

/// What a line takes of the page beside its text, and a row with its time and cursor: many short lines
/// take more memory than their text.
const LINE_OVERHEAD: usize = 40;
const ROW_OVERHEAD: usize = 160;

pub(super) struct PageBuilder<'a> {
    query: &'a PageQuery,
    kept: KeptLines,
    lines: VecDeque<PageLine>,
    /// What `lines` take: their text, and in a page of the largest size also their overhead.
    bytes: usize,
    /// Lines that were removed again to make room for newer ones.
    removed: u64,
    /// The last lines that don't match, kept as context of a match that may follow.
    context_before: VecDeque<PageLine>,
    /// How many of the next lines are context of the last match.
    context_after: usize,
    /// Lines were left out since the last one that is shown.
    has_gap: bool,
    at: LinePosition,
}

/// The position after a line.
#[derive(Clone, Copy, Default)]
struct LinePosition {
    run: u32,
    at: Offsets,
    /// The line's number in its run, from 1.
    number: u64,
}

/// A line of the page.
struct PageLine {
    source: Source,
    position: LinePosition,
    time: i64,
    text: String,
    /// How many consecutive equal lines it stands for.
    repeats: u64,
}

impl<'a> PageBuilder<'a> {
    pub(super) fn new(query: &'a PageQuery, kept: KeptLines) -> Self {
        Self {
            query,
            kept,
            lines: VecDeque::new(),
            bytes: 0,
            removed: 0,
            context_before: VecDeque::new(),
            context_after: 0,
            has_gap: false,
            at: LinePosition::default(),
        }
    }

    /// Continues after this cursor, which `lines` lines of its run precede.
    pub(super) fn move_to(&mut self, cursor: Cursor, lines: u64) {
        self.at = LinePosition { run: cursor.run, at: cursor.at, number: lines };
    }

    /// The same, with lines in between that are left out.
    pub(super) fn jump_to(&mut self, cursor: Cursor, lines: u64) {
        self.move_to(cursor, lines);
        self.context_before.clear();
        self.has_gap = true;
    }

    /// How many of the next lines are context of the last match.
    pub(super) fn missing_context(&self) -> u64 {
        self.context_after as u64
    }

    /// More lines than this do not fit on the page.
    pub(super) fn max_lines(&self) -> u64 {
        let smallest = self.overhead() as u64;
        self.query.max_lines().min(self.query.max_bytes as u64 / smallest + 1)
    }

    /// Counts lines that belong on the page and were left out to make room for newer ones.
    pub(super) fn count_removed(&mut self, lines: u64) {
        self.removed += lines;
    }

    /// Whether the page takes another line.
    pub(super) fn has_room(&self) -> bool {
        self.kept == KeptLines::Newest || !self.is_full()
    }

    /// Leaves a line out.
    pub(super) fn skip(&mut self, line: &Line) {
        *self.at.at.of_mut(line.source) = line.end;
        self.at.number += 1;
    }

    /// Whether the page has no room for another line.
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() as u64 >= self.query.max_lines() || self.bytes >= self.query.max_bytes
    }

    /// Takes a line or leaves it out. Returns `false`, and changes nothing, if the line belongs on
    /// the page but does not fit.
    pub(super) fn push(&mut self, line: &Line) -> bool {
        let is_match = self.query.grep.as_ref().is_none_or(|grep| {
            let text = text::plain(&line.bytes);
            grep.pattern.is_match(text.as_bytes())
        });
        self.push_known(line, is_match)
    }

    /// The same for a line of which is known whether it matches.
    pub(super) fn push_known(&mut self, line: &Line, is_match: bool) -> bool {
        let before = self.at;
        self.skip(line);
        let fits = self.select(line, is_match);
        if !fits {
            self.at = before;
        }
        fits
    }

    /// Adds the line if it matches or is context.
    fn select(&mut self, line: &Line, is_match: bool) -> bool {
        let context = self.query.grep.as_ref().map_or(0, |grep| grep.context);
        if !is_match && context == 0 {
            self.has_gap = true;
            return true;
        }
        let text = match self.query.escapes {
            Escapes::Removed => text::plain(&line.bytes),
            Escapes::Colours => text::coloured(&line.bytes),
            Escapes::All => text::raw(&line.bytes),
        };
        let page_line = PageLine {
            source: line.source,
            position: self.at,
            time: line.time,
            text: self.shorten(text),
            repeats: 1,
        };
        if is_match {
            self.context_after = context;
            self.add_group_separator(&page_line, context);
            while let Some(before) = self.context_before.pop_front() {
                self.add(before);
            }
            return self.add(page_line);
        }
        if self.context_after > 0 {
            self.context_after -= 1;
            return self.add(page_line);
        }
        self.context_before.push_back(page_line);
        if self.context_before.len() > context {
            self.context_before.pop_front();
            self.has_gap = true;
        }
        true
    }

    /// Separates the match from the group before, if lines between them were left out.
    fn add_group_separator(&mut self, matching: &PageLine, context: usize) {
        let has_gap = std::mem::take(&mut self.has_gap);
        // Rows need no separator: their numbers show the gap.
        if has_gap && context > 0 && !self.lines.is_empty() && !self.query.rows {
            self.add(PageLine {
                source: matching.source,
                position: matching.position,
                time: matching.time,
                text: GROUP_SEPARATOR.to_owned(),
                repeats: 1,
            });
        }
    }

    fn add(&mut self, line: PageLine) -> bool {
        if self.query.collapse
            && let Some(last) = self.lines.back_mut()
            && last.text == line.text
        {
            last.repeats += 1;
            last.time = line.time;
            last.position = line.position;
            return true;
        }
        let bytes = self.bytes + self.size_of(&line);
        if self.kept == KeptLines::Oldest && bytes > self.query.max_bytes && !self.lines.is_empty()
        {
            return false;
        }
        self.bytes = bytes;
        self.lines.push_back(line);
        while self.kept == KeptLines::Newest && self.is_over_limit() {
            let removed = self.lines.pop_front();
            self.bytes -= removed.map_or(0, |line| self.size_of(&line));
            self.removed += 1;
        }
        true
    }

    /// What a line takes of the page. A query for a number of bytes means bytes of text.
    fn size_of(&self, line: &PageLine) -> usize {
        line.text.len() + self.overhead()
    }

    fn overhead(&self) -> usize {
        match self.query.max_bytes {
            bytes if bytes < MAX_PAGE_BYTES => 1,
            _ if self.query.rows => ROW_OVERHEAD,
            _ => LINE_OVERHEAD,
        }
    }

    /// A single line always fits: [`Self::shorten`] has bounded it.
    fn is_over_limit(&self) -> bool {
        let lines = self.lines.len() as u64;
        lines > self.query.max_lines() || lines > 1 && self.bytes > self.query.max_bytes
    }

    /// Cuts a line in the middle if it would take too much of the page.
    fn shorten(&self, line: String) -> String {
        let max = (self.query.max_bytes / MAX_LINE_SHARE).max(MIN_LINE_BYTES);
        if self.query.max_bytes >= MAX_PAGE_BYTES || line.len() <= max {
            return line;
        }
        let mut head = max / 2;
        while !line.is_char_boundary(head) {
            head -= 1;
        }
        let mut tail = line.len() - max / 2;
        while !line.is_char_boundary(tail) {
            tail += 1;
        }
        format!("{} […{} bytes left out…] {}", &line[..head], tail - head, &line[tail..])
    }

    /// The page, and the cursor to continue from.
    pub(super) fn build(self, cursor: Cursor) -> OutputPage {
        let mut page = OutputPage {
            lines_before: self.removed,
            cursor: cursor.to_string(),
            run: cursor.run,
            truncated: self.removed > 0,
            ..OutputPage::default()
        };
        if self.query.rows {
            page.rows = Some(self.lines.into_iter().map(PageLine::into_row).collect());
        } else {
            let timestamps = self.query.timestamps;
            page.output = self.lines.into_iter().map(|line| line.into_text(timestamps)).collect();
        }
        page
    }
}

impl PageLine {
    fn into_text(self, timestamps: bool) -> String {
        if timestamps {
            format!("{} {}", Time::from_micros(self.time), self.with_repeats())
        } else {
            self.with_repeats()
        }
    }

    fn into_row(self) -> Row {
        let LinePosition { run, at, number } = self.position;
        Row {
            run,
            number: Some(number),
            stream: self.source.stream(),
            time: Time::from_micros(self.time),
            cursor: Cursor { run, at }.to_string(),
            line: self.with_repeats(),
        }
    }

    fn with_repeats(self) -> String {
        if self.repeats > 1 { format!("{} [{} times]", self.text, self.repeats) } else { self.text }
    }
}
