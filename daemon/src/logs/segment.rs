//! [`Segment`]: one index and its three logs, open for reading.
//!
//! The writer may roll the active segment at any moment, and retention may delete a rolled one.
//! A segment that is open stays readable in both cases: descriptors survive a rename and an
//! unlink. Only opening a log late needs care, since by then the active name may belong to the
//! next segment; see `Segment::open_log`.
//!
//! # Invariants
//!
//! - A segment is never empty: entry 0 is its base.
//! - `entry_count`, `tail` and all positions are those of the last [`Segment::open`] or
//!   [`Segment::refresh`]. What the writer commits later is invisible until the next refresh.
//! - Bytes up to [`Segment::end`] are in the logs. The writer stores bytes first and their index
//!   entry last.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;
use persistproc_api::private_file;

use super::file_names::{SegmentId, index_name, log_name, rolled_segments};
use super::index_entry::{ENTRY_SIZE, EntryKind, IndexEntry};
use super::index_file::{IndexBytes, SegmentIndex, entry_count, read_entries, read_entry};
use super::log_file::is_damage;
use super::missing::none_if_missing;
use super::position::Position;
use super::salvage;

/// Entries at the end of the index that are kept in memory. Most reads concern the end of a log.
const TAIL_ENTRIES: u64 = 64;

/// A roll takes microseconds. A file of the active segment that is missing is looked up again for
/// `ROLL_RETRIES * ROLL_RETRY_INTERVAL`.
const ROLL_RETRIES: u32 = 20;
const ROLL_RETRY_INTERVAL: Duration = Duration::from_micros(100);

/// An open segment.
pub struct Segment {
    folder: PathBuf,
    /// Its number. Empty while it is the active segment, as far as is known.
    rolled_number: OnceLock<u64>,
    index: SegmentIndex,
    entry_count: u64,
    base: IndexEntry,
    /// The last entries, at least one.
    tail: Vec<IndexEntry>,
    /// Its logs, opened when they are first read.
    logs: [OnceLock<File>; 3],
}

impl Segment {
    /// Opens a segment. `None` if it doesn't exist. If its index is missing or damaged at either end, its
    /// logs are indexed in memory.
    pub fn open(folder: &Path, id: SegmentId) -> io::Result<Option<Self>> {
        let path = folder.join(index_name(id));
        let opened = match id {
            SegmentId::Active => retry_while_missing(|| private_file::open(&path)),
            SegmentId::Rolled(_) => private_file::open(&path),
        };
        match opened {
            Ok(file) => {
                let opened = Self::with_index(folder, id, SegmentIndex::File(file))?;
                if let Some(sound) = opened.filter(|segment| segment.base.kind == EntryKind::Base) {
                    return Ok(Some(sound));
                }
            }
            Err(error) if !is_damage(&error) => return Err(error),
            // Retention deletes the index of a rolled segment first.
            Err(_) if id != SegmentId::Active => return Ok(None),
            Err(_) => {}
        }
        match none_if_missing(salvage::index_of(folder, id))?.flatten() {
            Some(index) => Self::with_index(folder, id, SegmentIndex::Salvaged(index)),
            None => Ok(None),
        }
    }

    fn with_index(folder: &Path, id: SegmentId, index: SegmentIndex) -> io::Result<Option<Self>> {
        let entry_count = entry_count(&index)?;
        let tail = read_tail(&index, entry_count)?;
        let base = if entry_count == tail.len() as u64 {
            tail.first().copied()
        } else {
            read_entry(&index, 0)?
        };
        let Some(base) = base.filter(|_| !tail.is_empty()) else { return Ok(None) };
        let rolled_number = match id {
            SegmentId::Active => OnceLock::new(),
            SegmentId::Rolled(number) => OnceLock::from(number),
        };
        let logs = [const { OnceLock::new() }; 3];
        let folder = folder.to_owned();
        Ok(Some(Self { folder, rolled_number, index, entry_count, base, tail, logs }))
    }

    /// Loads the entries that were committed since the last call. Returns `false` if this is no
    /// longer the active segment: then newer output may be in other segments.
    pub fn refresh(&mut self) -> io::Result<bool> {
        let is_salvaged = matches!(self.index, SegmentIndex::Salvaged(_));
        if is_salvaged
            || self.rolled_number.get().is_some()
            || !self.has_name(&index_name(SegmentId::Active))?
        {
            return Ok(false);
        }
        let entry_count = entry_count(&self.index)?;
        // A repair can remove entries and append as many others, so the count alone proves
        // nothing.
        let last = match entry_count.checked_sub(1) {
            Some(number) => read_entry(&self.index, number)?,
            None => None,
        };
        let has_grown = entry_count > self.entry_count;
        if !has_grown && last == Some(*self.last_entry()) {
            return Ok(true);
        }
        let tail = read_tail(&self.index, entry_count)?;
        if tail.is_empty() {
            return Ok(false);
        }
        let had_stderr = self.has_stderr();
        self.entry_count = entry_count;
        self.tail = tail;
        // The first bytes of stderr, or a repair, replace `stdout.log`, which was a second name of
        // `combined.log`, with a file of its own.
        let stdout_was_replaced = !had_stderr && self.has_stderr();
        if !has_grown || stdout_was_replaced {
            self.logs = [const { OnceLock::new() }; 3];
        }
        Ok(true)
    }

    fn has_stderr(&self) -> bool {
        self.end().stderr > self.base().stderr
    }

    /// Where the segment begins.
    pub fn base(&self) -> Position {
        self.base.end
    }

    /// Where the segment ends.
    pub fn end(&self) -> Position {
        self.last_entry().end
    }

    /// Entry 0. Its time is that of the last byte before the segment.
    pub fn base_entry(&self) -> &IndexEntry {
        &self.base
    }

    /// The last entry.
    pub fn last_entry(&self) -> &IndexEntry {
        self.tail.last().unwrap_or(&self.base)
    }

    /// How many entries there are, with the base.
    pub fn entry_count(&self) -> u64 {
        self.entry_count
    }

    /// The entry of this number.
    pub fn entry(&self, number: u64) -> io::Result<IndexEntry> {
        if let Some(entry) = self.tail_from(number).first() {
            return Ok(*entry);
        }
        read_entry(&self.index, number)?.ok_or_else(damaged_index)
    }

    /// Up to `count` entries, starting at this number.
    pub fn entries(&self, from: u64, count: u64) -> io::Result<Vec<IndexEntry>> {
        let count = count.min(self.entry_count.saturating_sub(from));
        let in_memory = self.tail_from(from);
        if !in_memory.is_empty() {
            return Ok(in_memory[..count as usize].to_vec());
        }
        read_entries(&self.index, from, count)
    }

    /// The number of the first entry, starting at `from` and never the base, that fulfils a
    /// condition. The condition must be monotone: true for all entries after the first for which it
    /// is true.
    pub fn first_entry_where(
        &self,
        from: u64,
        condition: impl Fn(&IndexEntry) -> bool,
    ) -> io::Result<Option<u64>> {
        let mut low = from.max(1);
        let mut high = self.entry_count;
        // Stay in memory if possible.
        let tail_start = self.tail_start();
        if tail_start > low && self.tail.first().is_some_and(|entry| !condition(entry)) {
            low = tail_start + 1;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if condition(&self.entry(middle)?) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok((low < self.entry_count).then_some(low))
    }

    /// The number of the first entry in memory.
    fn tail_start(&self) -> u64 {
        self.entry_count - self.tail.len() as u64
    }

    /// All entries starting at this number, or none if some of them are not in memory.
    fn tail_from(&self, number: u64) -> &[IndexEntry] {
        number
            .checked_sub(self.tail_start())
            .and_then(|at| self.tail.get(at as usize..))
            .unwrap_or_default()
    }

    /// Fills a buffer with the bytes of a source. `offset` counts from the beginning of the run.
    pub fn read(&self, source: Source, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let stream = source.stream();
        let start = offset.checked_sub(self.base().bytes(stream)).ok_or_else(damaged_index)?;
        match self.log(stream).and_then(|log| log.read_exact_at(buffer, start)) {
            Err(error) if is_damage(&error) && self.has_own_name()? => {
                self.read_from_combined(source, offset, buffer)
            }
            result => result,
        }
    }

    /// Fills a buffer with bytes of `combined.log`. `start` is a place in that file.
    pub(super) fn read_combined(&self, start: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.log(Stream::Combined)?.read_exact_at(buffer, start)
    }

    /// The length of a log; 0 if the log was deleted or is no file of this user.
    pub(super) fn log_length(&self, stream: Stream) -> io::Result<u64> {
        match self.log(stream).and_then(File::metadata) {
            Ok(metadata) => Ok(metadata.len()),
            Err(error) if is_damage(&error) && self.has_own_name()? => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// Whether the segment exists: retention deletes the index first.
    fn has_own_name(&self) -> io::Result<bool> {
        let id = self.rolled_number.get().map_or(SegmentId::Active, |id| SegmentId::Rolled(*id));
        self.has_name(&index_name(id))
    }

    fn log(&self, stream: Stream) -> io::Result<&File> {
        let cell = &self.logs[stream as usize];
        if let Some(file) = cell.get() {
            return Ok(file);
        }
        let file = self.open_log(stream)?;
        Ok(cell.get_or_init(|| file))
    }

    /// Opens a log that belongs to this index, although the writer may roll the segment in the
    /// meantime.
    ///
    /// A roll renames the index first and creates the next one last. So if our index still has the
    /// active name after the log was opened, that log belongs to it. Otherwise we look for the
    /// number in the current name of our index, and open the log of that number.
    fn open_log(&self, stream: Stream) -> io::Result<File> {
        if self.rolled_number.get().is_none() {
            let file = private_file::open(&self.folder.join(log_name(stream, SegmentId::Active)));
            if self.has_name(&index_name(SegmentId::Active))? {
                return file;
            }
            for number in rolled_segments(&self.folder)?.into_iter().rev() {
                if self.has_name(&index_name(SegmentId::Rolled(number)))? {
                    self.rolled_number.get_or_init(|| number);
                    break;
                }
            }
        }
        // Retention has deleted the segment.
        let Some(number) = self.rolled_number.get() else {
            return Err(ErrorKind::NotFound.into());
        };
        let path = self.folder.join(log_name(stream, SegmentId::Rolled(*number)));
        // The roll may have renamed the index already and the log not yet.
        retry_while_missing(|| private_file::open(&path))
    }

    /// Whether the file of this name is our index.
    fn has_name(&self, name: &str) -> io::Result<bool> {
        // One that was made from the logs under this name.
        let SegmentIndex::File(index) = &self.index else { return Ok(true) };
        let Some(named) = none_if_missing(fs::metadata(self.folder.join(name)))? else {
            return Ok(false);
        };
        Ok(index.metadata().is_ok_and(|own| own.ino() == named.ino()))
    }
}

/// The error for an index that contradicts itself or its logs.
pub(super) fn damaged_index() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the index is damaged")
}

/// Up to [`TAIL_ENTRIES`] entries at the end of an index. Entries before a damaged one are left
/// out; none are returned if the last is damaged.
fn read_tail(index: &SegmentIndex, entry_count: u64) -> io::Result<Vec<IndexEntry>> {
    let count = entry_count.min(TAIL_ENTRIES);
    let mut bytes = [0; TAIL_ENTRIES as usize * ENTRY_SIZE];
    let bytes = &mut bytes[..count as usize * ENTRY_SIZE];
    index.fill(bytes, (entry_count - count) * ENTRY_SIZE as u64)?;
    let newest_first = bytes.rchunks_exact(ENTRY_SIZE);
    let mut tail: Vec<IndexEntry> = newest_first.map_while(IndexEntry::decode).collect();
    tail.reverse();
    Ok(tail)
}

fn retry_while_missing<T>(attempt: impl Fn() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..ROLL_RETRIES {
        match attempt() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                std::thread::sleep(ROLL_RETRY_INTERVAL);
            }
            result => return result,
        }
    }
    attempt()
}
