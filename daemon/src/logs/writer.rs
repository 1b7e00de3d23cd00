//! [`Writer`]: appends a run's output to its log. One per run, in the run's shim.
//!
//! Appending never fails, because the child must not notice a full disk. Bytes that can't be stored
//! are counted. As soon as there is room again, an entry in a file of its own says how many are
//! missing and where; see `gaps`.
//!
//! # Order of writes
//!
//! For each read: the stream's own log, then `combined.log`, then the index entry. The entry
//! commits the read: readers see nothing after the last entry, and after a crash
//! `repair` finds the unindexed bytes. If one of the writes fails, all files are
//! truncated to where the index ends.
//!
//! A gap is recorded before the bytes after it are stored, so that no reader sees them without it.
//!
//! Before each append `file_check` compares the files: another program may have deleted or shortened
//! them.
//!
//! For a roll: rename the index, rename the logs, create the new logs, create the new index. A
//! reader that finds the index under its old name thus knows that the logs belong to it.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use persistproc_api::cursor::{Offsets, Source};
use persistproc_api::output::Stream;

use super::active_files::{self, ActiveFiles};
use super::file_check::{self, FileLengths};
use super::file_names::{SegmentId, index_name, rolled_segments};
use super::gaps::GapWriter;
use super::index_entry::{ENTRY_SIZE, EntryKind, IndexEntry};
use super::position::Position;
use super::repair;
use super::segment::Segment;
use super::size_limit::{self, segment_size};
use super::unread::IsAlive;

/// The writer of one run's log.
///
/// Invariants: the active segment's index has `entry_count` entries, begins at `base` and ends at
/// `end`; each log has at least the bytes between the two, and exactly those unless truncating
/// failed.
pub struct Writer {
    folder: PathBuf,
    /// Limit of all logs of the process, in bytes on disk.
    limit: u64,
    files: ActiveFiles,
    base: Position,
    end: Position,
    entry_count: u64,
    /// The time of the last entry. Times in an index never decrease.
    time: i64,
    /// Bytes of each source that could not be stored, since the beginning of the run.
    lost: Offsets,
    gaps: GapWriter,
    /// Whether stdout and stderr are in the middle of a line.
    in_line: [bool; 2],
    /// The number of the segment that was rolled last, even if it was dropped since. Numbers are
    /// not reused: a reader would take one segment for another.
    last_rolled: u64,
    /// Whether the client is alive that holds a lease on a run of the process.
    is_alive: IsAlive,
    /// The number of a roll that could not be finished, for example because the disk was full. Its
    /// index has been renamed, and `files` are the files of that segment until the next one is
    /// created.
    unfinished_roll: Option<u64>,
    /// When the names of the files were looked up last.
    names_checked: i64,
    /// The last attempt to make damaged files again has failed. Until the next look at the names, output
    /// is counted as lost.
    restore_failed: bool,
}

/// How often the names of the files are looked up while the child writes, in microseconds.
const NAME_CHECK_INTERVAL: i64 = 1_000_000;

impl Writer {
    /// Creates the log of a run in its folder. `limit` bounds all logs of the process, in bytes on
    /// disk; `time` is the current time.
    pub fn create(folder: &Path, limit: u64, time: i64) -> io::Result<Self> {
        let start = Position::default();
        Ok(Self {
            folder: folder.to_owned(),
            limit,
            files: ActiveFiles::create(folder, start, time)?,
            base: start,
            end: start,
            entry_count: 1,
            time,
            lost: Offsets::default(),
            gaps: GapWriter::new(folder),
            in_line: [false; 2],
            last_rolled: 0,
            is_alive: |_| false,
            unfinished_roll: None,
            names_checked: time,
            restore_failed: false,
        })
    }

    /// Continues a log whose writer was killed. `lost` is what that writer had counted as lost, by
    /// source.
    pub fn resume(folder: &Path, limit: u64, lost: [u64; 2]) -> io::Result<Self> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // On a full disk the repair can fail because there is no room for index entries. The bytes
        // that it couldn't index are truncated below.
        let repaired = repair::repair(folder);
        let Some(segment) = Segment::open(folder, SegmentId::Active)? else {
            return Err(repaired.err().unwrap_or_else(|| io::ErrorKind::NotFound.into()));
        };
        let gaps = GapWriter::resume(folder, segment.end().offsets())?;
        let recorded = gaps.recorded();
        let writer = Self {
            folder: folder.to_owned(),
            limit,
            files: ActiveFiles::resume(folder)?,
            base: segment.base(),
            end: segment.end(),
            entry_count: segment.entry_count(),
            time: segment.last_entry().time,
            lost: Offsets {
                stdout: lost[0].max(recorded.stdout),
                stderr: lost[1].max(recorded.stderr),
            },
            gaps,
            in_line: active_files::end_in_line(folder)?,
            last_rolled: rolled_segments(folder)?.last().copied().unwrap_or_default(),
            is_alive: |_| false,
            unfinished_roll: None,
            names_checked: i64::MIN,
            restore_failed: false,
        };
        writer.truncate_to_index();
        Ok(writer)
    }

    /// Keeps segments that the holder of a lease has not read, as long as that client is alive.
    #[must_use]
    pub fn with_leases(mut self, is_alive: IsAlive) -> Self {
        self.is_alive = is_alive;
        self
    }

    /// The limit of all logs of the process.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Where the log ends, in bytes of both sources.
    pub fn end(&self) -> u64 {
        self.end.bytes(Stream::Combined)
    }

    /// Where the log of one source ends.
    pub fn source_end(&self, source: Source) -> u64 {
        self.end.bytes(source.stream())
    }

    /// Bytes of each source that could not be stored, since the beginning of the run.
    pub fn lost(&self) -> [u64; 2] {
        [self.lost.stdout, self.lost.stderr]
    }

    /// Stores what was read. Returns whether that rolled a segment. `time` is in microseconds
    /// since 1970; if the clock was set back, the time of the last entry is used instead.
    pub fn append(&mut self, source: Source, bytes: &[u8], time: i64) -> bool {
        let max_piece = (segment_size(self.limit) / 2) as usize;
        let mut rolled = false;
        for piece in split_at_lines(bytes, max_piece) {
            rolled |= self.append_piece(source, piece, time);
        }
        rolled
    }

    fn append_piece(&mut self, source: Source, bytes: &[u8], time: i64) -> bool {
        self.time = self.time.max(time);
        match self.restore_if_damaged().and_then(|()| self.store_after_gap(source, bytes)) {
            Ok(()) => {
                if let Some(last) = bytes.last() {
                    self.in_line[source as usize] = *last != b'\n';
                }
            }
            Err(_) => *self.lost.of_mut(source) += bytes.len() as u64,
        }
        self.roll_if_full()
    }

    /// Rolls the active segment if it has reached its size. Returns whether it did.
    fn roll_if_full(&mut self) -> bool {
        let size = self.size_on_disk();
        let max_size = segment_size(self.limit);
        // Begin the next segment with a line, unless a long line delays that too much.
        let at_line_start = self.in_line == [false; 2] || size >= 2 * max_size;
        // After a roll that fails, the next append continues it.
        if size < max_size || !at_line_start {
            return false;
        }
        // What was deleted is made again first: it has to be renamed.
        let number = self.last_rolled;
        self.names_checked = i64::MIN;
        let is_restored = self.restore_if_damaged().is_ok();
        is_restored && (self.last_rolled > number || self.roll().is_ok())
    }

    /// Bytes that the files of the active segment take.
    fn size_on_disk(&self) -> u64 {
        let has_own_stdout = self.files.stdout.is_some();
        let stdout = if has_own_stdout { self.segment_bytes(Stream::Stdout) } else { 0 };
        let combined = self.segment_bytes(Stream::Combined);
        let stderr = self.segment_bytes(Stream::Stderr);
        combined + stdout + stderr + self.index_bytes()
    }

    /// Bytes of a stream in the active segment, according to its index.
    fn segment_bytes(&self, stream: Stream) -> u64 {
        self.end.bytes_since(self.base, stream)
    }

    /// The length of the active segment's index.
    fn index_bytes(&self) -> u64 {
        self.entry_count * ENTRY_SIZE as u64
    }

    /// Stores bytes. If bytes before them were lost, the gap is recorded first.
    fn store_after_gap(&mut self, source: Source, bytes: &[u8]) -> io::Result<()> {
        let lost = self.lost.of(source);
        let recorded = self.gaps.recorded().of(source);
        if lost == recorded {
            return self.store(source, bytes);
        }
        self.gaps.record(source, self.source_end(source), lost, self.time)?;
        let stored = self.store(source, bytes);
        if stored.is_err() {
            self.gaps.retract(source, recorded);
        }
        stored
    }

    /// Stores bytes and their index entry, or nothing.
    fn store(&mut self, source: Source, bytes: &[u8]) -> io::Result<()> {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        let end = self.end.after(source, bytes.len() as u64, lines);
        let entry = IndexEntry { kind: EntryKind::Read(source), time: self.time, end };
        let stored = self
            .write_logs(source, bytes)
            .and_then(|()| self.files.index.write_all(&entry.encode()));
        if stored.is_ok() {
            self.end = end;
            self.entry_count += 1;
        } else {
            self.truncate_to_index();
        }
        stored
    }

    fn write_logs(&mut self, source: Source, bytes: &[u8]) -> io::Result<()> {
        match source {
            Source::Stdout => {
                // If `stdout.log` is a hard link, the write to `combined.log` below covers it.
                if let Some(stdout) = &mut self.files.stdout {
                    stdout.write_all(bytes)?;
                }
            }
            Source::Stderr => {
                if self.files.stdout.is_none() {
                    let id = self.unfinished_roll.map_or(SegmentId::Active, SegmentId::Rolled);
                    self.files.stdout = Some(active_files::split_stdout(&self.folder, id)?);
                }
                self.files.stderr.write_all(bytes)?;
            }
        }
        self.files.combined.write_all(bytes)
    }

    /// The lengths that the files of the active segment have.
    fn lengths(&self) -> FileLengths {
        FileLengths {
            combined: self.segment_bytes(Stream::Combined),
            stdout: self.segment_bytes(Stream::Stdout),
            stderr: self.segment_bytes(Stream::Stderr),
            index: self.index_bytes(),
        }
    }

    /// Truncates all files to where the index ends, so that no part of a failed write stays.
    fn truncate_to_index(&self) {
        self.lengths().cut(&self.files);
    }

    /// Looks for files that another program has shortened, deleted or replaced, and makes them again.
    /// `time` is the current time.
    pub fn check_files(&mut self, time: i64) {
        self.time = self.time.max(time);
        self.names_checked = i64::MIN;
        // What cannot be made again is counted as lost by the next append.
        self.restore_if_damaged().ok();
    }

    /// The same, unless it was done within the last second.
    pub fn check_files_if_due(&mut self, time: i64) {
        if time.saturating_sub(self.names_checked) >= NAME_CHECK_INTERVAL {
            self.check_files(time);
        }
    }

    /// Does so before an append. Most calls only compare lengths.
    fn restore_if_damaged(&mut self) -> io::Result<()> {
        let are_met = self.lengths().are_met(&self.files);
        let is_due = self.time.saturating_sub(self.names_checked) >= NAME_CHECK_INTERVAL;
        if are_met && !is_due {
            return Ok(());
        }
        if !are_met && !is_due && self.restore_failed {
            return Err(io::ErrorKind::Other.into());
        }
        self.names_checked = self.time;
        let restored = self.restore(are_met);
        self.restore_failed = restored.is_err();
        restored
    }

    fn restore(&mut self, are_met: bool) -> io::Result<()> {
        if self.unfinished_roll.is_some() {
            // Its files are between two names.
            return if are_met { Ok(()) } else { self.roll() };
        }
        if are_met && file_check::have_names(&self.files, &self.folder) {
            return Ok(());
        }
        let lengths = self.lengths();
        if file_check::restore(&mut self.files, &self.folder, &lengths)? {
            return Ok(());
        }
        if self.files.index.metadata()?.len() < lengths.index {
            file_check::restore_index(&self.folder, self.end, self.time)?;
        }
        self.roll()
    }

    /// Makes the active segment a rolled one and begins the next, in the order given at the top.
    /// Continues a roll that could not be finished before.
    fn roll(&mut self) -> io::Result<()> {
        let number = match self.unfinished_roll {
            Some(number) => number,
            None => self.begin_roll()?,
        };
        active_files::rename_logs(&self.folder, number)?;
        self.files = ActiveFiles::create(&self.folder, self.end, self.time)?;
        self.unfinished_roll = None;
        self.base = self.end;
        self.entry_count = 1;
        if let Some(runs) = self.folder.parent() {
            size_limit::enforce(runs, self.limit, self.is_alive)?;
        }
        Ok(())
    }

    /// Renames the index. Returns the number of the roll.
    fn begin_roll(&mut self) -> io::Result<u64> {
        let last_rolled = rolled_segments(&self.folder)?.last().copied().unwrap_or_default();
        let number = self.last_rolled.max(last_rolled) + 1;
        let active = self.folder.join(index_name(SegmentId::Active));
        fs::rename(active, self.folder.join(index_name(SegmentId::Rolled(number))))?;
        self.last_rolled = number;
        self.unfinished_roll = Some(number);
        Ok(number)
    }
}

/// Splits bytes into pieces of at most `max` bytes, after line ends where there are any. A single
/// read can be larger than the segments of a small limit; its pieces let the writer roll in
/// between.
pub(super) fn split_at_lines(mut bytes: &[u8], max: usize) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let length = if bytes.len() <= max {
            bytes.len()
        } else {
            memchr::memrchr(b'\n', &bytes[..max]).map_or(max, |line_end| line_end + 1)
        };
        let (piece, rest) = bytes.split_at(length);
        bytes = rest;
        Some(piece)
    })
}
