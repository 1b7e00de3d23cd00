//! Pages: the [`last`] lines of a run, the lines [`from_line`] on, or the first lines [`after`] a cursor.
//!
//! A page also says how many lines come before and after it, how much the log limit dropped, and
//! with which cursor to continue.

use std::io;
use std::path::{Path, PathBuf};

use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::output::{OutputPage, Stream};

use super::cursors::{cursor_at_line_start, lines_after, lines_before};
use super::line_reader::LineReader;
use super::log::Log;
use super::match_walk::{LineRange, MatchWalk};
use super::page_builder::{KeptLines, PageBuilder};
use super::page_query::PageQuery;
use super::position::Position;

/// The last lines of a run.
pub fn last(folder: &Path, run: u32, query: &PageQuery) -> io::Result<OutputPage> {
    let log = Log::open(folder)?;
    let stream = query.stream;
    let range = LastLines::find(&log, query)?;
    let finished = range.log_end.lines(stream);
    let position = log.position_after_line(stream, range.first.min(finished))?;
    let start = cursor_at_line_start(&log, run, position)?;
    query.budget.check(bytes_between(start, range.limit))?;

    let mut builder = PageBuilder::new(query, KeptLines::Newest);
    builder.move_to(start, range.first.min(finished));
    let mut reader = LineReader::new(stream, start);
    let mut next = range.first;
    if let Some(mut walk) = MatchWalk::new(&log, query, start, range.first)? {
        let until = range.limit.lines(stream).max(range.first);
        walk.push_newest(LineRange { first: range.first, until }, &mut builder)?;
        (reader, _) = walk.into_reader();
        next = until;
    }
    // Of two unfinished lines only the later one may be wanted.
    for _ in finished..range.first {
        if let Some(line) = reader.next(&log)? {
            builder.skip(&line);
        }
    }
    let mut taken = 0;
    for _ in next..range.until {
        let Some(line) = reader.next(&log)? else { break };
        // The first unfinished line can be older than `since`, although the finished ones aren't.
        if query.is_before_since(line.time) {
            builder.skip(&line);
        } else {
            builder.push(&line);
            taken += 1;
        }
    }

    let cursor = if range.limit == range.log_end {
        Cursor { run, at: range.log_end.offsets() }
    } else {
        cursor_at_line_start(&log, run, range.limit)?
    };
    let mut page = builder.build(cursor);
    if query.grep.is_none() {
        page.lines_before += range.until - taken;
    }
    page.lines_after = (finished + range.unfinished).saturating_sub(range.until);
    add_dropped(&mut page, &log, query)?;
    Ok(page)
}

/// Which lines [`last`] reads, by their numbers. The unfinished lines come after all others.
struct LastLines {
    first: u64,
    until: u64,
    /// Where the lines end: at the end of the log, or before the time `before`.
    limit: Position,
    log_end: Position,
    /// How many unfinished lines the log has.
    unfinished: u64,
}

impl LastLines {
    fn find(log: &Log, query: &PageQuery) -> io::Result<Self> {
        let stream = query.stream;
        let log_end = log.end()?;
        let unfinished = unfinished_line_times(log, stream)?;
        let limit = match query.before {
            Some(time) => log.position_at(time)?,
            None => log_end,
        };
        let since = match query.since {
            Some(time) => log.position_at(time)?,
            None => log.start()?,
        };
        // Unfinished lines belong to the end of the log, and to no other limit.
        let at_end: &[i64] = if limit == log_end { &unfinished } else { &[] };
        let too_old = at_end.iter().filter(|time| query.is_before_since(**time)).count() as u64;
        let until = limit.lines(stream) + at_end.len() as u64;
        let oldest = since.lines(stream);
        let first = match (&query.grep, query.max_lines()) {
            // With a pattern, any line may match. Without one, lines are found by number.
            (Some(_), _) => oldest,
            (None, 0) => until,
            (None, max) => (until - too_old).saturating_sub(max).max(oldest),
        };
        let unfinished = unfinished.len() as u64;
        Ok(Self { first: first.min(until), until, limit, log_end, unfinished })
    }
}

/// When the last byte of each unfinished line was read.
fn unfinished_line_times(log: &Log, stream: Stream) -> io::Result<Vec<i64>> {
    let mut times = Vec::new();
    for source in Source::all_in(stream) {
        if !log.ends_in_line(source)? {
            continue;
        }
        let own = source.stream();
        let end = log.end()?.bytes(own);
        let last_read = log.first_read_where(|entry| entry.end.bytes(own) >= end)?;
        if let Some((segment, number)) = last_read {
            times.push(segment.entry(number)?.time);
        }
    }
    Ok(times)
}

/// Reports how much of the output that a page of last lines covers was dropped by the log limit.
fn add_dropped(page: &mut OutputPage, log: &Log, query: &PageQuery) -> io::Result<()> {
    let start = log.start()?;
    // Dropped output that is older than `since` was not asked for.
    let was_wanted = log.base_entry()?.is_some_and(|base| !query.is_before_since(base.time));
    if was_wanted {
        page.dropped_bytes = start.bytes(query.stream);
        page.dropped_lines = Some(start.lines(query.stream));
    } else {
        page.dropped_bytes = 0;
        page.dropped_lines = Some(0);
    }
    let starts_with_log = page.dropped_bytes > 0 && page.lines_before <= start.lines(query.stream);
    page.note = last_lines_note(page, starts_with_log);
    let shown = page.rows.as_ref().map_or(page.output.len(), Vec::len);
    page.truncated |= starts_with_log && (shown as u64) < query.max_lines();
    Ok(())
}

/// The first lines of a run from the line with this number on. The unfinished lines come after all
/// others.
pub fn from_line(log: &Log, run: u32, number: u64, query: &PageQuery) -> io::Result<OutputPage> {
    let stream = query.stream;
    let start = log.start()?.lines(stream);
    let end = log.end()?;
    let first = number.saturating_sub(1).max(start);
    let mut before = first.min(end.lines(stream));
    let position = log.position_after_line(stream, before)?;
    let mut cursor = cursor_at_line_start(log, run, position)?;
    // With a pattern, the lines of the page may be anywhere up to the end.
    let until = match (&query.grep, before.saturating_add(query.max_lines())) {
        (None, until) if until < end.lines(stream) => log.position_after_line(stream, until)?,
        _ => end,
    };
    query.budget.check(bytes_between(cursor, until))?;
    let mut reader = LineReader::new(stream, cursor);
    while before < first && reader.next(log)?.is_some() {
        before += 1;
    }
    if before > end.lines(stream) {
        cursor = reader.cursor(run);
    }

    let mut builder = PageBuilder::new(query, KeptLines::Oldest);
    builder.move_to(cursor, before);
    let (reader, _) = fill(log, cursor, query, &mut builder)?;
    let cursor = reader.cursor(run);
    let mut page = builder.build(cursor);
    page.lines_before = before;
    page.lines_after = if reader.has_ended() { 0 } else { lines_after(log, stream, cursor)? };
    page.dropped_lines = Some(0);
    if number.saturating_sub(1) < start {
        page.dropped_lines = Some(start);
        page.dropped_bytes = log.start()?.bytes(stream);
    }
    page.truncated = page.dropped_bytes > 0 || page.lines_after > 0;
    page.note = numbered_lines_note(&page, first > before);
    Ok(page)
}

/// The first lines after a cursor, through all runs from its own to the latest.
pub fn after(
    folder_of: impl Fn(u32) -> PathBuf,
    cursor: Cursor,
    latest: u32,
    query: &PageQuery,
) -> io::Result<OutputPage> {
    let stream = query.stream;
    let mut log = Log::open(&folder_of(cursor.run))?;
    // The size of later runs is not known yet, so the read may be large.
    let to_read = if cursor.run == latest { bytes_between(cursor, log.end()?) } else { u64::MAX };
    query.budget.check(to_read)?;
    let before = lines_before(&log, stream, cursor)?;

    let mut builder = PageBuilder::new(query, KeptLines::Oldest);
    builder.move_to(cursor, before);
    let mut cursor = cursor;
    let mut dropped_bytes = 0;
    let mut dropped_lines = Some(0);
    let left_in_run = loop {
        let (reader, dropped) = fill(&log, cursor, query, &mut builder)?;
        if dropped > 0 {
            dropped_bytes += dropped;
            // The number of lines is only known if everything before the log's start is missing.
            let is_all = cursor == Cursor::start_of(cursor.run);
            let lines = if is_all { Some(log.start()?.lines(stream)) } else { None };
            dropped_lines = dropped_lines.zip(lines).map(|(sum, more)| sum + more);
        }
        cursor = reader.cursor(cursor.run);
        if !reader.has_ended() {
            break lines_after(&log, stream, cursor)?;
        }
        if cursor.run >= latest {
            break 0;
        }
        cursor = Cursor::start_of(cursor.run + 1);
        builder.move_to(cursor, 0);
        log = Log::open(&folder_of(cursor.run))?;
    };

    let mut left_in_later_runs = 0;
    for run in cursor.run + 1..=latest {
        let log = Log::open(&folder_of(run))?;
        left_in_later_runs += lines_after(&log, stream, Cursor::start_of(run))?;
    }
    let mut page = builder.build(cursor);
    page.lines_before = before;
    page.lines_after = left_in_run + left_in_later_runs;
    page.truncated = page.lines_after > 0 || dropped_bytes > 0;
    page.dropped_bytes = dropped_bytes;
    page.dropped_lines = dropped_lines;
    page.note = next_lines_note(&page);
    Ok(page)
}

/// Adds the lines of one run after a cursor, until the page is full. Returns the reader behind the last
/// one, and how many bytes had been dropped before it could read them.
fn fill(
    log: &Log,
    cursor: Cursor,
    query: &PageQuery,
    builder: &mut PageBuilder<'_>,
) -> io::Result<(LineReader, u64)> {
    let stream = query.stream;
    let mut reader = LineReader::new(stream, cursor);
    let mut dropped = 0;
    let at = lines_before(log, stream, cursor)?;
    if let Some(mut walk) = MatchWalk::new(log, query, cursor, at)? {
        let first = match query.since {
            Some(time) => log.position_at(time)?.lines(stream).max(at),
            None => at,
        };
        let until = match query.before {
            Some(time) => log.position_at(time)?.lines(stream),
            None => log.end()?.lines(stream),
        };
        walk.push_oldest(LineRange { first, until: until.max(first) }, builder)?;
        (reader, dropped) = walk.into_reader();
    }
    read_until_full(log, &mut reader, query, builder)?;
    dropped += reader.dropped();
    Ok((reader, dropped))
}

/// Reads lines of one run until the page is full, or a line is too new for it.
fn read_until_full(
    log: &Log,
    reader: &mut LineReader,
    query: &PageQuery,
    builder: &mut PageBuilder<'_>,
) -> io::Result<()> {
    while !builder.is_full() {
        let Some(line) = reader.peek(log)? else { break };
        if query.before.is_some_and(|before| line.time >= before) {
            break;
        }
        if query.is_before_since(line.time) {
            builder.skip(line);
        } else if !builder.push(line) {
            break;
        }
        reader.next(log)?;
    }
    // `LineReader::has_ended` is set only by an attempt to read the next line.
    reader.peek(log)?;
    Ok(())
}

/// Bytes of both sources between a cursor and a position.
fn bytes_between(cursor: Cursor, end: Position) -> u64 {
    let stdout = end.stdout.saturating_sub(cursor.at.stdout);
    let stderr = end.stderr.saturating_sub(cursor.at.stderr);
    stdout + stderr
}

fn last_lines_note(page: &OutputPage, starts_with_log: bool) -> String {
    if page.truncated {
        format!(
            "{} earlier lines did not fit. Ask for fewer lines, or page forward with `after`.",
            page.lines_before
        )
    } else if starts_with_log {
        let lines = page.dropped_lines.unwrap_or_default();
        format!(
            "The first {} bytes of this run ({lines} lines) were dropped by the log limit. \
             These are the oldest lines left.",
            page.dropped_bytes
        )
    } else {
        String::new()
    }
}

fn numbered_lines_note(page: &OutputPage, is_beyond_end: bool) -> String {
    let lines = page.lines_before;
    if is_beyond_end {
        format!("The run has {lines} lines.")
    } else if page.dropped_bytes > 0 {
        format!("The first {lines} lines of this run were dropped by the log limit.")
    } else {
        String::new()
    }
}

fn next_lines_note(page: &OutputPage) -> String {
    let mut notes = Vec::new();
    if page.dropped_bytes > 0 {
        let dropped = page.dropped_bytes;
        notes.push(format!("{dropped} bytes after the cursor were dropped by the log limit."));
    }
    if page.lines_after > 0 {
        notes.push(format!(
            "{} more lines follow. Ask again with after={}.",
            page.lines_after, page.cursor
        ));
    }
    notes.join(" ")
}
