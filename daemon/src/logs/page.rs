//! The answer to one question about output: which lines, how many there are around them, and the
//! cursor to go on from. Two ways to ask: the last lines of a run, or the first ones after a cursor.

use std::io;
use std::path::PathBuf;

use persistproc_api::output::{Cursor, OutputPage, Stream};

use super::entry::Source;
use super::feed;
use super::gather::{Gathered, Keep};
use super::log::Log;
use super::question::Question;
use super::reader::LineReader;
use super::walk::Offsets;

/// The last lines of a run.
pub fn last(folder: &std::path::Path, run: u32, question: &Question) -> io::Result<OutputPage> {
    let log = Log::open(folder)?;
    let (stream, end, first) = (question.stream, log.end()?, log.first()?);
    let unfinished = feed::unfinished(&log, stream)?;
    let limit = question.before.map(|time| log.at_time(time)).transpose()?.unwrap_or(end);
    let until = limit.lines(stream) + if limit == end { unfinished } else { 0 };
    let since = question.since.map(|time| log.at_time(time)).transpose()?.unwrap_or(first);
    let from = until.saturating_sub(question.most()).max(since.lines(stream)).min(until);

    // An expression may match anywhere; otherwise the lines wanted are known by number.
    let from = if question.grep.is_some() { since.lines(stream).min(until) } else { from };
    let place = log.after_line(stream, from.min(end.lines(stream)))?;
    let start = feed::cursor_at(&log, run, place, false)?;
    let mut gathered = Gathered::new(question, Keep::Newest);
    let mut reader = LineReader::new(stream, start);
    // Of two unfinished lines only the later one may be wanted.
    for _ in end.lines(stream)..from {
        reader.next(&log)?;
    }
    for _ in from..until {
        let Some(line) = reader.next(&log)? else { break };
        gathered.push(&line);
    }
    let cursor = match limit == end {
        true => Cursor { run, stdout: end.stdout, stderr: end.stderr },
        false => feed::cursor_at(&log, run, limit, false)?,
    };
    let mut page = gathered.page(cursor);
    page.lines_before += if question.grep.is_some() { 0 } else { from };
    page.lines_after = (end.lines(stream) + unfinished).saturating_sub(until);
    if page.lines_before <= first.lines(stream) {
        page.dropped_bytes = first.bytes(stream);
    }
    page.note = tail_note(&page);
    Ok(page)
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
    let before = lines_before(&log, stream, cursor)?;
    let mut gathered = Gathered::new(question, Keep::Oldest);
    let (mut cursor, mut dropped) = (cursor, 0);
    let mut log = log;
    let rest = loop {
        let mut reader = LineReader::new(stream, cursor);
        read_forward(&log, &mut reader, question, &mut gathered)?;
        dropped += reader.take_dropped();
        cursor = reader.cursor(cursor.run);
        let all = log.end()?.lines(stream) + feed::unfinished(&log, stream)?;
        let rest =
            if reader.ended { 0 } else { all.saturating_sub(lines_before(&log, stream, cursor)?) };
        if !reader.ended || cursor.run >= latest {
            break rest;
        }
        cursor = Cursor::start_of(cursor.run + 1);
        log = Log::open(&folder_of(cursor.run))?;
    };
    let later = (cursor.run + 1..=latest).try_fold(0, |sum, run| {
        Ok::<_, io::Error>(sum + Log::open(&folder_of(run))?.end()?.lines(stream))
    })?;
    let mut page = gathered.page(cursor);
    page.lines_before = before;
    page.lines_after = rest + later;
    page.truncated = page.lines_after > 0 || dropped > 0;
    page.dropped_bytes = dropped;
    page.note = forward_note(&page);
    Ok(page)
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
        if question.since.is_none_or(|since| line.time >= since) && !gathered.push(line) {
            break;
        }
        reader.next(log)?;
    }
    // Whoever has room for more should know that there is none.
    reader.peek(log)?;
    Ok(())
}

fn lines_before(log: &Log, stream: Stream, cursor: Cursor) -> io::Result<u64> {
    let at = Offsets { stdout: cursor.stdout, stderr: cursor.stderr };
    let mut lines = 0;
    for source in Source::BOTH.into_iter().filter(|source| source.is_in(stream)) {
        lines += log.lines_before(source, at.of(source))?;
    }
    Ok(lines)
}

fn tail_note(page: &OutputPage) -> String {
    if page.truncated {
        format!(
            "{} lines before these did not fit; ask for fewer, or page forward with `after`.",
            page.lines_before
        )
    } else if page.dropped_bytes > 0 {
        let dropped = page.dropped_bytes;
        format!("The first {dropped} bytes of this run were dropped by the log limit.")
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
