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
//! 2. Complete the streams' own logs from `combined.log`, where another program has shortened them.
//! 3. Truncate the index after the last entry whose bytes are in the streams' own logs. If it has
//!    no base, write one. The bytes that are in no log any more are recorded as a [gap](super::gaps).
//! 4. Index the bytes after that entry. The streams' own logs determine which bytes were written;
//!    `combined.log` determines only their order. So its lines are matched against the own logs, it
//!    is truncated where neither matches, and the rest of the own logs is appended to it.
//!
//! Sound entries are never changed, so cursors and readers stay valid. Only the times are lost for
//! good: new entries get the modification time of `combined.log`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use persistproc_api::cursor::Source;
use persistproc_api::output::Stream;
use persistproc_api::private_file;

use super::active_files::{self, open_for_append};
use super::file_names::{
    INDEX, NEW_COMBINED, NEW_INDEX, NEW_STDERR, NEW_STDOUT, SegmentId, index_name, log_name,
    rolled_segments,
};
use super::gaps::GapWriter;
use super::index_entry::{ENTRY_SIZE, EntryKind, IndexEntry};
use super::index_file::{entry_count, last_rolled_entry, read_entry, read_last_entry};
use super::log_file::modification_time;
use super::missing::none_if_missing;
use super::position::Position;
use super::rebuild;
use super::reindexing::{ReadLogs, Reindexing};

/// Whether the active segment needs a repair. Cheap: compares lengths and reads two entries.
pub fn is_needed(folder: &Path) -> io::Result<bool> {
    let combined = folder.join(log_name(Stream::Combined, SegmentId::Active));
    let combined = none_if_missing(fs::metadata(combined))?;
    let index = none_if_missing(private_file::open(&folder.join(INDEX)))?;
    let (Some(combined), Some(index)) = (&combined, &index) else {
        return Ok(combined.is_some() || index.is_some());
    };
    let base = read_entry(index, 0)?.filter(|entry| entry.kind == EntryKind::Base);
    let last = read_last_entry(index)?;
    let (Some(base), Some(last)) = (base, last) else { return Ok(true) };
    let ends_with_whole_entry = index.metadata()?.len() % ENTRY_SIZE as u64 == 0;
    // A damaged index can end before its base.
    let indexed = last.end.bytes(Stream::Combined).checked_sub(base.end.bytes(Stream::Combined));
    if !ends_with_whole_entry || indexed != Some(combined.len()) {
        return Ok(true);
    }
    for stream in [Stream::Stdout, Stream::Stderr] {
        let own = none_if_missing(fs::metadata(folder.join(log_name(stream, SegmentId::Active))))?;
        let indexed = last.end.bytes(stream).checked_sub(base.end.bytes(stream));
        if own.map(|own| own.len()) != indexed {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Repairs the active segment. Returns whether anything had to be repaired. Idempotent.
pub fn repair(folder: &Path) -> io::Result<bool> {
    for leftover in [NEW_COMBINED, NEW_STDOUT, NEW_STDERR, NEW_INDEX] {
        none_if_missing(fs::remove_file(folder.join(leftover)))?;
    }
    finish_roll(folder)?;
    let claimed = claimed_end(folder)?;
    let was_rebuilt = rebuild::own_logs(folder)?;
    let mut files = RepairedFiles::open(folder)?;
    let Some(last) = files.last_sound_entry(folder)? else { return Ok(was_rebuilt) };
    if rebuild::combined_log(folder)? {
        files = RepairedFiles::open(folder)?;
    }
    let mut unindexed = 0;
    for stream in [Stream::Stdout, Stream::Stderr, Stream::Combined] {
        let indexed = last.entry.end.bytes_since(last.base, stream);
        unindexed += files.log(stream).metadata()?.len().saturating_sub(indexed);
    }
    let mut end = last.entry.end;
    if unindexed > 0 {
        let time = modification_time(&files.combined)?.max(last.entry.time);
        let mut write_entry = |entry: IndexEntry| (&files.index).write_all(&entry.encode());
        let logs = ReadLogs { combined: &files.combined, own: [&files.stdout, &files.stderr] };
        let mut reindexing =
            Reindexing::new(logs, last.base, last.entry.end, time, &mut write_entry);
        reindexing.repairs_combined = true;
        end = reindexing.run()?;
    }
    if let Some(claimed) = claimed {
        record_missing(folder, claimed, end, last.entry.time)?;
    }
    Ok(was_rebuilt || unindexed > 0 || last.index_was_truncated)
}

/// Where the log ended according to its index.
fn claimed_end(folder: &Path) -> io::Result<Option<Position>> {
    let Some(index) = none_if_missing(private_file::open(&folder.join(INDEX)))? else {
        return Ok(None);
    };
    let base = read_entry(&index, 0)?.filter(|entry| entry.kind == EntryKind::Base);
    Ok(base.and(read_last_entry(&index)?).map(|last| last.end))
}

/// Records the bytes that the index knew and that no log has any more.
fn record_missing(folder: &Path, claimed: Position, end: Position, time: i64) -> io::Result<()> {
    for source in Source::BOTH {
        let stream = source.stream();
        let missing = claimed.bytes(stream).saturating_sub(end.bytes(stream));
        if missing > 0 {
            let mut gaps = GapWriter::resume(folder, end.offsets())?;
            let lost = gaps.recorded().of(source).saturating_add(missing);
            gaps.record(source, end.bytes(stream), lost, time)?;
        }
    }
    Ok(())
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
            combined: open_for_append(&folder.join(log_name(Stream::Combined, active)))?,
            stdout: open_for_append(&folder.join(log_name(Stream::Stdout, active)))?,
            stderr: open_for_append(&folder.join(log_name(Stream::Stderr, active)))?,
            index: open_for_append(&folder.join(index_name(active)))?,
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
