//! Cursors of a run: from line numbers and times, and back to line numbers.

use std::io;

use persistproc_api::cursor::{Cursor, Source};
use persistproc_api::output::Stream;

use super::log::Log;
use super::position::Position;

/// The cursor before the last `lines` lines of a stream, without those that were finished before
/// `since`. Unfinished lines count as lines.
pub fn cursor_before_last_lines(
    log: &Log,
    run: u32,
    stream: Stream,
    lines: u64,
    since: Option<i64>,
) -> io::Result<Cursor> {
    let end = log.end()?;
    let all = end.lines(stream) + log.unfinished_lines(stream)?;
    let first = all.saturating_sub(lines).min(end.lines(stream));
    let position = if lines == 0 { end } else { log.position_after_line(stream, first)? };
    if let Some(time) = since {
        let since = log.position_at(time)?;
        if since.lines(stream) >= position.lines(stream) {
            return cursor_at_line_start(log, run, since);
        }
    }
    if lines == 0 {
        return Ok(Cursor { run, at: end.offsets() });
    }
    cursor_at_line_start(log, run, position)
}

/// The cursor at the start of the lines that are unfinished at a position.
pub(super) fn cursor_at_line_start(log: &Log, run: u32, position: Position) -> io::Result<Cursor> {
    Ok(Cursor { run, at: log.line_starts(position)? })
}

/// The cursor at the start of a line at which at most `bytes` of both sources have been read. Before it are
/// only few more lines.
pub fn cursor_before_bytes(log: &Log, run: u32, bytes: u64) -> io::Result<Cursor> {
    let position = match log.first_read_where(|entry| entry.end.bytes(Stream::Combined) > bytes)? {
        Some((segment, number)) => segment.entry(number - 1)?.end,
        None => log.end()?,
    };
    cursor_at_line_start(log, run, position)
}

/// How many lines of a stream end before a cursor.
pub fn lines_before(log: &Log, stream: Stream, cursor: Cursor) -> io::Result<u64> {
    let mut lines = 0;
    for source in Source::all_in(stream) {
        lines += log.lines_before(source, cursor.at.of(source))?;
    }
    Ok(lines)
}

/// How many lines of a stream come after a cursor. Unfinished lines count as lines.
pub(super) fn lines_after(log: &Log, stream: Stream, cursor: Cursor) -> io::Result<u64> {
    let end = log.end()?;
    let mut lines = end.lines(stream).saturating_sub(lines_before(log, stream, cursor)?);
    for source in Source::all_in(stream) {
        let has_more = end.bytes(source.stream()) > cursor.at.of(source);
        lines += u64::from(has_more && log.ends_in_line(source)?);
    }
    Ok(lines)
}
