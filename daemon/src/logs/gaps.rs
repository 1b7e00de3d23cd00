//! [`Gaps`]: the places in a run's output where bytes are missing, because the disk was full when
//! they were read from the child.
//!
//! They are recorded in a file of their own, [`GAPS`], so that the logs hold only the bytes of the
//! child. A run without lost bytes has no such file. Each line is a JSON object:
//!
//! ```json
//! {"time":"2026-11-22T14:00:00Z","stream":"stdout","offset":4096,"lost":500000}
//! ```
//!
//! `offset` is where the bytes are missing in the log of the stream, from the beginning of the run.
//! `lost` is how many bytes of the stream were lost until then, since the beginning of the run. A
//! sum instead of a difference makes an entry idempotent: a writer that is killed after it has
//! written an entry and before it has stored the bytes after the gap leaves an entry that the next
//! writer repeats.
//!
//! Bytes that are missing at the end of a run have no entry. They are only counted in the record of
//! the run.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use persistproc_api::Time;
use persistproc_api::cursor::{Offsets, Source};
use persistproc_api::output::Stream;
use persistproc_api::private_file;
use serde::{Deserialize, Serialize};

use super::missing::none_if_missing;

/// The file in a run folder.
pub const GAPS: &str = "gaps.jsonl";

/// The file doesn't grow beyond this. A disk that is almost full could cause a gap at each read.
/// Later gaps are only counted in the record of the run.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// A place where bytes are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The offset in the source.
    pub offset: u64,
    /// How many bytes are missing there.
    pub bytes: u64,
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
struct GapEntry {
    time: Time,
    stream: Stream,
    offset: u64,
    lost: u64,
}

/// All gaps of a run.
#[derive(Debug, Default)]
pub struct Gaps {
    /// By source, in order of their offsets.
    of_source: [Vec<Gap>; 2],
    /// By source: bytes that are missing in all gaps.
    lost: [u64; 2],
    file_bytes: u64,
}

impl Gaps {
    /// Reads the gaps of the run in this folder. Lines that are damaged are left out.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let bytes = none_if_missing(private_file::read(&folder.join(GAPS), 2 * MAX_FILE_BYTES))?
            .unwrap_or_default();
        let mut gaps = Self { file_bytes: bytes.len() as u64, ..Self::default() };
        for line in bytes.split(|byte| *byte == b'\n') {
            if let Ok(entry) = serde_json::from_slice(line) {
                gaps.add(&entry);
            }
        }
        Ok(gaps)
    }

    /// Reads the file again if it has changed.
    pub(super) fn refresh(&mut self, folder: &Path) -> io::Result<()> {
        let metadata = none_if_missing(fs::metadata(folder.join(GAPS)))?;
        if metadata.map_or(0, |metadata| metadata.len()) != self.file_bytes {
            *self = Self::read(folder)?;
        }
        Ok(())
    }

    fn add(&mut self, entry: &GapEntry) {
        let Some(source) = Source::all_in(entry.stream).next() else { return };
        let gaps = &mut self.of_source[source as usize];
        let lost = &mut self.lost[source as usize];
        // The bytes after those gaps were not stored, so this gap contains them.
        while let Some(later) = gaps.pop_if(|last| last.offset >= entry.offset) {
            *lost -= later.bytes;
        }
        let bytes = entry.lost.saturating_sub(*lost);
        if bytes > 0 {
            gaps.push(Gap { offset: entry.offset, bytes });
            *lost += bytes;
        }
    }

    /// How many bytes of both sources are missing in all gaps.
    pub(super) fn lost_in_all(&self) -> u64 {
        self.lost.iter().fold(0, |sum, lost| sum.saturating_add(*lost))
    }

    /// How many bytes of both sources are missing before these offsets.
    pub(super) fn lost_before(&self, end: Offsets) -> u64 {
        let gaps = Source::BOTH.map(|source| self.between(source, 0, end.of(source)));
        gaps.into_iter().flatten().fold(0, |sum, gap| sum.saturating_add(gap.bytes))
    }

    /// The gaps of a source from one offset to before another.
    pub(super) fn between(&self, source: Source, from: u64, until: u64) -> &[Gap] {
        let gaps = &self.of_source[source as usize];
        let first = gaps.partition_point(|gap| gap.offset < from);
        let end = gaps.partition_point(|gap| gap.offset < until);
        gaps.get(first..end).unwrap_or_default()
    }
}

/// Writes the file. Creates it with the first gap.
pub(super) struct GapWriter {
    path: PathBuf,
    file: Option<File>,
    file_bytes: u64,
    /// The length of the file before the last entry.
    previous_bytes: u64,
    /// How many bytes of each source the entries count as lost.
    recorded: Offsets,
}

impl GapWriter {
    /// For a run that has no gaps.
    pub(super) fn new(folder: &Path) -> Self {
        Self {
            path: folder.join(GAPS),
            file: None,
            file_bytes: 0,
            previous_bytes: 0,
            recorded: Offsets::default(),
        }
    }

    /// Continues the file of a writer that was killed. `end` is where the logs of the sources end: a
    /// power failure can leave entries for offsets after it, which are removed.
    pub(super) fn resume(folder: &Path, end: Offsets) -> io::Result<Self> {
        let mut writer = Self::new(folder);
        let Some(bytes) = none_if_missing(private_file::read(&writer.path, 2 * MAX_FILE_BYTES))?
        else {
            return Ok(writer);
        };
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let Ok(entry) = serde_json::from_slice::<GapEntry>(line) else { break };
            let Some(source) = Source::all_in(entry.stream).next() else { break };
            if entry.offset > end.of(source) || !line.ends_with(b"\n") {
                break;
            }
            *writer.recorded.of_mut(source) = entry.lost;
            writer.file_bytes += line.len() as u64;
        }
        let file = open(&writer.path)?;
        file.set_len(writer.file_bytes)?;
        writer.previous_bytes = writer.file_bytes;
        writer.file = Some(file);
        Ok(writer)
    }

    /// How many bytes of each source the entries count as lost.
    pub(super) fn recorded(&self) -> Offsets {
        self.recorded
    }

    /// Records that `lost` bytes of a source were lost before the byte at `offset`, since the
    /// beginning of the run.
    pub(super) fn record(
        &mut self,
        source: Source,
        offset: u64,
        lost: u64,
        time: i64,
    ) -> io::Result<()> {
        self.previous_bytes = self.file_bytes;
        if self.file_bytes >= MAX_FILE_BYTES {
            return Ok(());
        }
        let time = Time::from_micros(time);
        let entry = GapEntry { time, stream: source.stream(), offset, lost };
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(open(&self.path)?),
        };
        let written = file.write_all(&line);
        if written.is_err() {
            // Removes what was written of the line. Truncating needs no free space.
            file.set_len(self.file_bytes).ok();
            return written;
        }
        self.file_bytes += line.len() as u64;
        *self.recorded.of_mut(source) = lost;
        Ok(())
    }

    /// Removes the last entry, because the bytes after it could not be stored. `lost` is what was
    /// recorded of this source before.
    pub(super) fn retract(&mut self, source: Source, lost: u64) {
        if let Some(file) = &self.file {
            // If this fails, the next entry has the same offset and replaces it for readers.
            file.set_len(self.previous_bytes).ok();
        }
        self.file_bytes = self.previous_bytes;
        *self.recorded.of_mut(source) = lost;
    }
}

fn open(path: &Path) -> io::Result<File> {
    let flags = private_file::SAFE_FLAGS;
    OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(flags).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gap(offset: u64, bytes: u64) -> Gap {
        Gap { offset, bytes }
    }

    fn lost_in(folder: &Path) -> u64 {
        let end = Offsets { stdout: u64::MAX, stderr: u64::MAX };
        Gaps::read(folder).unwrap().lost_before(end)
    }

    #[test]
    fn gaps_are_read_as_they_were_recorded() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(lost_in(folder.path()), 0, "no file");
        let mut writer = GapWriter::new(folder.path());
        writer.record(Source::Stdout, 10, 5, 1).unwrap();
        writer.record(Source::Stderr, 0, 7, 2).unwrap();
        writer.record(Source::Stdout, 30, 9, 3).unwrap();
        let gaps = Gaps::read(folder.path()).unwrap();
        assert_eq!(gaps.between(Source::Stdout, 10, 30), [gap(10, 5)]);
        assert_eq!(gaps.between(Source::Stdout, 11, 31), [gap(30, 4)]);
        assert_eq!(gaps.between(Source::Stderr, 0, 1), [gap(0, 7)]);
        assert_eq!(gaps.between(Source::Stderr, 5, 1), []);
        assert_eq!(gaps.lost_before(Offsets { stdout: 31, stderr: 0 }), 9);
        assert_eq!(lost_in(folder.path()), 16);
    }

    #[test]
    fn an_entry_without_stored_bytes_after_it_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = GapWriter::new(folder.path());
        writer.record(Source::Stdout, 10, 5, 1).unwrap();
        writer.record(Source::Stdout, 20, 8, 2).unwrap();
        writer.retract(Source::Stdout, 5);
        assert_eq!(lost_in(folder.path()), 5);
        // A writer that was killed could not retract.
        writer.record(Source::Stdout, 20, 8, 2).unwrap();
        let end = Offsets { stdout: 20, stderr: 0 };
        let mut next = GapWriter::resume(folder.path(), end).unwrap();
        assert_eq!(next.recorded().stdout, 8);
        next.record(Source::Stdout, 20, 108, 3).unwrap();
        let gaps = Gaps::read(folder.path()).unwrap();
        assert_eq!(gaps.between(Source::Stdout, 0, 99), [gap(10, 5), gap(20, 103)]);
    }

    #[test]
    fn a_torn_line_and_entries_after_the_end_of_the_log_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = GapWriter::new(folder.path());
        writer.record(Source::Stdout, 10, 5, 1).unwrap();
        writer.record(Source::Stdout, 20, 8, 2).unwrap();
        let path = folder.path().join(GAPS);
        open(&path).unwrap().write_all(b"{\"time\":").unwrap();
        let end = Offsets { stdout: 15, stderr: 0 };
        let writer = GapWriter::resume(folder.path(), end).unwrap();
        assert_eq!(writer.recorded().stdout, 5);
        assert_eq!(lost_in(folder.path()), 5);
    }
}
