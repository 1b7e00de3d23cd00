//! Repairing the active segment of a run: afterwards its index and its logs agree again.
//!
//! Only for a log that no shim is writing.
//!
//! # What a crash leaves behind
//!
//! The writer stores a read in this order: the stream's own log, `combined.log`, the index entry.
//! If it is killed in between,
//!
//! - a stream's own log can be longer than `combined.log` says,
//! - `combined.log` can be longer than the index says,
//! - the index can end with an incomplete entry,
//! - a roll or the split of `stdout.log` can be half done.
//!
//! After a power failure each file can also be shorter than the index says, or the index can be
//! missing.
//!
//! # How it is repaired
//!
//! 1. Remove leftover `.new` files and finish the roll.
//! 2. Truncate the index after the last entry whose bytes are in the streams' own logs. If it has
//!    no base, write one.
//! 3. Index the bytes after that entry. The streams' own logs determine which bytes were written;
//!    `combined.log` determines only their order. So its lines are matched against the own logs, it
//!    is truncated where neither matches, and the rest of the own logs is appended to it.
//!
//! Sound entries are never changed, so cursors and readers stay valid. Only the times are lost for
//! good: new entries get the modification time of `combined.log`.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;

use super::active_files;
use super::file_names::{
    INDEX, NEW_INDEX, NEW_STDOUT, SegmentId, index_name, log_name, rolled_segments,
};
use super::index_entry::{ENTRY_SIZE, EntryKind, IndexEntry};
use super::index_file::{entry_count, read_entry, read_last_entry};
use super::missing::none_if_missing;
use super::position::Position;

/// How many bytes are compared or copied at a time.
const BLOCK_BYTES: usize = 64 << 10;

/// Whether the active segment needs a repair. Cheap: compares lengths and reads two entries.
pub fn is_needed(folder: &Path) -> io::Result<bool> {
    let combined = folder.join(log_name(Stream::Combined, SegmentId::Active));
    let Some(combined) = none_if_missing(fs::metadata(combined))? else { return Ok(false) };
    let Some(index) = none_if_missing(File::open(folder.join(INDEX)))? else { return Ok(true) };
    let base = read_entry(&index, 0)?.filter(|entry| entry.kind == EntryKind::Base);
    let last = read_last_entry(&index)?;
    let (Some(base), Some(last)) = (base, last) else { return Ok(true) };
    let ends_with_whole_entry = index.metadata()?.len() % ENTRY_SIZE as u64 == 0;
    // A damaged index can end before its base.
    let indexed = last.end.bytes(Stream::Combined).checked_sub(base.end.bytes(Stream::Combined));
    Ok(!ends_with_whole_entry || indexed != Some(combined.len()))
}

/// Repairs the active segment. Returns whether anything had to be repaired. Idempotent.
pub fn repair(folder: &Path) -> io::Result<bool> {
    for leftover in [NEW_STDOUT, NEW_INDEX] {
        none_if_missing(fs::remove_file(folder.join(leftover)))?;
    }
    finish_roll(folder)?;
    let files = RepairedFiles::open(folder)?;
    let Some(last) = files.last_sound_entry(folder)? else { return Ok(false) };
    let mut unindexed = 0;
    for stream in [Stream::Stdout, Stream::Stderr, Stream::Combined] {
        let indexed = last.entry.end.bytes_since(last.base, stream);
        unindexed += files.log(stream).metadata()?.len().saturating_sub(indexed);
    }
    if unindexed == 0 {
        return Ok(last.index_was_truncated);
    }
    Reindexing::new(&files, &last)?.run()?;
    Ok(true)
}

/// Finishes a roll that stopped after the index was renamed: a log that still has its active name
/// belongs to the segment of the highest number.
fn finish_roll(folder: &Path) -> io::Result<()> {
    if none_if_missing(fs::metadata(folder.join(INDEX)))?.is_some() {
        return Ok(());
    }
    match rolled_segments(folder)?.pop() {
        Some(number) => active_files::rename_logs(folder, number),
        None => Ok(()),
    }
}

/// The files of the active segment, open for reading and appending.
struct RepairedFiles {
    combined: File,
    stdout: File,
    stderr: File,
    index: File,
}

/// The last entry of the index whose bytes exist.
struct LastSoundEntry {
    base: Position,
    entry: IndexEntry,
    /// The index was truncated after it, or rewritten.
    index_was_truncated: bool,
}

impl RepairedFiles {
    fn open(folder: &Path) -> io::Result<Self> {
        let active = SegmentId::Active;
        Ok(Self {
            combined: open_for_repair(&folder.join(log_name(Stream::Combined, active)))?,
            stdout: open_for_repair(&folder.join(log_name(Stream::Stdout, active)))?,
            stderr: open_for_repair(&folder.join(log_name(Stream::Stderr, active)))?,
            index: open_for_repair(&folder.join(index_name(active)))?,
        })
    }

    fn log(&self, stream: Stream) -> &File {
        match stream {
            Stream::Combined => &self.combined,
            Stream::Stdout => &self.stdout,
            Stream::Stderr => &self.stderr,
        }
    }

    /// Finds the last sound entry and truncates the index after it. Writes a base if there is none.
    fn last_sound_entry(&self, folder: &Path) -> io::Result<Option<LastSoundEntry>> {
        let base = read_entry(&self.index, 0)?.filter(|entry| entry.kind == EntryKind::Base);
        let Some(base) = base else {
            return self.write_base(folder).map(Some);
        };
        let length = self.index.metadata()?.len();
        let mut entries = entry_count(&self.index)?;
        while entries > 1 && !self.has_bytes_of(&base, entries - 1)? {
            entries -= 1;
        }
        let sound_length = entries * ENTRY_SIZE as u64;
        self.index.set_len(sound_length)?;
        let entry = read_entry(&self.index, entries - 1)?;
        Ok(entry.map(|entry| LastSoundEntry {
            base: base.end,
            entry,
            index_was_truncated: length != sound_length,
        }))
    }

    /// Replaces the index with a single base entry, at the position where the run's rolled segments
    /// end.
    fn write_base(&self, folder: &Path) -> io::Result<LastSoundEntry> {
        self.index.set_len(0)?;
        let before = last_rolled_entry(folder)?;
        let time = match before {
            Some(entry) => entry.time,
            None => modification_time(&self.combined)?,
        };
        let end = before.map(|entry| entry.end).unwrap_or_default();
        let entry = IndexEntry { kind: EntryKind::Base, time, end };
        (&self.index).write_all(&entry.encode())?;
        Ok(LastSoundEntry { base: end, entry, index_was_truncated: true })
    }

    /// Whether the streams' own logs contain all bytes up to the end of this entry.
    fn has_bytes_of(&self, base: &IndexEntry, number: u64) -> io::Result<bool> {
        let Some(entry) = read_entry(&self.index, number)? else { return Ok(false) };
        Ok(Source::BOTH.into_iter().map(Source::stream).all(|stream| {
            // A damaged entry can end before the base.
            let needed = entry.end.bytes(stream).checked_sub(base.end.bytes(stream));
            let length = self.log(stream).metadata().map(|metadata| metadata.len());
            needed.is_some_and(|needed| length.is_ok_and(|length| needed <= length))
        }))
    }
}

fn open_for_repair(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(path)
}

/// Indexes the bytes after the last sound entry.
struct Reindexing<'a> {
    files: &'a RepairedFiles,
    base: Position,
    /// The end of the last entry so far.
    end: Position,
    /// The time of all new entries.
    time: i64,
}

impl<'a> Reindexing<'a> {
    fn new(files: &'a RepairedFiles, last: &LastSoundEntry) -> io::Result<Self> {
        // The times of an index never decrease.
        let time = modification_time(&files.combined)?.max(last.entry.time);
        Ok(Self { files, base: last.base, end: last.entry.end, time })
    }

    fn run(mut self) -> io::Result<()> {
        let mut at = self.end.bytes_since(self.base, Stream::Combined);
        let mut source = Source::Stdout;
        loop {
            let block = read_up_to(&self.files.combined, at, BLOCK_BYTES)?;
            let line = memchr::memchr(b'\n', &block).map_or(&block[..], |end| &block[..=end]);
            // If both sources match equally well, assume no change of the source.
            let same = self.matching_bytes(source, line)?;
            let changed = self.matching_bytes(other(source), line)?;
            if changed > same {
                source = other(source);
            }
            let matching = same.max(changed);
            if matching == 0 {
                break;
            }
            at += matching as u64;
            self.append_entry(source, &line[..matching])?;
        }
        self.files.combined.set_len(at)?;
        for source in Source::BOTH {
            self.append_rest(source)?;
        }
        Ok(())
    }

    /// How many of these bytes come next in a source's own log.
    fn matching_bytes(&self, source: Source, bytes: &[u8]) -> io::Result<usize> {
        let own = self.next_bytes(source, bytes.len())?;
        Ok(own.iter().zip(bytes).take_while(|(a, b)| a == b).count())
    }

    /// Appends to `combined.log` what only the source's own log has.
    fn append_rest(&mut self, source: Source) -> io::Result<()> {
        loop {
            let rest = self.next_bytes(source, BLOCK_BYTES)?;
            if rest.is_empty() {
                return Ok(());
            }
            (&self.files.combined).write_all(&rest)?;
            self.append_entry(source, &rest)?;
        }
    }

    /// The next bytes of a source's own log that are not indexed.
    fn next_bytes(&self, source: Source, count: usize) -> io::Result<Vec<u8>> {
        let stream = source.stream();
        read_up_to(self.files.log(stream), self.end.bytes_since(self.base, stream), count)
    }

    fn append_entry(&mut self, source: Source, bytes: &[u8]) -> io::Result<()> {
        let lines = memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.end = self.end.after(source, bytes.len() as u64, lines);
        let entry = IndexEntry { kind: EntryKind::Read(source), time: self.time, end: self.end };
        (&self.files.index).write_all(&entry.encode())
    }
}

fn other(source: Source) -> Source {
    match source {
        Source::Stdout => Source::Stderr,
        Source::Stderr => Source::Stdout,
    }
}

/// The entry at which the run's rolled segments end.
fn last_rolled_entry(folder: &Path) -> io::Result<Option<IndexEntry>> {
    let Some(number) = rolled_segments(folder)?.pop() else { return Ok(None) };
    read_last_entry(&File::open(folder.join(index_name(SegmentId::Rolled(number))))?)
}

/// In microseconds since 1970.
fn modification_time(file: &File) -> io::Result<i64> {
    let metadata = file.metadata()?;
    Ok(metadata.mtime() * 1_000_000 + metadata.mtime_nsec() / 1_000)
}

/// Reads `count` bytes, or fewer at the end of the file.
fn read_up_to(file: &File, offset: u64, count: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    let mut filled = 0;
    while filled < count {
        match file.read_at(&mut bytes[filled..], offset + filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
