//! What a follower of one run has not seen yet. It is asked whenever there may be news; it waits
//! for nothing itself. At rest it holds the newest segment open and nothing else.

use std::io;
use std::path::PathBuf;

use persistproc_api::cursor::Cursor;
use persistproc_api::output::Stream;

use super::entry::{Mark, Source};
use super::log::Log;
use super::walk::{Piece, Walk};

/// A follower's place in a run.
pub struct Feed {
    folder: PathBuf,
    run: u32,
    walk: Walk,
    skip: u64,
    /// As it was found last.
    log: Option<Log>,
    /// Reads stay apart, each with its own time.
    times: bool,
}

/// News.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct News {
    /// Bytes that were dropped before they could be read; they lie before `chunks`.
    pub dropped: u64,
    /// Bytes, in order of arrival, neighbours of one source joined.
    pub chunks: Vec<Chunk>,
}

/// Bytes of one source.
#[derive(Debug, PartialEq, Eq)]
pub struct Chunk {
    pub source: Source,
    /// When the last of them came, in microseconds since 1970.
    pub time: i64,
    pub bytes: Vec<u8>,
    /// Where in the source's stream they end.
    pub end: u64,
}

impl Chunk {
    /// The same, to be made lines of.
    pub fn piece(&self) -> Piece<'_> {
        let Self { source, time, end, .. } = *self;
        Piece { source, time, bytes: &self.bytes, end }
    }
}

impl Feed {
    /// A follower of a run that has come as far as `at`, and `skip` bytes of `stream` further.
    pub fn new(folder: PathBuf, stream: Stream, cursor: Cursor, skip: u64) -> Self {
        let at = cursor.at;
        Self { folder, run: cursor.run, walk: Walk::new(stream, at), skip, times: false, log: None }
    }

    /// The same; when each read came matters.
    #[must_use]
    pub fn with_times(mut self, times: bool) -> Self {
        self.times = times;
        self
    }

    /// How far it has come.
    pub fn cursor(&self) -> Cursor {
        Cursor { run: self.run, at: self.walk.at() }
    }

    /// The next bytes; `None` when it has seen all there is now.
    pub fn news(&mut self) -> io::Result<Option<News>> {
        let mut log = match self.log.take() {
            Some(mut log) => {
                log.refresh()?;
                log
            }
            None => Log::open(&self.folder)?,
        };
        while self.walk.advance(&log)? {
            let mut news = News { dropped: self.missing(), chunks: Vec::new() };
            for piece in self.walk.pieces() {
                let seen = self.skip.min(piece.bytes.len() as u64);
                self.skip -= seen;
                let bytes = &piece.bytes[seen as usize..];
                match news.chunks.last_mut() {
                    _ if bytes.is_empty() => {}
                    Some(chunk)
                        if chunk.source == piece.source
                            && (!self.times || chunk.time == piece.time) =>
                    {
                        (chunk.time, chunk.end) = (piece.time, piece.end);
                        chunk.bytes.extend(bytes);
                    }
                    _ => news.chunks.push(Chunk {
                        source: piece.source,
                        time: piece.time,
                        bytes: bytes.to_vec(),
                        end: piece.end,
                    }),
                }
            }
            if news != News::default() {
                self.log = Some(log);
                return Ok(Some(news));
            }
        }
        log.forget_older();
        self.log = Some(log);
        // The last there was may be gone, with nothing after it.
        let dropped = self.missing();
        Ok((dropped > 0).then(|| News { dropped, chunks: Vec::new() }))
    }

    /// What was dropped since this was last asked; what was seen before is not missing.
    fn missing(&mut self) -> u64 {
        let dropped = self.walk.take_dropped().sum();
        let seen = self.skip.min(dropped);
        self.skip -= seen;
        dropped - seen
    }
}

/// The cursor from which the last `lines` lines of a stream follow, those of them that were not
/// there before `since`.
pub fn last_lines(
    log: &Log,
    run: u32,
    stream: Stream,
    lines: u64,
    since: Option<i64>,
) -> io::Result<Cursor> {
    let end = log.end()?;
    let unfinished = unfinished(log, stream)?;
    let from = (end.lines(stream) + unfinished).saturating_sub(lines).min(end.lines(stream));
    let place = if lines == 0 { end } else { log.after_line(stream, from)? };
    let since = since.map(|time| log.at_time(time)).transpose()?;
    match since.filter(|since| since.lines(stream) >= place.lines(stream)) {
        Some(since) => cursor_at(log, run, since, false),
        None => cursor_at(log, run, place, lines == 0),
    }
}

/// The cursor at a place: at the beginning of the lines that are unfinished there, or exactly there.
pub fn cursor_at(log: &Log, run: u32, place: Mark, exactly: bool) -> io::Result<Cursor> {
    let at = if exactly { place.offsets() } else { log.line_starts(place)? };
    Ok(Cursor { run, at })
}

/// How many lines of a stream have no end yet.
pub fn unfinished(log: &Log, stream: Stream) -> io::Result<u64> {
    let mut count = 0;
    for source in Source::BOTH {
        count += u64::from(source.is_in(stream) && log.is_unfinished(source)?);
    }
    Ok(count)
}
