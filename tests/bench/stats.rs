//! Medians and ratios. A ratio is the median of pairs measured right after each other: two busy
//! neighbours spoil a pair, not the row.

/// The limit and ours, measured in turn.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) limit: Vec<f64>,
    pub(crate) ours: Vec<f64>,
}

impl Pairs {
    pub(crate) fn push(&mut self, limit: f64, ours: f64) {
        self.limit.push(limit);
        self.ours.push(ours);
    }

    /// Ours over the limit, pair by pair.
    pub(crate) fn ratio(&self) -> f64 {
        let ratios: Vec<f64> =
            self.ours.iter().zip(&self.limit).map(|(ours, limit)| ours / limit).collect();
        median(&ratios)
    }

    /// Ours less the limit, pair by pair.
    pub(crate) fn difference(&self) -> f64 {
        let left: Vec<f64> =
            self.ours.iter().zip(&self.limit).map(|(ours, limit)| ours - limit).collect();
        median(&left)
    }
}

/// The middle one.
pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// The value that this share of all does not exceed; not a number when there are none.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}
