//! [`CpuList`]: a set of CPUs.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

/// Numbers of CPUs in ascending order. In JSON: text such as `0-3,8`, as the kernel writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(with = "String"))]
#[serde(try_from = "String", into = "String")]
pub struct CpuList(Vec<u16>);

impl CpuList {
    /// The highest number of a CPU plus one.
    pub const MAX: u16 = 1024;

    /// The CPUs, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u16> {
        self.0.iter().copied()
    }
}

impl FromIterator<u16> for CpuList {
    fn from_iter<T: IntoIterator<Item = u16>>(cpus: T) -> Self {
        let mut cpus: Vec<u16> = cpus.into_iter().collect();
        cpus.sort_unstable();
        cpus.dedup();
        Self(cpus)
    }
}

impl From<CpuList> for String {
    fn from(list: CpuList) -> Self {
        let mut text = Self::new();
        let mut rest = &list.0[..];
        while let [first, ..] = rest {
            let length = rest.iter().zip(*first..).take_while(|(cpu, next)| *cpu == next).count();
            let separator = if text.is_empty() { "" } else { "," };
            // Writing to a string cannot fail.
            write!(text, "{separator}{first}").ok();
            if let Some(last) = rest[..length].last().filter(|_| length > 1) {
                write!(text, "-{last}").ok();
            }
            rest = &rest[length..];
        }
        text
    }
}

impl TryFrom<String> for CpuList {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut cpus = Vec::new();
        for part in text.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            match (first.parse::<u16>(), last.parse::<u16>()) {
                (Ok(first), Ok(last)) if first <= last && last < Self::MAX => {
                    cpus.extend(first..=last);
                }
                _ => return Err(format!("{text:.60?} is not a list of CPUs such as 0-3,8")),
            }
        }
        Ok(cpus.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_written_as_ranges() {
        for text in ["0", "0-3", "0-3,8", "1,3,5-6"] {
            let list = CpuList::try_from(text.to_owned()).unwrap();
            assert_eq!(String::from(list), text);
        }
        for text in ["", "a", "3-1", "0-70000", "2000"] {
            assert!(CpuList::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
