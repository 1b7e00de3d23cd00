//! Who wants something, as they call themselves. It is remembered and shown, never believed:
//! nobody may do more for having a name.

use std::sync::Arc;

/// The longest name, in characters.
const LONGEST: usize = 64;

/// Someone who starts or stops a process, or nobody in particular.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester(Option<Arc<str>>);

impl Requester {
    /// As they call themselves: one short line without control characters.
    pub fn named(name: &str) -> Self {
        let plain: String = name.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
        let plain = plain.trim();
        Self((!plain.is_empty()).then(|| plain.into()))
    }

    /// For the record.
    pub fn name(&self) -> Option<String> {
        self.0.as_deref().map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_short_line() {
        assert_eq!(Requester::named(" claude-code ").name().as_deref(), Some("claude-code"));
        assert_eq!(Requester::named("a\u{1b}[31m\nb").name().as_deref(), Some("a[31mb"));
        assert_eq!(Requester::named(&"x".repeat(500)).name().map(|name| name.len()), Some(64));
        assert_eq!(Requester::named(" \n"), Requester::default());
    }
}
