//! [`Seconds`]: a duration on the wire.

use serde::{Deserialize, Serialize};

/// A duration in seconds, fractions allowed, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Seconds(f64);

impl Seconds {
    /// The maximum: more than 30 years, and no overflow in any clock arithmetic.
    pub(crate) const MAX: f64 = 1e9;

    /// A measured duration, to the millisecond.
    pub fn measured(duration: std::time::Duration) -> Self {
        Self(((duration.as_secs_f64() * 1e3).round() / 1e3).min(Self::MAX))
    }

    /// The default time between SIGTERM and SIGKILL.
    pub const STOP_TIMEOUT: Self = Self(8.0);

    /// The time that clients give a process to read its input.
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
        if (0.0..=Self::MAX).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("{value} is not a duration in seconds"))
        }
    }
}
