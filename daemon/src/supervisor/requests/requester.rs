//! [`Requester`]: who uses a process, by the name that a client gives itself, and in which session. It is
//! recorded and shown; no permission depends on it.

use std::sync::Arc;

use persistproc_api::fnv;
use persistproc_api::process_client::ProcessClient;

/// The longest name, in characters.
const MAX_NAME_LENGTH: usize = 64;

/// The name of a client, if it gave one, and its session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requester {
    name: Option<Arc<str>>,
    session: Option<Arc<str>>,
}

impl Requester {
    /// A name, shortened and without control characters.
    pub fn named(name: &str) -> Self {
        let printable = name.chars().filter(|character| !character.is_control());
        let name: String = printable.take(MAX_NAME_LENGTH).collect();
        let name = name.trim();
        Self { name: (!name.is_empty()).then(|| name.into()), session: None }
    }

    /// The same client in this session. Its id is hashed: who knows the id can use the session.
    #[must_use]
    pub fn in_session(self, id: &str) -> Self {
        let hash = fnv::hash_64(id.as_bytes());
        Self { session: Some(format!("{hash:016x}").into()), ..self }
    }

    /// Whether both may be the same client. A client without a session, such as a command in the shell of
    /// an agent, is known by its name only.
    pub fn may_be(&self, other: &Self) -> bool {
        self.may_be_named(other.name.as_deref(), other.session.as_deref())
    }

    /// The same for a client as it is shown.
    pub fn may_be_shown(&self, client: &ProcessClient) -> bool {
        self.may_be_named(Some(&client.name), client.session.as_deref())
    }

    fn may_be_named(&self, name: Option<&str>, session: Option<&str>) -> bool {
        match (self.session.as_deref(), session) {
            (Some(own), Some(other)) => own == other,
            _ => self.name.as_deref() == name,
        }
    }

    /// The session, for a record.
    pub fn session(&self) -> Option<String> {
        self.session.as_deref().map(str::to_owned)
    }

    /// The name, for a record.
    pub fn name(&self) -> Option<String> {
        self.name.as_deref().map(str::to_owned)
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
