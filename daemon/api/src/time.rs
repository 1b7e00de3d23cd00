//! [`Time`]: the one format of times: RFC 3339, UTC, milliseconds. Faces convert it to local time;
//! [`point`] parses times as people write them.

pub mod point;

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time. It has microseconds in memory and milliseconds on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(jiff::Timestamp);

impl Time {
    /// The current time.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now())
    }

    /// From microseconds since 1970. A value out of range becomes 1970.
    pub fn from_micros(micros: i64) -> Self {
        Self(jiff::Timestamp::from_microsecond(micros).unwrap_or(jiff::Timestamp::UNIX_EPOCH))
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The same as a [`jiff::Timestamp`].
    pub fn timestamp(self) -> jiff::Timestamp {
        self.0
    }

    /// Seconds since `earlier`; 0 if it is later than this time.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        (self.micros() - earlier.micros()).max(0) as f64 / 1e6
    }
}

impl From<jiff::Timestamp> for Time {
    fn from(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.0)
    }
}

impl std::str::FromStr for Time {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_formatted_with_milliseconds_and_parsed() {
        let time = Time::from_micros(1_763_829_000_123_456);
        assert_eq!(time.to_string(), "2025-11-22T16:30:00.123Z");
        assert_eq!(
            "2025-11-22T16:30:00.123Z".parse::<Time>().unwrap().to_string(),
            time.to_string()
        );
    }
}
