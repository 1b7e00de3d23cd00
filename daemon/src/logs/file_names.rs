//! The names of a segment's four files in a run folder.
//!
//! | segment | index | logs |
//! |---|---|---|
//! | active | `index` | `combined.log`, `stdout.log`, `stderr.log` |
//! | rolled, number 7 | `index.000007` | `combined.000007.log`, … |
//!
//! Files that end in `.new` are being prepared and are renamed when they are complete.

use std::fs;
use std::io;
use std::path::Path;

use persistproc_api::output::Stream;

/// The index of the active segment.
pub const INDEX: &str = "index";

/// The active segment's next index, until it is complete.
pub(super) const NEW_INDEX: &str = "index.new";

/// The active segment's next `stdout.log`, until it is complete.
pub(super) const NEW_STDOUT: &str = "stdout.new";

/// The active segment's `combined.log` and `stderr.log`, while they are written again.
pub(super) const NEW_COMBINED: &str = "combined.new";
pub(super) const NEW_STDERR: &str = "stderr.new";

/// One segment of a run. In order of age: the active one is the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SegmentId {
    /// Complete, and never written again.
    Rolled(u64),
    /// The one that the shim writes, or wrote last.
    Active,
}

/// The name of a segment's log of a stream.
pub fn log_name(stream: Stream, id: SegmentId) -> String {
    let stream = stream.word();
    match id {
        SegmentId::Active => format!("{stream}.log"),
        SegmentId::Rolled(number) => format!("{stream}.{number:06}.log"),
    }
}

/// The name of a segment's index.
pub fn index_name(id: SegmentId) -> String {
    match id {
        SegmentId::Active => INDEX.to_owned(),
        SegmentId::Rolled(number) => format!("{INDEX}.{number:06}"),
    }
}

/// The segment that a file belongs to. `None` if it is neither an index nor a log.
pub(super) fn segment_of(name: &str) -> Option<SegmentId> {
    if let Some(log) = name.strip_suffix(".log") {
        let (stream, number) = match log.split_once('.') {
            Some((stream, number)) => (stream, Some(number)),
            None => (log, None),
        };
        if !matches!(stream, "combined" | "stdout" | "stderr") {
            return None;
        }
        return match number {
            Some(number) => number.parse().ok().map(SegmentId::Rolled),
            None => Some(SegmentId::Active),
        };
    }
    rolled_index_number(name)
        .map(SegmentId::Rolled)
        .or_else(|| (name == INDEX).then_some(SegmentId::Active))
}

fn rolled_index_number(name: &str) -> Option<u64> {
    name.strip_prefix(INDEX)?.strip_prefix('.')?.parse().ok()
}

/// The numbers of a run's rolled segments, oldest first. A segment exists as long as its index
/// does.
pub fn rolled_segments(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for file in fs::read_dir(folder)? {
        numbers.extend(file?.file_name().to_str().and_then(rolled_index_number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_segment() {
        for id in [SegmentId::Rolled(7), SegmentId::Rolled(1_234_567), SegmentId::Active] {
            assert_eq!(segment_of(&index_name(id)), Some(id));
            for stream in [Stream::Combined, Stream::Stdout, Stream::Stderr] {
                assert_eq!(segment_of(&log_name(stream, id)), Some(id));
            }
        }
        for other in [NEW_INDEX, NEW_STDOUT, "run.json", "other.log", "stdout.x.log", "index."] {
            assert_eq!(segment_of(other), None, "{other}");
        }
        assert!(SegmentId::Rolled(u64::MAX) < SegmentId::Active);
    }
}
