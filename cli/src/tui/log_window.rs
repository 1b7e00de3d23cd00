//! [`LogLine`] and [`merge`]: lines of one process or of several, in one order. Pure.

use persistproc_api::Time;
use persistproc_api::output::Row;

/// Where a line is in the merged log. Lines of one process alone have the order of its runs.
pub(super) type LineKey = (Time, usize, u32, u64);

/// A line of the log, or the heading of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogLine {
    /// The index of its process among those that are shown.
    pub(super) source: usize,
    pub(super) row: Row,
    /// Whether it announces a run, before its first line.
    pub(super) is_heading: bool,
}

impl LogLine {
    pub(super) fn key(&self) -> LineKey {
        let number = if self.is_heading { 0 } else { self.row.number.unwrap_or(u64::MAX) };
        (self.row.time, self.source, self.row.run, number)
    }
}

/// Lines of one process, with a heading before each run but the first.
pub(super) fn lines_of(source: usize, rows: Vec<Row>) -> Vec<LogLine> {
    let mut lines = Vec::with_capacity(rows.len() + 1);
    for row in rows {
        if row.number == Some(1) && row.run > 1 {
            lines.push(LogLine { source, row: row.clone(), is_heading: true });
        }
        lines.push(LogLine { source, row, is_heading: false });
    }
    lines
}

/// A part of the log of one process.
#[derive(Clone, Debug, Default)]
pub(super) struct SourcePart {
    pub(super) lines: Vec<LogLine>,
    /// Whether more lines follow on the side that is read.
    pub(super) has_more: bool,
}

/// The end of the parts that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// The parts end at the same position. More lines come before them.
    Upwards,
    /// The parts begin at the same position. More lines come after them.
    Downwards,
}

/// The lines of all parts in one order, and whether more follow. Lines beyond the last one that is known
/// of some process are left out: lines of that process may come between them.
pub(super) fn merge(mut parts: Vec<SourcePart>, reading: Reading) -> (Vec<LogLine>, bool) {
    let has_more = parts.iter().any(|part| part.has_more);
    if parts.len() == 1 {
        return (parts.remove(0).lines, has_more);
    }
    let ends = parts.iter().filter(|part| part.has_more).filter_map(|part| match reading {
        Reading::Upwards => part.lines.first(),
        Reading::Downwards => part.lines.last(),
    });
    let ends = ends.map(LogLine::key);
    let bound = match reading {
        Reading::Upwards => ends.max(),
        Reading::Downwards => ends.min(),
    };
    let is_known = |line: &LogLine| match (bound, reading) {
        (None, _) => true,
        (Some(bound), Reading::Upwards) => line.key() >= bound,
        (Some(bound), Reading::Downwards) => line.key() <= bound,
    };
    let mut lines: Vec<LogLine> = parts.into_iter().flat_map(|part| part.lines).collect();
    lines.retain(is_known);
    // The sort is stable. A clock that was set back does not change the order within a run of lines
    // with equal times.
    lines.sort_by_key(LogLine::key);
    (lines, has_more)
}

#[cfg(test)]
pub(super) mod tests {
    use persistproc_api::output::Stream;

    use super::*;

    /// A line at this time, with its number, in run 1.
    pub(in crate::tui) fn row(micros: i64, number: u64, text: &str) -> Row {
        Row {
            run: 1,
            number: Some(number),
            stream: Stream::Stdout,
            time: Time::from_micros(micros),
            line: text.to_owned(),
            cursor: format!("1-{number:x}-0"),
        }
    }

    fn part(source: usize, times: &[i64], has_more: bool) -> SourcePart {
        let rows = times.iter().zip(10..).map(|(time, number)| row(*time, number, "x"));
        SourcePart { lines: lines_of(source, rows.collect()), has_more }
    }

    fn merged(parts: Vec<SourcePart>, reading: Reading) -> Vec<(i64, usize)> {
        let (lines, _) = merge(parts, reading);
        lines.iter().map(|line| (line.row.time.micros(), line.source)).collect()
    }

    #[test]
    fn only_lines_whose_neighbours_are_known_are_merged() {
        let parts = || vec![part(0, &[3, 5, 9], true), part(1, &[1, 4, 10], false)];
        assert_eq!(
            merged(parts(), Reading::Upwards),
            [(3, 0), (4, 1), (5, 0), (9, 0), (10, 1)],
            "line 1 of the second may have neighbours before it that are not known"
        );
        assert_eq!(merged(parts(), Reading::Downwards), [(1, 1), (3, 0), (4, 1), (5, 0), (9, 0)]);
    }

    #[test]
    fn a_run_begins_with_a_heading() {
        let second = Row { run: 2, ..row(7, 1, "first") };
        let lines = lines_of(0, vec![row(5, 2, "last"), second]);
        let headings: Vec<bool> = lines.iter().map(|line| line.is_heading).collect();
        assert_eq!(headings, [false, true, false]);
        assert!(lines[1].key() < lines[2].key());
    }
}
