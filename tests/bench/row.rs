//! One row of the table: what was measured, its limit, its goal, and whether that was met.

use std::fmt::Display;

use crate::check::Faults;
use crate::stats::{Pairs, median};

/// A row, made step by step.
pub(crate) struct Row {
    pub(crate) number: u8,
    pub(crate) what: String,
    pub(crate) limit: String,
    pub(crate) ours: String,
    pub(crate) ratio: String,
    pub(crate) goal: String,
    verdict: Verdict,
}

#[derive(PartialEq, Eq)]
enum Verdict {
    /// There is no goal, or nothing to measure yet.
    None(String),
    Met,
    Missed,
    /// Fast or not, it was wrong, or could not be measured.
    Wrong(String),
}

impl Row {
    pub(crate) fn new(number: u8, what: impl Into<String>) -> Self {
        let dash = || "–".to_owned();
        let verdict = Verdict::None(String::new());
        Self {
            number,
            what: what.into(),
            limit: dash(),
            ours: dash(),
            ratio: dash(),
            goal: dash(),
            verdict,
        }
    }

    /// Ours beside the limit, at most `most` times as much. `show` writes one figure.
    pub(crate) fn times(self, pairs: &Pairs, show: impl Fn(f64) -> String, most: f64) -> Self {
        let ratio = pairs.ratio();
        self.limit(show(median(&pairs.limit)))
            .ours(show(median(&pairs.ours)))
            .ratio(ratio)
            .goal(format!("≤ {most} ×"), ratio <= most)
    }

    pub(crate) fn limit(mut self, limit: impl Into<String>) -> Self {
        self.limit = limit.into();
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

    /// The goal in words, and whether it was met. What is wrong stays wrong.
    pub(crate) fn goal(mut self, goal: impl Into<String>, met: bool) -> Self {
        self.goal = goal.into();
        if !matches!(self.verdict, Verdict::Wrong(_)) {
            self.verdict = if met { Verdict::Met } else { Verdict::Missed };
        }
        self
    }

    /// What was found while measuring: fast and wrong is wrong.
    pub(crate) fn checked(mut self, faults: Faults) -> Self {
        if faults.any() {
            self.verdict = Verdict::Wrong(faults.to_string());
        }
        self
    }

    /// It could not be measured.
    pub(crate) fn failed(mut self, error: &dyn Display) -> Self {
        self.verdict = Verdict::Wrong(error.to_string());
        self
    }

    /// There is nothing to measure yet.
    pub(crate) fn absent(mut self, why: &str) -> Self {
        self.verdict = Verdict::None(why.to_owned());
        self
    }

    /// Measured, and right, whether fast or not.
    pub(crate) fn is_sound(&self) -> bool {
        !matches!(self.verdict, Verdict::Wrong(_))
    }

    /// The last column.
    pub(crate) fn verdict(&self) -> String {
        match &self.verdict {
            Verdict::None(why) => why.clone(),
            Verdict::Met => "met".into(),
            Verdict::Missed => "NOT MET".into(),
            Verdict::Wrong(why) => format!("WRONG: {why}"),
        }
    }
}

/// Seconds as milliseconds.
pub(crate) fn ms(seconds: f64) -> String {
    format!("{:.2} ms", seconds * 1e3)
}

/// Seconds for this many bytes as a rate.
pub(crate) fn rate(bytes: u64) -> impl Fn(f64) -> String {
    move |seconds| format!("{:.0} MB/s", bytes as f64 / 1e6 / seconds)
}

/// Bytes as megabytes.
pub(crate) fn mb(bytes: f64) -> String {
    format!("{:.1} MB", bytes / 1e6)
}
