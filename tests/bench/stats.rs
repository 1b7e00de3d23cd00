//! Medians and ratios. A ratio is the median over pairs of measurements that follow each other
//! directly, so that other load on the machine distorts a pair and not the row.

/// Measurements of the baseline and of ours, taken in turn.
#[derive(Default)]
pub(crate) struct Pairs {
    pub(crate) baseline: Vec<f64>,
    pub(crate) ours: Vec<f64>,
}

impl Pairs {
    pub(crate) fn push(&mut self, baseline: f64, ours: f64) {
        self.baseline.push(baseline);
        self.ours.push(ours);
    }

    /// The median of ours ÷ baseline.
    pub(crate) fn ratio(&self) -> f64 {
        let ratios: Vec<f64> =
            self.ours.iter().zip(&self.baseline).map(|(ours, baseline)| ours / baseline).collect();
        median(&ratios)
    }

    /// The median of ours − baseline.
    pub(crate) fn difference(&self) -> f64 {
        let differences: Vec<f64> =
            self.ours.iter().zip(&self.baseline).map(|(ours, baseline)| ours - baseline).collect();
        median(&differences)
    }
}

pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// The value that this share of the values does not exceed; NaN if there are none.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(f64::NAN)
}
