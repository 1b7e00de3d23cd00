//! Durations on the wire: seconds, fractions allowed.

use serde::{Deserialize, Serialize};

/// A duration in seconds, fractions allowed, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Seconds(f64);

impl Seconds {
    /// Thirty years: more than anyone waits, less than any clock cannot count.
    pub(crate) const LONGEST: f64 = 1e9;

    /// A measured duration, to the millisecond.
    pub fn measured(duration: std::time::Duration) -> Self {
        Self(((duration.as_secs_f64() * 1e3).round() / 1e3).min(Self::LONGEST))
    }

    /// What a process has between SIGTERM and SIGKILL unless someone says otherwise.
    pub const STOP_TIMEOUT: Self = Self(8.0);

    /// What a program has to read what it is sent, where whoever sends did not say otherwise.
    pub const READ_TIMEOUT: Self = Self(5.0);

    /// The same as a [`std::time::Duration`].
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_secs_f64(self.0)
    }
}

impl Eq for Seconds {}

impl From<Seconds> for f64 {
    fn from(seconds: Seconds) -> Self {
        seconds.0
    }
}

impl TryFrom<f64> for Seconds {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, String> {
        if (0.0..=Self::LONGEST).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not a duration: give seconds, such as 8 or 0.5"))
        }
    }
}
