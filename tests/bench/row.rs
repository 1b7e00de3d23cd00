//! `Row`: one row of the table, with its measurement, baseline, goal and result.

use std::fmt::Display;

use crate::check::Faults;
use crate::stats::{Pairs, median};

/// A row, built step by step.
pub(crate) struct Row {
    pub(crate) number: u8,
    pub(crate) name: String,
    pub(crate) baseline: String,
    pub(crate) ours: String,
    pub(crate) ratio: String,
    pub(crate) goal: String,
    result: RowResult,
}

enum RowResult {
    /// There is no goal, or the row was skipped for this reason.
    None(String),
    Met,
    Missed,
    /// Lines were lost or damaged, or the row could not be measured.
    Failed(String),
}

impl Row {
    pub(crate) fn new(number: u8, name: impl Into<String>) -> Self {
        let dash = || "–".to_owned();
        Self {
            number,
            name: name.into(),
            baseline: dash(),
            ours: dash(),
            ratio: dash(),
            goal: dash(),
            result: RowResult::None(String::new()),
        }
    }

    /// Compares ours with the baseline; the goal is a ratio of at most `max_ratio`. `show` formats a
    /// value.
    pub(crate) fn compare(
        self,
        pairs: &Pairs,
        show: impl Fn(f64) -> String,
        max_ratio: f64,
    ) -> Self {
        let ratio = pairs.ratio();
        self.baseline(show(median(&pairs.baseline)))
            .ours(show(median(&pairs.ours)))
            .ratio(ratio)
            .goal(format!("≤ {max_ratio} ×"), ratio <= max_ratio)
    }

    pub(crate) fn baseline(mut self, baseline: impl Into<String>) -> Self {
        self.baseline = baseline.into();
        self
    }

    pub(crate) fn ours(mut self, ours: impl Into<String>) -> Self {
        self.ours = ours.into();
        self
    }

    pub(crate) fn ratio(mut self, ratio: f64) -> Self {
        self.ratio = format!("{ratio:.2} ×");
        self
    }

    /// Sets the goal, and whether it was met. A failed row stays failed.
    pub(crate) fn goal(mut self, goal: impl Into<String>, met: bool) -> Self {
        self.goal = goal.into();
        if self.is_correct() {
            self.result = if met { RowResult::Met } else { RowResult::Missed };
        }
        self
    }

    /// Fails the row if lines were lost or damaged.
    pub(crate) fn checked(mut self, faults: Faults) -> Self {
        if faults.any() {
            self.result = RowResult::Failed(faults.to_string());
        }
        self
    }

    /// Fails the row because it could not be measured.
    pub(crate) fn failed(mut self, error: &dyn Display) -> Self {
        self.result = RowResult::Failed(error.to_string());
        self
    }

    /// Leaves the row without a result, for this reason.
    pub(crate) fn skipped(mut self, reason: &str) -> Self {
        self.result = RowResult::None(reason.to_owned());
        self
    }

    /// Whether the row could be measured without faults, even if it missed its goal.
    pub(crate) fn is_correct(&self) -> bool {
        !matches!(self.result, RowResult::Failed(_))
    }

    /// The text of the last column.
    pub(crate) fn result(&self) -> String {
        match &self.result {
            RowResult::None(reason) => reason.clone(),
            RowResult::Met => "met".into(),
            RowResult::Missed => "MISSED".into(),
            RowResult::Failed(reason) => format!("FAILED: {reason}"),
        }
    }
}

/// Seconds as milliseconds.
pub(crate) fn ms(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

/// Formats the seconds that this many bytes took as a rate.
pub(crate) fn rate(bytes: u64) -> impl Fn(f64) -> String {
    move |seconds| format!("{:.0} MB/s", bytes as f64 / 1e6 / seconds)
}

/// Bytes as megabytes.
pub(crate) fn mb(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}
