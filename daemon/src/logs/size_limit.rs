//! The size limits of logs: of one process ([`enforce`]) and of all processes together
//! ([`enforce_total`]).
//!
//! Whole segments are dropped, oldest first; the active segment of the latest run always stays, and so
//! do segments with [unread](super::unread) output of a client that holds a lease.
//! Sizes are bytes on disk of all four files of a segment; a file with two names counts once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::file_names::{INDEX, NEW_INDEX, SegmentId, segment_of};
use super::index_entry::{ENTRY_SIZE, EntryKind, IndexEntry};
use super::missing::none_if_missing;
use super::segment::Segment;
use super::unread::{IsAlive, Unread};

/// How many segments of the usual size make up the limit.
const SEGMENTS_PER_LIMIT: u64 = 16;
const MIN_SEGMENT_BYTES: u64 = 32 << 10;
const MAX_SEGMENT_BYTES: u64 = 128 << 20;

/// The total limit leaves at least this much of a process's latest run.
const MIN_KEPT_BYTES: u64 = 64 << 10;

/// The part of the total limit that may be kept free for growing segments.
pub(crate) const MAX_RESERVED_SHARE: u64 = 4;

/// The logs of one process.
#[derive(Clone, Debug)]
pub struct ProcessLogs {
    /// Its `runs` folder.
    pub runs: PathBuf,
    /// The size that its active segment can reach before the next call; 0 if it isn't running.
    pub active_limit: u64,
}

/// The segments below a `runs` folder by run and age.
type Segments = BTreeMap<(u32, SegmentId), SegmentFiles>;

/// The files of one segment.
struct SegmentFiles {
    id: SegmentId,
    /// The folder of its run.
    folder: PathBuf,
    /// Bytes that they take on disk.
    bytes: u64,
    /// When one of them was last written: seconds since 1970 and nanoseconds.
    modified: (i64, i64),
    /// The index first.
    paths: Vec<PathBuf>,
}

/// The size at which the writer rolls a segment.
pub fn segment_size(limit: u64) -> u64 {
    (limit / SEGMENTS_PER_LIMIT).clamp(MIN_SEGMENT_BYTES, MAX_SEGMENT_BYTES)
}

/// Drops the oldest segments below a process's `runs` folder until one more segment fits into
/// `limit`. Returns how many bytes are left.
pub fn enforce(runs: &Path, limit: u64, is_alive: IsAlive) -> io::Result<u64> {
    let limit = limit.saturating_sub(segment_size(limit));
    let segments = find_segments(runs)?;
    let active = segments.keys().next_back().copied();
    let mut total: u64 = segments.values().map(|files| files.bytes).sum();
    let mut leases = Leases::new(is_alive);
    for (key, files) in segments {
        if total <= limit || Some(key) == active {
            break;
        }
        if !leases.protect(&files)? {
            total -= files.delete()?;
        }
    }
    Ok(total)
}

/// Drops segments of any process, the least recently written first, until all logs together fit
/// into `limit`. Returns how many bytes are left.
///
/// The newest `MIN_KEPT_BYTES` of each process stay. Room is reserved for active segments that
/// are still growing, but no more than a quarter of the limit: many running processes that write
/// nothing must not cost the others their logs.
pub fn enforce_total(processes: &[ProcessLogs], limit: u64, is_alive: IsAlive) -> io::Result<u64> {
    let mut total = 0;
    let mut reserved = 0;
    let mut droppable = Vec::new();
    for ProcessLogs { runs, active_limit } in processes {
        // The process may have been forgotten since it was listed.
        let segments = none_if_missing(find_segments(runs))?.unwrap_or_default();
        let active = segments.keys().next_back().copied();
        let mut kept = 0;
        for (key, files) in segments.into_iter().rev() {
            total += files.bytes;
            if Some(key) == active {
                reserved += active_limit.saturating_sub(files.bytes);
            }
            let is_of_latest_run = active.is_some_and(|(run, _)| run == key.0);
            if kept < MIN_KEPT_BYTES && is_of_latest_run {
                kept += files.bytes;
            } else {
                droppable.push(files);
            }
        }
    }
    let limit = limit - reserved.min(limit / MAX_RESERVED_SHARE);
    droppable.sort_by_key(|files| files.modified);
    let mut leases = Leases::new(is_alive);
    for files in droppable {
        if total <= limit {
            break;
        }
        if !leases.protect(&files)? {
            total -= files.delete()?;
        }
    }
    Ok(total)
}

/// Bytes on disk of the logs below a process's `runs` folder.
pub fn size_on_disk(runs: &Path) -> io::Result<u64> {
    let segments = none_if_missing(find_segments(runs))?.unwrap_or_default();
    Ok(segments.values().map(|files| files.bytes).sum())
}

fn find_segments(runs: &Path) -> io::Result<Segments> {
    let mut segments = Segments::new();
    for run in fs::read_dir(runs)? {
        let run = run?;
        let Some(number) = run.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        for file in fs::read_dir(run.path())? {
            let file = file?;
            let Some(id) = file.file_name().to_str().and_then(segment_of) else { continue };
            let Some(metadata) = none_if_missing(file.metadata())? else { continue };
            let files =
                segments.entry((number, id)).or_insert_with(|| SegmentFiles::new(id, run.path()));
            files.bytes += metadata.len() / metadata.nlink().max(1);
            files.modified = files.modified.max((metadata.mtime(), metadata.mtime_nsec()));
            files.paths.push(file.path());
        }
    }
    for files in segments.values_mut() {
        files.paths.sort_by_key(|path| !is_index(path));
    }
    Ok(segments)
}

fn is_index(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(INDEX))
}

/// The leases of runs, each looked up when a segment of its run could be dropped.
struct Leases {
    is_alive: IsAlive,
    of_runs: BTreeMap<PathBuf, Option<Unread>>,
}

impl Leases {
    fn new(is_alive: IsAlive) -> Self {
        Self { is_alive, of_runs: BTreeMap::new() }
    }

    /// Whether a segment has to stay.
    fn protect(&mut self, files: &SegmentFiles) -> io::Result<bool> {
        let run = self.of_runs.entry(files.folder.clone());
        let unread = *run.or_insert_with(|| Unread::of_run(&files.folder, self.is_alive));
        let Some(unread) = unread else { return Ok(false) };
        let segment = Segment::open(&files.folder, files.id)?;
        Ok(segment.is_some_and(|segment| unread.is_in(&segment)))
    }
}

impl SegmentFiles {
    fn new(id: SegmentId, folder: PathBuf) -> Self {
        Self { id, folder, bytes: 0, modified: (0, 0), paths: Vec::new() }
    }

    /// Deletes the segment. Returns how many bytes that frees.
    ///
    /// The index goes first: without it a segment doesn't exist for readers, so none opens one
    /// that is half deleted.
    fn delete(&self) -> io::Result<u64> {
        let active_index = self.paths.iter().find(|path| path.ends_with(INDEX));
        if let Some(folder) = active_index.and_then(|index| index.parent())
            && let Some(segment) = Segment::open(folder, SegmentId::Active)?
        {
            return self.empty(folder, &segment);
        }
        for path in &self.paths {
            none_if_missing(fs::remove_file(path))?;
        }
        Ok(self.bytes)
    }

    /// Empties the last segment of an earlier run. Its index stays with a base that says where the
    /// run ended, so that a reader with an older cursor learns how much is missing.
    fn empty(&self, folder: &Path, segment: &Segment) -> io::Result<u64> {
        if segment.entry_count() == 1 {
            return Ok(0);
        }
        let base = IndexEntry { kind: EntryKind::Base, ..*segment.last_entry() };
        let new_index = folder.join(NEW_INDEX);
        fs::write(&new_index, base.encode())?;
        fs::rename(&new_index, folder.join(INDEX))?;
        for log in self.paths.iter().filter(|path| !is_index(path)) {
            none_if_missing(fs::remove_file(log))?;
            File::create_new(log)?;
        }
        Ok(self.bytes.saturating_sub(ENTRY_SIZE as u64))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn the_total_limit_drops_the_oldest_segments_and_keeps_the_active_ones() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let mut processes = Vec::new();
        for (process, age) in [("old", 300), ("new", 10)] {
            let runs = folder.path().join(process);
            for (run, older) in [("1", 100), ("2", 0)] {
                fs::create_dir_all(runs.join(run)).unwrap();
                let file = File::create(runs.join(run).join("combined.log")).unwrap();
                file.set_len(1000).unwrap();
                file.set_modified(now - Duration::from_secs(age + older)).unwrap();
            }
            processes.push(ProcessLogs { runs, active_limit: 0 });
        }
        let exists = |path: &str| folder.path().join(path).join("combined.log").exists();
        assert_eq!(enforce_total(&processes, 4000, |_| false).unwrap(), 4000);
        processes[0].active_limit = 1500;
        assert_eq!(
            enforce_total(&processes, 4000, |_| false).unwrap(),
            3000,
            "500 bytes are reserved"
        );
        assert!(!exists("old/1") && exists("new/1"));
        processes[0].active_limit = 1 << 30;
        assert_eq!(
            enforce_total(&processes, 4000, |_| false).unwrap(),
            3000,
            "at most a quarter is reserved"
        );
        assert_eq!(enforce_total(&processes, 0, |_| false).unwrap(), 2000);
        assert!(exists("old/2") && exists("new/2") && !exists("new/1"));
    }
}
