//! The answer to one question about output: which lines, how many there are around them, and the
//! cursor to go on from. Two ways to ask: the last lines of a run, or the first ones after a cursor.

use std::io;
use std::path::PathBuf;

use persistproc_api::cursor::Cursor;
use persistproc_api::output::{OutputPage, Stream};

use super::entry::{Mark, Source};
use super::feed;
use super::gather::{Gathered, Keep};
use super::log::Log;
use super::question::Question;
use super::reader::LineReader;

/// The last lines of a run.
pub fn last(folder: &std::path::Path, run: u32, question: &Question) -> io::Result<OutputPage> {
    let log = Log::open(folder)?;
    let (stream, end, first) = (question.stream, log.end()?, log.first()?);
    let open = open_lines(&log, stream)?;
    let limit = question.before.map(|time| log.at_time(time)).transpose()?.unwrap_or(end);
    let until = limit.lines(stream) + if limit == end { open.len() as u64 } else { 0 };
    let since = question.since.map(|time| log.at_time(time)).transpose()?.unwrap_or(first);
    let is_old = |time: i64| question.since.is_some_and(|since| time < since);
    let stale = open.iter().filter(|open| limit == end && is_old(open.time)).count() as u64;
    let from = match (&question.grep, question.most()) {
        // An expression may match anywhere; otherwise the lines wanted are known by number.
        (Some(_), _) => since.lines(stream).min(until),
        (None, 0) => until,
        (None, most) => (until - stale).saturating_sub(most).max(since.lines(stream)).min(until),
    };
    let place = log.after_line(stream, from.min(end.lines(stream)))?;
    let start = feed::cursor_at(&log, run, place, false)?;
    question.effort.check(between(start, limit))?;
    let mut gathered = Gathered::new(question, Keep::Newest);
    let mut reader = LineReader::new(stream, start);
    gathered.enter(start, from.min(end.lines(stream)));
    // Of two unfinished lines only the later one may be wanted.
    for _ in end.lines(stream)..from {
        if let Some(line) = reader.next(&log)? {
            gathered.pass(&line);
        }
    }
    let mut taken = 0;
    for _ in from..until {
        let Some(line) = reader.next(&log)? else { break };
        // Of the lines that have no end yet, one may be older than all that is wanted.
        if is_old(line.time) {
            gathered.pass(&line);
        } else {
            gathered.push(&line);
            taken += 1;
        }
    }
    let cursor = match limit == end {
        true => Cursor { run, at: end.offsets() },
        false => feed::cursor_at(&log, run, limit, false)?,
    };
    let mut page = gathered.page(cursor);
    page.lines_before += if question.grep.is_some() { 0 } else { until - taken };
    page.lines_after = (end.lines(stream) + open.len() as u64).saturating_sub(until);
    // What came before all that is wanted is not missing.
    let wanted = log.begin()?.is_some_and(|base| !is_old(base.time));
    page.dropped_bytes = if wanted { first.bytes(stream) } else { 0 };
    page.dropped_lines = Some(if wanted { first.lines(stream) } else { 0 });
    let begins_there = page.dropped_bytes > 0 && page.lines_before <= first.lines(stream);
    let shown = page.rows.as_ref().map_or(page.output.len(), Vec::len);
    let fewer = (shown as u64) < question.most();
    page.note = tail_note(&page, begins_there);
    page.truncated |= begins_there && fewer;
    Ok(page)
}

/// A line that has no end yet.
struct Open {
    /// When its last byte came.
    time: i64,
}

fn open_lines(log: &Log, stream: Stream) -> io::Result<Vec<Open>> {
    let mut open = Vec::new();
    for source in Source::BOTH.into_iter().filter(|source| source.is_in(stream)) {
        if !log.is_unfinished(source)? {
            continue;
        }
        let end = log.end()?.bytes(source.stream());
        if let Some((segment, number)) =
            log.find(|entry| entry.mark.bytes(source.stream()) >= end)?
        {
            open.push(Open { time: segment.entry(number)?.time });
        }
    }
    Ok(open)
}

/// The first lines after a cursor, through all runs from its own to the latest.
pub fn after(
    folder_of: impl Fn(u32) -> PathBuf,
    cursor: Cursor,
    latest: u32,
    question: &Question,
) -> io::Result<OutputPage> {
    let stream = question.stream;
    let log = Log::open(&folder_of(cursor.run))?;
    let all = if cursor.run == latest { between(cursor, log.end()?) } else { u64::MAX };
    question.effort.check(all)?;
    let before = lines_before(&log, stream, cursor)?;
    let mut gathered = Gathered::new(question, Keep::Oldest);
    let (mut cursor, mut dropped, mut dropped_lines) = (cursor, 0, Some(0));
    let mut log = log;
    gathered.enter(cursor, before);
    let rest = loop {
        let mut reader = LineReader::new(stream, cursor);
        read_forward(&log, &mut reader, question, &mut gathered)?;
        if reader.dropped() > 0 {
            dropped += reader.dropped();
            // How many lines there were between two places that are gone nobody knows.
            let all = cursor == Cursor::start_of(cursor.run);
            let lines = if all { Some(log.first()?.lines(stream)) } else { None };
            dropped_lines = dropped_lines.zip(lines).map(|(sum, more)| sum + more);
        }
        cursor = reader.cursor(cursor.run);
        if !reader.ended || cursor.run >= latest {
            break if reader.ended { 0 } else { lines_after(&log, stream, cursor)? };
        }
        cursor = Cursor::start_of(cursor.run + 1);
        gathered.enter(cursor, 0);
        log = Log::open(&folder_of(cursor.run))?;
    };
    let later = (cursor.run + 1..=latest).try_fold(0, |sum, run| {
        let log = Log::open(&folder_of(run))?;
        Ok::<_, io::Error>(sum + lines_after(&log, stream, Cursor::start_of(run))?)
    })?;
    let mut page = gathered.page(cursor);
    page.lines_before = before;
    page.lines_after = rest + later;
    page.truncated = page.lines_after > 0 || dropped > 0;
    (page.dropped_bytes, page.dropped_lines) = (dropped, dropped_lines);
    page.note = forward_note(&page);
    Ok(page)
}

/// Lines that can be had after a place in a run, those included that have no end yet.
fn lines_after(log: &Log, stream: Stream, cursor: Cursor) -> io::Result<u64> {
    let (at, end) = (cursor.at, log.end()?);
    let mut lines = end.lines(stream).saturating_sub(lines_before(log, stream, cursor)?);
    for source in Source::BOTH.into_iter().filter(|source| source.is_in(stream)) {
        let more = end.bytes(source.stream()) > at.of(source);
        lines += u64::from(more && log.is_unfinished(source)?);
    }
    Ok(lines)
}

fn read_forward(
    log: &Log,
    reader: &mut LineReader,
    question: &Question,
    gathered: &mut Gathered,
) -> io::Result<()> {
    while !gathered.is_full() {
        let Some(line) = reader.peek(log)? else { break };
        if question.before.is_some_and(|before| line.time >= before) {
            break;
        }
        if question.since.is_some_and(|since| line.time < since) {
            gathered.pass(line);
        } else if !gathered.push(line) {
            break;
        }
        reader.next(log)?;
    }
    // Whoever has room for more should know that there is none.
    reader.peek(log)?;
    Ok(())
}

/// Bytes from one place to another.
fn between(cursor: Cursor, end: Mark) -> u64 {
    end.stdout.saturating_sub(cursor.at.stdout) + end.stderr.saturating_sub(cursor.at.stderr)
}

pub fn lines_before(log: &Log, stream: Stream, cursor: Cursor) -> io::Result<u64> {
    let at = cursor.at;
    let mut lines = 0;
    for source in Source::BOTH.into_iter().filter(|source| source.is_in(stream)) {
        lines += log.lines_before(source, at.of(source))?;
    }
    Ok(lines)
}

fn tail_note(page: &OutputPage, begins_there: bool) -> String {
    if page.truncated {
        format!(
            "{} lines before these did not fit; ask for fewer, or page forward with `after`.",
            page.lines_before
        )
    } else if begins_there {
        let lines = page.dropped_lines.unwrap_or_default();
        format!(
            "The first {} bytes of this run ({lines} lines) were dropped by the log limit; \
             these are the oldest that are left.",
            page.dropped_bytes
        )
    } else {
        String::new()
    }
}

fn forward_note(page: &OutputPage) -> String {
    let mut notes = Vec::new();
    if page.dropped_bytes > 0 {
        let dropped = page.dropped_bytes;
        notes.push(format!("{dropped} bytes after the cursor were dropped by the log limit."));
    }
    if page.lines_after > 0 {
        notes.push(format!(
            "{} more lines follow; ask again with after={}.",
            page.lines_after, page.cursor
        ));
    }
    notes.join(" ")
}
