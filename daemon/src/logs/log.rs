//! [`Log`]: the segments of a run as one log.
//!
//! It knows where the log starts and ends, and finds the position of any line, time or offset
//! through the indexes, without reading the bytes in between.
//!
//! # Invariants
//!
//! - Segments are ordered from the oldest to the newest; each begins where the previous one ends.
//! - The log starts where its oldest segment begins. Everything before was dropped by the log
//!   limit; positions and cursors still count from the beginning of the run.
//! - A `Log` is a snapshot: it sees what was committed at [`Log::open`] or [`Log::refresh`].

use std::cell::OnceCell;
use std::io;
use std::path::{Path, PathBuf};

use persistproc_api::cursor::{Offsets, Source};
use persistproc_api::output::Stream;

use super::entry_bytes::EntryBytes;
use super::file_names::{SegmentId, rolled_segments};
use super::gaps::Gaps;
use super::index_entry::IndexEntry;
use super::missing::none_if_missing;
use super::position::Position;
use super::segment::Segment;

/// The log of one run, open for reading.
pub struct Log {
    folder: PathBuf,
    /// Oldest first; the active one last.
    slots: Vec<SegmentSlot>,
    /// Read when they are first needed.
    gaps: OnceCell<Gaps>,
}

/// A segment that is opened when it is first needed.
struct SegmentSlot {
    id: SegmentId,
    segment: OnceCell<Option<Segment>>,
}

impl Log {
    /// Opens the log in a run folder. A folder without a log is an empty log.
    pub fn open(folder: &Path) -> io::Result<Self> {
        // Open the active segment before listing the rolled ones. A segment that is rolled in
        // between is then found twice; in the other order it would be missed.
        let active = Segment::open(folder, SegmentId::Active)?;
        let numbers = match &active {
            // The active segment is the first of the run: nothing was rolled yet.
            Some(active) if active.base() == Position::default() => Vec::new(),
            _ => none_if_missing(rolled_segments(folder))?.unwrap_or_default(),
        };
        let mut slots: Vec<SegmentSlot> =
            numbers.into_iter().map(|number| SegmentSlot::new(SegmentId::Rolled(number))).collect();
        if let Some(active) = active {
            while let Some(last) = slots.last()
                && last.open(folder)?.is_some_and(|rolled| rolled.base() == active.base())
            {
                slots.pop();
            }
            slots
                .push(SegmentSlot { id: SegmentId::Active, segment: OnceCell::from(Some(active)) });
        }
        Ok(Self { folder: folder.to_owned(), slots, gaps: OnceCell::new() })
    }

    /// Loads the entries that were committed since the log was opened or last refreshed.
    pub fn refresh(&mut self) -> io::Result<()> {
        if let Some(last) = self.slots.last_mut()
            && let Some(Some(active)) = last.segment.get_mut()
            && active.refresh()?
        {
            // After the index: a gap is recorded before the bytes after it.
            if let Some(gaps) = self.gaps.get_mut() {
                gaps.refresh(&self.folder)?;
            }
            return Ok(());
        }
        *self = Self::open(&self.folder)?;
        Ok(())
    }

    /// Where bytes are missing that could not be stored.
    pub fn gaps(&self) -> io::Result<&Gaps> {
        if let Some(gaps) = self.gaps.get() {
            return Ok(gaps);
        }
        let gaps = Gaps::read(&self.folder)?;
        Ok(self.gaps.get_or_init(|| gaps))
    }

    /// How many of `lost` bytes that could not be stored are missing at the end of the log, after
    /// its last byte.
    pub fn lost_at_end(&self, lost: u64) -> io::Result<u64> {
        let gaps = self.gaps()?;
        // A repair records what is missing at the end in the file alone.
        let lost = lost.max(gaps.lost_in_all());
        Ok(lost.saturating_sub(gaps.lost_before(self.end()?.offsets())))
    }

    /// How many bytes of a stream another program has deleted.
    pub fn damaged_bytes(&self, stream: Stream) -> io::Result<u64> {
        let mut damaged = 0;
        for segment in self.newest_first() {
            let segment = segment?;
            for source in Source::all_in(stream) {
                let end = segment.end().bytes(source.stream());
                damaged += end.saturating_sub(segment.kept_end(source)?);
            }
        }
        Ok(damaged)
    }

    /// Closes all segments but the newest. For a reader that is done with the others.
    pub(super) fn close_older_segments(&mut self) {
        self.slots.drain(..self.slots.len().saturating_sub(1));
    }

    /// Where the log ends.
    pub fn end(&self) -> io::Result<Position> {
        Ok(self.newest_segment()?.map(Segment::end).unwrap_or_default())
    }

    /// When the last byte was read, in microseconds since 1970.
    pub fn end_time(&self) -> io::Result<Option<i64>> {
        Ok(self.newest_segment()?.map(|newest| newest.last_entry().time))
    }

    /// Where the log starts.
    pub fn start(&self) -> io::Result<Position> {
        Ok(self.base_entry()?.map(|base| base.end).unwrap_or_default())
    }

    /// The base of the oldest segment: where the log starts, and when the last byte before was
    /// read.
    pub fn base_entry(&self) -> io::Result<Option<IndexEntry>> {
        for slot in &self.slots {
            if let Some(segment) = slot.open(&self.folder)? {
                return Ok(Some(*segment.base_entry()));
            }
        }
        Ok(None)
    }

    /// The first read that fulfils a condition, as its segment and its number there. The condition
    /// must be monotone: true for all reads after the first for which it is true.
    pub(super) fn first_read_where(
        &self,
        condition: impl Fn(&IndexEntry) -> bool,
    ) -> io::Result<Option<(&Segment, u64)>> {
        let mut first = None;
        for segment in self.newest_first() {
            let segment = segment?;
            if !condition(segment.last_entry()) {
                break;
            }
            if !condition(segment.base_entry()) {
                let number = segment.first_entry_where(1, condition)?;
                return Ok(number.map(|number| (segment, number)));
            }
            // The whole segment fulfils it, so an older one may contain the first such read.
            if segment.entry_count() > 1 {
                first = Some((segment, 1));
            }
        }
        Ok(first)
    }

    /// The position right after line end number `lines` of a stream, or the start of the log if
    /// that is later.
    pub fn position_after_line(&self, stream: Stream, lines: u64) -> io::Result<Position> {
        let start = self.start()?;
        if lines <= start.lines(stream) {
            return Ok(start);
        }
        match self.first_read_where(|entry| entry.end.lines(stream) >= lines)? {
            Some((segment, number)) => {
                EntryBytes::new(segment, number)?.position_after_line(stream, lines)
            }
            None => self.end(),
        }
    }

    /// The offsets in stdout and in stderr at which the lines start that are unfinished at a
    /// position.
    pub fn line_starts(&self, position: Position) -> io::Result<Offsets> {
        let stdout = self.position_after_line(Stream::Stdout, position.stdout_lines)?.stdout;
        let stderr = self.position_after_line(Stream::Stderr, position.stderr_lines)?.stderr;
        Ok(Offsets { stdout: stdout.min(position.stdout), stderr: stderr.min(position.stderr) })
    }

    /// How many line ends of a source come before an offset in it.
    pub fn lines_before(&self, source: Source, offset: u64) -> io::Result<u64> {
        let stream = source.stream();
        let found = self.first_read_where(|entry| entry.end.bytes(stream) >= offset)?;
        let Some((segment, _)) = found else { return Ok(self.end()?.lines(stream)) };
        segment.lines_before(source, offset)
    }

    /// The position before the first read at or after a time.
    pub fn position_at(&self, time: i64) -> io::Result<Position> {
        match self.first_read_where(|entry| entry.time >= time)? {
            Some((segment, number)) => Ok(segment.entry(number - 1)?.end),
            None => self.end(),
        }
    }

    /// Whether the log ends in the middle of a line of this source.
    pub fn ends_in_line(&self, source: Source) -> io::Result<bool> {
        let stream = source.stream();
        let end = self.end()?.bytes(stream);
        if end == 0 {
            return Ok(false);
        }
        let found = self.first_read_where(|entry| entry.end.bytes(stream) >= end)?;
        let Some((segment, _)) = found else { return Ok(false) };
        // The source's last byte was dropped.
        if segment.base().bytes(stream) >= end {
            return Ok(false);
        }
        let mut last = [0];
        segment.read_kept(source, end - 1, &mut last)?;
        Ok(last != [b'\n'])
    }

    /// How many lines of a stream are unfinished at the end of the log: 0, 1 or 2.
    pub fn unfinished_lines(&self, stream: Stream) -> io::Result<u64> {
        let mut count = 0;
        for source in Source::all_in(stream) {
            count += u64::from(self.ends_in_line(source)?);
        }
        Ok(count)
    }

    /// The segments, newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = io::Result<&Segment>> {
        self.slots.iter().rev().filter_map(|slot| slot.open(&self.folder).transpose())
    }

    /// The segments, oldest first.
    pub(super) fn oldest_first(&self) -> impl Iterator<Item = io::Result<&Segment>> {
        self.slots.iter().filter_map(|slot| slot.open(&self.folder).transpose())
    }

    fn newest_segment(&self) -> io::Result<Option<&Segment>> {
        self.newest_first().next().transpose()
    }
}

impl SegmentSlot {
    fn new(id: SegmentId) -> Self {
        Self { id, segment: OnceCell::new() }
    }

    /// Opens the segment. `None` if it was dropped since the folder was listed.
    fn open(&self, folder: &Path) -> io::Result<Option<&Segment>> {
        if let Some(opened) = self.segment.get() {
            return Ok(opened.as_ref());
        }
        let opened = Segment::open(folder, self.id)?;
        Ok(self.segment.get_or_init(|| opened).as_ref())
    }
}
