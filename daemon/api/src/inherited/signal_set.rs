//! [`SignalSet`]: a set of signals.

use serde::{Deserialize, Serialize};

/// Signals 1 to 64. In JSON: a list of their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "Vec<u8>"))]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct SignalSet(u64);

impl SignalSet {
    /// The highest signal.
    pub const MAX: u8 = 64;

    /// The set with these bits, of which the lowest is signal 1.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits, of which the lowest is signal 1.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Whether no signal is in the set.
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether a signal is in the set.
    pub const fn contains(self, signal: u8) -> bool {
        signal >= 1 && signal <= Self::MAX && self.0 & (1 << (signal - 1)) != 0
    }
}

impl From<SignalSet> for Vec<u8> {
    fn from(set: SignalSet) -> Self {
        (1..=SignalSet::MAX).filter(|signal| set.contains(*signal)).collect()
    }
}

impl TryFrom<Vec<u8>> for SignalSet {
    type Error = String;

    fn try_from(signals: Vec<u8>) -> Result<Self, String> {
        let mut bits = 0;
        for signal in signals {
            if !(1..=Self::MAX).contains(&signal) {
                return Err(format!("{signal} is not a signal: they are 1 to 64"));
            }
            bits |= 1 << (signal - 1);
        }
        Ok(Self(bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_a_list_of_numbers() {
        let set: SignalSet = serde_json::from_str("[1,13,64]").unwrap();
        assert!(set.contains(1) && set.contains(64) && !set.contains(2) && !set.contains(0));
        assert_eq!(serde_json::to_string(&set).unwrap(), "[1,13,64]");
        assert!(serde_json::from_str::<SignalSet>("[65]").is_err());
    }
}
