//! [`LogRequest`], [`FollowRequest`] and [`LogAnswer`]: what the pane of the log asks for, and gets.

use persistproc_api::Time;
use persistproc_api::output::Row;

use super::log_window::{LineKey, LogLine, SourcePart};

/// The newest lines of processes, now and whenever there are more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FollowRequest {
    /// Answers to an older request are discarded.
    pub(super) generation: u64,
    /// The ids of the processes.
    pub(super) ids: Vec<String>,
    /// How many lines of each.
    pub(super) count: usize,
}

/// A request for a part of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogRequest {
    pub(super) generation: u64,
    pub(super) sources: Vec<SourcePosition>,
    pub(super) part: LogPart,
    pub(super) count: usize,
}

/// A process, and where the known lines of it begin and end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SourcePosition {
    pub(super) id: String,
    /// The latest run.
    pub(super) run: u32,
    pub(super) first: LinePosition,
    pub(super) last: LinePosition,
}

/// A position in the log of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LinePosition {
    /// The end of the log.
    End,
    /// A line.
    Line(Row),
    /// No line of the process is known. Lines of others have this time.
    Time(Time),
}

/// Which part of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LogPart {
    /// The lines above the known ones.
    Above,
    /// The lines below.
    Below,
    /// The first lines of the latest run.
    First,
    /// The lines around the next match of a pattern, above the first position of each process or below
    /// its last.
    Match { pattern: String, upwards: bool },
}

/// The answer to a [`LogRequest`].
#[derive(Clone, Debug)]
pub(super) enum LogAnswer {
    Above {
        lines: Vec<LogLine>,
        has_more: bool,
    },
    Below {
        lines: Vec<LogLine>,
        has_more: bool,
    },
    /// Other lines than before.
    Window(LogWindow),
    NoMatch,
}

/// Lines from the middle of the log.
#[derive(Clone, Debug, Default)]
pub(super) struct LogWindow {
    pub(super) lines: Vec<LogLine>,
    pub(super) has_more_above: bool,
    pub(super) has_more_below: bool,
    /// The line that matches.
    pub(super) found: Option<LineKey>,
    /// Whether the search went on from the other end.
    pub(super) has_wrapped: bool,
}

/// What a follower reports about one process.
#[derive(Clone, Debug)]
pub(super) enum FollowReport {
    Newest(SourcePart),
    /// The process has ended, and all its output is known.
    Complete,
    /// The daemon is gone, or the process.
    Failed,
    /// After a failure: a daemon knows the process.
    Reachable,
}
