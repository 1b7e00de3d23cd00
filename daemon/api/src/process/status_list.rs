//! [`StatusList`]: the statuses of a filter. In JSON and in a query it is a text, `running,exited`.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::StatusKind;

/// One or more statuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StatusList(Vec<StatusKind>);

impl StatusList {
    /// These statuses; `None` if there are none.
    pub fn new(statuses: Vec<StatusKind>) -> Option<Self> {
        (!statuses.is_empty()).then_some(Self(statuses))
    }

    pub fn contains(&self, status: StatusKind) -> bool {
        self.0.contains(&status)
    }
}

impl From<StatusKind> for StatusList {
    fn from(status: StatusKind) -> Self {
        Self(vec![status])
    }
}

impl FromStr for StatusList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words = text.split(',').map(str::trim);
        words.map(parse_word).collect::<Result<_, _>>().map(Self)
    }
}

fn parse_word(word: &str) -> Result<StatusKind, String> {
    let mut all = StatusKind::ALL.into_iter();
    all.find(|status| status.word() == word).ok_or_else(|| {
        let names = StatusKind::ALL.map(StatusKind::word).join(", ");
        format!("unknown status `{word}`, expected some of {names}, separated by commas")
    })
}

impl TryFrom<String> for StatusList {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<StatusList> for String {
    fn from(list: StatusList) -> Self {
        list.0.iter().map(|status| status.word()).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_separated_by_commas() {
        let list: StatusList = serde_json::from_str("\"running, exited\"").unwrap();
        assert!(list.contains(StatusKind::Exited) && !list.contains(StatusKind::Lost));
        assert_eq!(serde_json::to_string(&list).unwrap(), "\"running,exited\"");
        for invalid in ["", "up", "running,"] {
            assert!(invalid.parse::<StatusList>().is_err(), "{invalid}");
        }
    }
}
