//! [`Requester`]: who starts or stops a process, by the name that a client gives itself. It is
//! recorded and shown; no permission depends on it.

use std::sync::Arc;

/// The longest name, in characters.
const MAX_NAME_LENGTH: usize = 64;

/// The name of a client, if it gave one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester(Option<Arc<str>>);

impl Requester {
    /// A name, shortened and without control characters.
    pub fn named(name: &str) -> Self {
        let printable = name.chars().filter(|character| !character.is_control());
        let name: String = printable.take(MAX_NAME_LENGTH).collect();
        let name = name.trim();
        Self((!name.is_empty()).then(|| name.into()))
    }

    /// The name, for a record.
    pub fn name(&self) -> Option<String> {
        self.0.as_deref().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        let named = |name: &str| Requester::named(name).name();
        assert_eq!(named(" claude-code ").as_deref(), Some("claude-code"));
        assert_eq!(named("a\u{1b}[31m\nb").as_deref(), Some("a[31mb"));
        assert_eq!(named(&"x".repeat(500)).map(|name| name.len()), Some(64));
        assert_eq!(Requester::named(" \n"), Requester::default());
    }
}
