//! [`LogReader`]: reads parts of the logs of processes from the daemon, by cursor and time. It never
//! reads a log as a whole.

use persistproc_api::client::{CancelHandle, Client};
use persistproc_api::cursor::Cursor;
use persistproc_api::output::{Lines, OutputPage, OutputQuery, Row};
use persistproc_api::{ErrorCode, Problem, Target, Time};

use super::log_request::{LinePosition, LogAnswer, LogPart, LogRequest, LogWindow, SourcePosition};
use super::log_window::{LogLine, Reading, SourcePart, lines_of, merge};

/// The maximum size of a page. The daemon shortens long lines to keep it.
const MAX_PAGE_BYTES: u64 = 512 << 10;

/// Times are sent with milliseconds.
const TIME_STEP_MICROS: i64 = 1_000;

/// By how much a page grows that has only lines of the same millisecond.
const GROWTH: usize = 4;

/// Reads logs. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct LogReader {
    client: Client,
    cancel: CancelHandle,
    /// Whether lines keep their colours.
    colours: bool,
}

impl LogReader {
    pub(super) fn new(client: Client, colours: bool) -> Self {
        Self { client, cancel: CancelHandle::default(), colours }
    }

    /// The same reader, whose requests can be cancelled.
    pub(super) fn cancelled_by(&self, cancel: CancelHandle) -> Self {
        let client = self.client.cancelled_by(cancel.clone());
        Self { client, cancel, ..self.clone() }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    /// Answers a request.
    pub(super) fn read(&self, request: &LogRequest) -> Result<LogAnswer, Problem> {
        let count = request.count;
        match &request.part {
            LogPart::Above => {
                let parts = self.parts(request, |source| self.above(source, None, count))?;
                let (lines, has_more) = merge(parts, Reading::Upwards);
                Ok(LogAnswer::Above { lines, has_more })
            }
            LogPart::Below => {
                let parts = self.parts(request, |source| self.below(source, count))?;
                let (lines, has_more) = merge(parts, Reading::Downwards);
                Ok(LogAnswer::Below { lines, has_more })
            }
            LogPart::First => {
                let parts = self.parts(request, |source| {
                    let start = Cursor::start_of(source.run).to_string();
                    self.after(source, start, None, count)
                })?;
                let (lines, has_more_below) = merge(parts, Reading::Downwards);
                let has_more_above = request.sources.iter().any(|source| source.run > 1);
                let window =
                    LogWindow { lines, has_more_above, has_more_below, ..LogWindow::default() };
                Ok(LogAnswer::Window(window))
            }
            LogPart::Match { pattern, upwards } => self.find(request, pattern, *upwards),
        }
    }

    /// The newest lines of a process, and the cursor after them. Lines of earlier runs come first, if the
    /// latest has only few.
    pub(super) fn newest(
        &self,
        id: &str,
        source: usize,
        count: usize,
    ) -> Result<(SourcePart, String), Problem> {
        let query = OutputQuery { lines: Lines::AtMost(count as u64), ..self.query(None) };
        let page = self.client.output(&Target::from_id(id), &query)?;
        let (run, cursor) = (page.run, page.cursor.clone());
        let mut part = Rows::of(page);
        if part.rows.len() < count && run > 1 && !part.is_cut() {
            let end = SourcePosition {
                id: id.to_owned(),
                run: run - 1,
                first: LinePosition::End,
                last: LinePosition::End,
            };
            part.put_before(self.above(&end, None, count - part.rows.len())?);
        }
        Ok((part.into_part(source), cursor))
    }

    fn parts(
        &self,
        request: &LogRequest,
        read: impl Fn(&SourcePosition) -> Result<Rows, Problem>,
    ) -> Result<Vec<SourcePart>, Problem> {
        let sources = request.sources.iter().enumerate();
        sources.map(|(index, source)| Ok(read(source)?.into_part(index))).collect()
    }

    /// The last lines above the first position of a process, also of earlier runs.
    fn above(
        &self,
        source: &SourcePosition,
        pattern: Option<&str>,
        count: usize,
    ) -> Result<Rows, Problem> {
        let limit = &source.first;
        let mut found = Rows::default();
        let mut run = match limit {
            LinePosition::Line(row) => row.run,
            _ => source.run,
        };
        while run > 0 && found.rows.len() < count {
            let wanted = count - found.rows.len();
            match self.above_in_run(source, run, pattern, wanted) {
                Ok(rows) => {
                    let is_cut = pattern.is_none() && rows.is_cut();
                    found.put_before(rows);
                    if is_cut {
                        return Ok(found);
                    }
                }
                // The log of this run was dropped, and so were those before it.
                Err(problem) if problem.code == ErrorCode::NotFound => {
                    return Ok(Rows { has_more: false, ..found });
                }
                Err(problem) => return Err(problem),
            }
            run -= 1;
        }
        found.has_more |= run > 0;
        Ok(found)
    }

    /// A page is limited by a time, which several lines may have: it grows until it has lines before
    /// these.
    fn above_in_run(
        &self,
        source: &SourcePosition,
        run: u32,
        pattern: Option<&str>,
        wanted: usize,
    ) -> Result<Rows, Problem> {
        let before = match &source.first {
            LinePosition::End => None,
            LinePosition::Line(row) => Some(row.time),
            LinePosition::Time(time) => Some(*time),
        };
        let mut lines = wanted;
        loop {
            let query = OutputQuery {
                run: Some(run),
                before: before.map(|time| after_millisecond(time).to_string()),
                lines: Lines::AtMost(lines as u64),
                ..self.query(pattern)
            };
            let page = self.client.output(&Target::from_id(&source.id), &query)?;
            let mut rows = Rows::of(page);
            let length = rows.rows.len();
            rows.rows.retain(|row| is_above(row, &source.first));
            if rows.rows.len() >= wanted || length < lines {
                let surplus = rows.rows.len().saturating_sub(wanted);
                rows.rows.drain(..surplus);
                rows.has_more |= surplus > 0;
                return Ok(rows);
            }
            lines *= GROWTH;
        }
    }

    /// The first lines below the last position of a process.
    fn below(&self, source: &SourcePosition, count: usize) -> Result<Rows, Problem> {
        let cursor = self.cursor_after(source)?;
        self.after(source, cursor, None, count)
    }

    /// The cursor of the last position of a process.
    fn cursor_after(&self, source: &SourcePosition) -> Result<String, Problem> {
        let first = match &source.last {
            LinePosition::Line(row) => return Ok(row.cursor.clone()),
            LinePosition::Time(time) => LinePosition::Time(step(*time, -TIME_STEP_MICROS)),
            LinePosition::End => LinePosition::End,
        };
        let before = self.above(&SourcePosition { first, ..source.clone() }, None, 1)?;
        let start = || Cursor::start_of(source.run).to_string();
        Ok(before.rows.last().map_or_else(start, |row| row.cursor.clone()))
    }

    fn after(
        &self,
        source: &SourcePosition,
        cursor: String,
        pattern: Option<&str>,
        count: usize,
    ) -> Result<Rows, Problem> {
        let query = OutputQuery {
            after: Some(cursor),
            lines: Lines::AtMost(count as u64),
            ..self.query(pattern)
        };
        let page = self.client.output(&Target::from_id(&source.id), &query)?;
        let has_more = page.lines_after > 0;
        Ok(Rows { has_more, ..Rows::of(page) })
    }

    /// The lines around the next match, or around the last one from the other end.
    fn find(
        &self,
        request: &LogRequest,
        pattern: &str,
        upwards: bool,
    ) -> Result<LogAnswer, Problem> {
        let mut has_wrapped = false;
        let mut found = self.next_match(request, pattern, upwards)?;
        if found.is_none() {
            has_wrapped = true;
            let ends = at_other_end(request, upwards);
            found = self.next_match(&ends, pattern, upwards)?;
        }
        let Some(found) = found else { return Ok(LogAnswer::NoMatch) };
        let around = around(request, &found);
        let count = request.count;
        let above = self.parts(&around, |source| self.above(source, None, count))?;
        let below = self.parts(&around, |source| self.below(source, count))?;
        let (mut lines, has_more_above) = merge(above, Reading::Upwards);
        let (below, has_more_below) = merge(below, Reading::Downwards);
        let found_key = Some(found.key());
        lines.extend(lines_of(found.source, vec![found.row]));
        lines.extend(below);
        let found = found_key;
        let window = LogWindow { lines, has_more_above, has_more_below, found, has_wrapped };
        Ok(LogAnswer::Window(window))
    }

    /// The nearest match of all processes.
    fn next_match(
        &self,
        request: &LogRequest,
        pattern: &str,
        upwards: bool,
    ) -> Result<Option<LogLine>, Problem> {
        let parts = self.parts(request, |source| {
            if upwards {
                self.above(source, Some(pattern), 1)
            } else {
                self.after(source, self.cursor_after(source)?, Some(pattern), 1)
            }
        })?;
        let matches = parts.into_iter().flat_map(|part| part.lines);
        let matches = matches.filter(|line| !line.is_heading);
        Ok(if upwards {
            matches.max_by_key(LogLine::key)
        } else {
            matches.min_by_key(LogLine::key)
        })
    }

    fn query(&self, pattern: Option<&str>) -> OutputQuery {
        OutputQuery {
            grep: pattern.map(str::to_owned),
            bytes: Some(MAX_PAGE_BYTES),
            color: self.colours,
            as_rows: true,
            ..OutputQuery::default()
        }
    }
}

/// Rows of one process.
#[derive(Debug, Default)]
struct Rows {
    rows: Vec<Row>,
    has_more: bool,
}

impl Rows {
    /// The rows of a page, and whether the run has more before them.
    fn of(page: OutputPage) -> Self {
        let rows = Self { rows: page.rows.unwrap_or_default(), has_more: page.run > 1 };
        Self { has_more: rows.has_more || rows.is_cut(), ..rows }
    }

    /// Whether lines of the run come before these: the page had no room for more.
    fn is_cut(&self) -> bool {
        self.rows.first().and_then(|row| row.number).is_some_and(|number| number > 1)
    }

    fn put_before(&mut self, mut earlier: Self) {
        earlier.rows.append(&mut self.rows);
        *self = earlier;
    }

    fn into_part(self, source: usize) -> SourcePart {
        SourcePart { lines: lines_of(source, self.rows), has_more: self.has_more }
    }
}

/// The end of the millisecond of a time.
fn after_millisecond(time: Time) -> Time {
    Time::from_micros((time.micros() / TIME_STEP_MICROS + 1) * TIME_STEP_MICROS)
}

/// Whether a row comes before a position.
fn is_above(row: &Row, limit: &LinePosition) -> bool {
    match limit {
        LinePosition::End => true,
        LinePosition::Line(line) => (row.run, row.number) < (line.run, line.number),
        LinePosition::Time(time) => row.time <= *time,
    }
}

/// The positions from which a search goes on that has reached the end.
fn at_other_end(request: &LogRequest, upwards: bool) -> LogRequest {
    let mut request = request.clone();
    for source in &mut request.sources {
        if upwards {
            source.first = LinePosition::End;
        } else {
            source.last = LinePosition::Time(Time::from_micros(0));
        }
    }
    request
}

/// The positions around a line.
fn around(request: &LogRequest, line: &LogLine) -> LogRequest {
    let mut request = request.clone();
    for (index, source) in request.sources.iter_mut().enumerate() {
        let position = if index == line.source {
            LinePosition::Line(line.row.clone())
        } else {
            LinePosition::Time(line.row.time)
        };
        // Lines of other processes at the same time come before it, so none of them is lost.
        source.last = match &position {
            LinePosition::Time(time) => LinePosition::Time(step(*time, TIME_STEP_MICROS)),
            other => other.clone(),
        };
        source.first = position;
    }
    request
}

fn step(time: Time, micros: i64) -> Time {
    Time::from_micros(time.micros() + micros)
}
