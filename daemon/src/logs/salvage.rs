//! [`index_of`]: the index of a segment whose own index is missing or damaged, made from its logs and kept
//! in memory: readers never write. What is left can be read, with the times of its last change.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use persistproc_api::output::Stream;
use persistproc_api::private_file;

use super::file_names::{SegmentId, index_name, log_name, rolled_segments};
use super::index_entry::{EntryKind, IndexEntry};
use super::index_file::{last_rolled_entry, read_entry};
use super::log_file::{is_damage, modification_time};
use super::position::Position;
use super::reindexing::{ReadLogs, Reindexing};

/// The most bytes of an entry that is made for several lines.
const MAX_ENTRY_BYTES: u64 = 64 << 10;

/// The entries of a segment that are sound, and new ones for the bytes after them. `None` if there are
/// no bytes, or if it is not known where the segment begins.
pub(super) fn index_of(folder: &Path, id: SegmentId) -> io::Result<Option<Vec<u8>>> {
    let log = |stream| open(&folder.join(log_name(stream, id)));
    let combined = log(Stream::Combined)?;
    let stdout = log(Stream::Stdout)?.or(match &combined {
        Some(combined) => Some(combined.try_clone()?),
        None => None,
    });
    let Some(stdout) = stdout else { return Ok(None) };
    let stderr = match log(Stream::Stderr)? {
        Some(stderr) => stderr,
        None => File::open("/dev/null")?,
    };
    let combined = match combined {
        Some(combined) => combined,
        None => stdout.try_clone()?,
    };
    let mut entries = sound_entries(folder, id)?;
    if entries.is_empty() {
        let Some(base) = base_of(folder, id)? else { return Ok(None) };
        entries.push(base);
    }
    let (Some(base), Some(last)) = (entries.first().copied(), entries.last().copied()) else {
        return Ok(None);
    };
    let time = modification_time(&combined)?.max(last.time);
    let sound = entries.len();
    let mut add = |entry: IndexEntry| {
        // One entry for several lines in a row, so that the index stays small.
        if let [.., before, last] = &mut entries[sound - 1..]
            && last.kind == entry.kind
            && entry.end.bytes_since(before.end, Stream::Combined) <= MAX_ENTRY_BYTES
        {
            *last = entry;
        } else {
            entries.push(entry);
        }
        Ok(())
    };
    let logs = ReadLogs { combined: &combined, own: [&stdout, &stderr] };
    Reindexing::new(logs, base.end, last.end, time, &mut add).run()?;
    if entries.len() == 1 {
        return Ok(None);
    }
    Ok(Some(entries.iter().flat_map(IndexEntry::encode).collect()))
}

/// Opens a log; `None` if it is missing or no file of this user.
fn open(path: &Path) -> io::Result<Option<File>> {
    match private_file::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if is_damage(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The entries at the beginning of an index that agree with each other.
fn sound_entries(folder: &Path, id: SegmentId) -> io::Result<Vec<IndexEntry>> {
    let mut entries: Vec<IndexEntry> = Vec::new();
    let Some(index) = open(&folder.join(index_name(id)))? else { return Ok(entries) };
    while let Some(entry) = read_entry(&index, entries.len() as u64)? {
        let is_sound = match entries.last() {
            None => entry.kind == EntryKind::Base,
            Some(before) => entry.kind != EntryKind::Base && follows(&entry, before),
        };
        if !is_sound {
            break;
        }
        entries.push(entry);
    }
    Ok(entries)
}

fn follows(entry: &IndexEntry, before: &IndexEntry) -> bool {
    let (now, then) = (entry.end, before.end);
    entry.time >= before.time
        && now.stdout >= then.stdout
        && now.stderr >= then.stderr
        && now.stdout_lines >= then.stdout_lines
        && now.stderr_lines >= then.stderr_lines
}

/// Where a segment without an index begins: the active one where the rolled ones end.
fn base_of(folder: &Path, id: SegmentId) -> io::Result<Option<IndexEntry>> {
    let start = IndexEntry { kind: EntryKind::Base, time: 0, end: Position::default() };
    let Some(newest) = rolled_segments(folder)?.pop() else { return Ok(Some(start)) };
    let newest = SegmentId::Rolled(newest);
    // A roll that is not finished: the active logs are those of the newest rolled segment.
    let is_rolling = fs::metadata(folder.join(log_name(Stream::Combined, newest))).is_err();
    if id != SegmentId::Active || is_rolling {
        return Ok(None);
    }
    let before = last_rolled_entry(folder)?;
    Ok(before.map(|before| IndexEntry { kind: EntryKind::Base, ..before }))
}
