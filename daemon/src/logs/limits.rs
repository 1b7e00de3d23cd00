//! The bound on a process's logs: whole segments go, the oldest first, older runs before the
//! latest; and the bound on all processes together. It counts bytes on disk, all four files of a
//! segment.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::entry::{Entry, Kind, SIZE};
use super::segment::{INDEX, Segment, found};

/// The logs of one process.
#[derive(Clone, Debug)]
pub struct Logs {
    /// Its `runs` folder.
    pub runs: PathBuf,
    /// Bytes its active segment may grow to before anyone hears of it; 0: nobody writes there.
    pub grows_to: u64,
}

/// So many bytes of what a process wrote last stay, where it wrote so much.
const NEWEST: u64 = 64 << 10;

/// One segment's files: the run, then its number; an active segment sorts last of its run.
type Segments = BTreeMap<(u32, u64), Files>;

#[derive(Default)]
struct Files {
    bytes: u64,
    /// When it was last written to, in seconds since 1970 and nanoseconds.
    written: (i64, i64),
    paths: Vec<PathBuf>,
}

/// A segment is a small part of the limit in bytes on disk, and never tiny or giant.
pub fn segment_size(limit: u64) -> u64 {
    (limit / 16).clamp(32 << 10, 128 << 20)
}

/// Drops the oldest segments below a process's `runs` folder until there is room for one more
/// within `limit`. The latest run's active segment always stays. Answers the bytes that are left.
pub fn enforce(runs: &Path, limit: u64) -> io::Result<u64> {
    let limit = limit.saturating_sub(segment_size(limit));
    let segments = survey(runs)?;
    let latest = segments.keys().next_back().copied();
    let mut left: u64 = segments.values().map(|files| files.bytes).sum();
    for (key, files) in segments {
        if left <= limit || Some(key) == latest {
            break;
        }
        left -= files.drop_from_disk()?;
    }
    Ok(left)
}

/// The same for all processes together: whichever segment was written to the longest ago goes
/// first. What a process wrote last always stays: its latest run's active segment, and what is
/// before it when that is short. Room is left for what is being written, up to a
/// quarter of the limit: a crowd of silent processes must not cost the others their logs.
pub fn enforce_total(processes: &[Logs], limit: u64) -> io::Result<u64> {
    let (mut left, mut growth, mut droppable) = (0, 0, Vec::new());
    for Logs { runs, grows_to } in processes {
        // A process that was forgotten meanwhile takes no room.
        let segments = found(survey(runs))?.unwrap_or_default();
        let latest = segments.keys().next_back().copied();
        let mut newest = 0;
        for (key, files) in segments.into_iter().rev() {
            left += files.bytes;
            if Some(key) == latest {
                growth += grows_to.saturating_sub(files.bytes);
            }
            if newest < NEWEST && latest.is_some_and(|(run, _)| run == key.0) {
                newest += files.bytes;
            } else {
                droppable.push(files);
            }
        }
    }
    let limit = limit - growth.min(limit / 4);
    droppable.sort_by_key(|files| files.written);
    for files in droppable {
        if left <= limit {
            break;
        }
        left -= files.drop_from_disk()?;
    }
    Ok(left)
}

/// What the logs below a process's `runs` folder take.
pub fn on_disk(runs: &Path) -> io::Result<u64> {
    Ok(found(survey(runs))?.unwrap_or_default().values().map(|files| files.bytes).sum())
}

fn survey(runs: &Path) -> io::Result<Segments> {
    let mut segments = Segments::new();
    for run in fs::read_dir(runs)? {
        let run = run?;
        let Some(number) = run.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        for file in fs::read_dir(run.path())? {
            let file = file?;
            let Some(segment) = file.file_name().to_str().and_then(segment_of) else { continue };
            let Some(metadata) = found(file.metadata())? else { continue };
            let files = segments.entry((number, segment)).or_default();
            // Two names of one file take its room once.
            files.bytes += metadata.len() / metadata.nlink().max(1);
            files.written = files.written.max((metadata.mtime(), metadata.mtime_nsec()));
            files.paths.push(file.path());
        }
    }
    // The index goes first, so that no reader takes up a segment that is half gone.
    for files in segments.values_mut() {
        files.paths.sort_by_key(|path| {
            !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("index"))
        });
    }
    Ok(segments)
}

impl Files {
    /// Answers how many bytes less there are.
    fn drop_from_disk(&self) -> io::Result<u64> {
        let last = self.paths.iter().find(|path| path.file_name().is_some_and(|it| it == INDEX));
        let folder = last.and_then(|index| index.parent());
        if let Some(folder) = folder
            && let Some(segment) = Segment::open(folder, None)?
        {
            return self.empty(folder, &segment);
        }
        for path in &self.paths {
            found(fs::remove_file(path))?;
        }
        Ok(self.bytes)
    }

    /// The last segment of a run that is over: its index goes on to say how much there was, so
    /// that whoever comes back to it hears what is missing.
    fn empty(&self, folder: &Path, segment: &Segment) -> io::Result<u64> {
        if segment.count() == 1 {
            return Ok(0);
        }
        let base = Entry { kind: Kind::Base, ..*segment.last() };
        let fresh = folder.join(format!("{INDEX}.new"));
        fs::write(&fresh, base.encode())?;
        fs::rename(&fresh, folder.join(INDEX))?;
        for log in self.paths.iter().filter(|path| path.extension().is_some()) {
            found(fs::remove_file(log))?;
            File::create_new(log)?;
        }
        Ok(self.bytes.saturating_sub(SIZE as u64))
    }
}

/// The number in a log's or index's name; an active one counts as the highest.
fn segment_of(name: &str) -> Option<u64> {
    if matches!(name, "index" | "combined.log" | "stdout.log" | "stderr.log") {
        return Some(u64::MAX);
    }
    if let Some(number) = name.strip_prefix("index.") {
        return number.parse().ok();
    }
    let (stream, number) = name.strip_suffix(".log")?.split_once('.')?;
    matches!(stream, "combined" | "stdout" | "stderr").then(|| number.parse().ok())?
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn of_all_processes_the_longest_untouched_goes_first_and_the_latest_stays() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let mut processes = Vec::new();
        for (process, age) in [("old", 300), ("new", 10)] {
            let runs = folder.path().join(process);
            for (run, older) in [("1", 100), ("2", 0)] {
                fs::create_dir_all(runs.join(run)).unwrap();
                let file = fs::File::create(runs.join(run).join("combined.log")).unwrap();
                file.set_len(1000).unwrap();
                file.set_modified(now - Duration::from_secs(age + older)).unwrap();
            }
            processes.push(Logs { runs, grows_to: 0 });
        }
        let there = |path: &str| folder.path().join(path).join("combined.log").exists();
        assert_eq!(enforce_total(&processes, 4000).unwrap(), 4000);
        processes[0].grows_to = 1500;
        assert_eq!(enforce_total(&processes, 4000).unwrap(), 3000, "room for the old one to grow");
        assert!(!there("old/1") && there("new/1"));
        processes[0].grows_to = 1 << 30;
        assert_eq!(enforce_total(&processes, 4000).unwrap(), 3000, "not more than a quarter");
        assert_eq!(enforce_total(&processes, 0).unwrap(), 2000);
        assert!(there("old/2") && there("new/2") && !there("new/1"));
    }
}
