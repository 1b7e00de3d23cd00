//! [`Environment`]: the variables of a process as the kernel keeps them, a list of `NAME=value` in
//! bytes. Their order, duplicates and entries without `=` are kept, so that a child gets exactly
//! what its caller had.
//!
//! In JSON it is an object where it is plain, and else a list of entries; see `json`.

mod agent_variables;
mod difference;
mod json;

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use serde_json::Value;

pub use self::difference::EnvironmentDifference;

/// The variables of a process.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    entries: Vec<Entry>,
}

/// One entry of the list.
#[derive(Clone, PartialEq, Eq)]
struct Entry {
    name: OsString,
    /// `None`: an entry without `=`, which no program finds as a variable.
    value: Option<OsString>,
}

impl Environment {
    /// The environment of this process, byte for byte.
    pub fn own() -> Self {
        own_entries().into_iter().collect()
    }

    /// Whether there are no variables.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The value that `getenv` returns: that of the first entry with this name.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        let found = self.entries.iter().find(|entry| entry.name == name && entry.value.is_some());
        found?.value.as_deref()
    }

    /// Sets a variable at the place where it is, or else at the end. Further entries with this
    /// name are removed.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.extend(Self::from_iter([(name, value)]));
    }

    /// Sets each variable of another environment. Duplicates of the other one are kept.
    pub fn extend(&mut self, other: Self) {
        let mut positions: HashMap<OsString, usize> = HashMap::new();
        for (index, entry) in self.entries.iter().enumerate() {
            if entry.value.is_some() {
                positions.entry(entry.name.clone()).or_insert(index);
            }
        }
        let mut replaced = HashSet::new();
        for entry in other.entries {
            let position = positions.get(&entry.name).copied();
            match position.filter(|_| entry.value.is_some()) {
                Some(index) => {
                    replaced.insert(entry.name.clone());
                    self.entries[index] = entry;
                }
                None => self.entries.push(entry),
            }
        }
        // Further entries with a name that was set.
        self.entries.retain(|entry| {
            let is_replaced = entry.value.is_some() && replaced.contains(&entry.name);
            !is_replaced || positions.remove(&entry.name).is_some()
        });
    }

    /// Removes all variables.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// The variables without those that an agent sets for its own children. Such variables change
    /// what programs do and print, and a process is shared by agents and people.
    #[must_use]
    pub fn without_agent_variables(&self) -> Self {
        let is_agents = agent_variables::filter(self);
        let kept = self.entries.iter().filter(|entry| !is_agents(&entry.name));
        Self { entries: kept.cloned().collect() }
    }

    /// The variables whose name is UTF-8 and fulfils a condition.
    #[must_use]
    pub fn filtered(&self, is_kept: impl Fn(&str) -> bool) -> Self {
        let kept = self.entries.iter().filter(|entry| entry.name.to_str().is_some_and(&is_kept));
        Self { entries: kept.cloned().collect() }
    }

    /// The names and values of the variables.
    pub fn pairs(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.entries.iter().filter_map(|entry| Some((&*entry.name, entry.value.as_deref()?)))
    }

    /// The agent whose own variables are among these, which means that it runs this program.
    pub fn agent(&self) -> Option<&'static str> {
        agent_variables::agent(self)
    }

    /// The variables that are UTF-8, each once.
    #[must_use]
    pub fn only_text(&self) -> Self {
        let mut names = HashSet::new();
        let is_text = |entry: &&Entry| {
            let value = entry.value.as_ref().and_then(|value| value.to_str());
            value.is_some() && entry.name.to_str().is_some_and(|name| names.insert(name.to_owned()))
        };
        Self { entries: self.entries.iter().filter(is_text).cloned().collect() }
    }

    /// The names of the variables.
    pub fn names(&self) -> impl Iterator<Item = &OsStr> {
        self.entries.iter().map(|entry| entry.name.as_os_str())
    }

    /// The entries as `execve` takes them, without the NUL that ends each.
    pub fn to_entries(&self) -> Vec<Vec<u8>> {
        self.entries.iter().map(Entry::to_bytes).collect()
    }

    /// The name of an entry that no process can have: an empty name, one with `=`, or a NUL byte.
    pub fn invalid_name(&self) -> Option<String> {
        let invalid = self.entries.iter().find(|entry| !entry.is_valid());
        Some(invalid?.name.to_string_lossy().into_owned())
    }

    /// The variables of a JSON object. Numbers and booleans become their JSON text; the error is
    /// the first variable whose value is none of these.
    pub fn from_json(
        object: impl IntoIterator<Item = (String, Value)>,
    ) -> Result<Self, (String, Value)> {
        let text = |(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => Err((name, value)),
        };
        object.into_iter().map(text).collect::<Result<Vec<_>, _>>().map(Self::from_iter)
    }
}

/// Shows the names only: values are secrets, and this text ends up in logs.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

/// Entries of the form `NAME=value`, in their order.
impl FromIterator<OsString> for Environment {
    fn from_iter<T: IntoIterator<Item = OsString>>(entries: T) -> Self {
        Self { entries: entries.into_iter().map(Entry::from_bytes).collect() }
    }
}

/// Names and values, in their order.
impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(variables: T) -> Self {
        let entry = |(name, value): (N, V)| Entry { name: name.into(), value: Some(value.into()) };
        Self { entries: variables.into_iter().map(entry).collect() }
    }
}

impl Entry {
    /// Splits an entry at its first `=` after the first byte, as the C library does.
    fn from_bytes(entry: OsString) -> Self {
        let bytes = entry.as_bytes();
        match bytes.iter().skip(1).position(|byte| *byte == b'=') {
            Some(before) => Self {
                name: OsStr::from_bytes(&bytes[..=before]).to_owned(),
                value: Some(OsStr::from_bytes(&bytes[before + 2..]).to_owned()),
            },
            None => Self { name: entry, value: None },
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = self.name.clone().into_vec();
        if let Some(value) = &self.value {
            bytes.push(b'=');
            bytes.extend_from_slice(value.as_bytes());
        }
        bytes
    }

    fn is_valid(&self) -> bool {
        let name = self.name.as_bytes();
        let value = self.value.as_deref().map_or(&b""[..], OsStrExt::as_bytes);
        let is_name = match self.value {
            Some(_) => !name.is_empty() && !name[1..].contains(&b'='),
            None => true,
        };
        is_name && !name.contains(&0) && !value.contains(&0)
    }
}

/// The entries that this process was started with; it changes none of them.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the standard library drops entries without `=`")]
fn own_entries() -> Vec<OsString> {
    use std::ffi::{CStr, c_char};

    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    let mut entries = Vec::new();
    // SAFETY: `environ` is a list of strings that ends with a null pointer. This program never
    // changes its environment.
    unsafe {
        let mut next = environ;
        while !next.is_null() && !(*next).is_null() {
            entries.push(OsStr::from_bytes(CStr::from_ptr(*next).to_bytes()).to_owned());
            next = next.add(1);
        }
    }
    entries
}

/// The variables that this process was started with.
#[cfg(not(target_os = "linux"))]
fn own_entries() -> Vec<OsString> {
    let entry = |(mut entry, value): (OsString, OsString)| {
        entry.push("=");
        entry.push(value);
        entry
    };
    std::env::vars_os().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(entries: &[&str]) -> Environment {
        entries.iter().map(OsString::from).collect()
    }

    #[test]
    fn order_duplicates_and_odd_entries_are_kept() {
        let odd = environment(&["B=2", "A=1", "A=3", "novalue", "=C:=d", "E=", "=x"]);
        let entries = odd.to_entries();
        assert_eq!(entries[2], b"A=3");
        assert_eq!(entries.len(), 7);
        assert_eq!((odd.get("A"), odd.get("E")), (Some("1".as_ref()), Some("".as_ref())));
        assert_eq!((odd.get("novalue"), odd.get("=C:")), (None, Some("d".as_ref())));
        assert_eq!(odd.invalid_name(), None);
    }

    #[test]
    fn a_variable_is_set_where_it_is() {
        let mut changed = environment(&["A=1", "B=2", "A=3"]);
        changed.set("C", "4");
        changed.extend(environment(&["A=5", "alone"]));
        assert_eq!(changed, environment(&["A=5", "B=2", "C=4", "alone"]));
    }

    #[test]
    fn names_that_no_variable_can_have_are_found() {
        for name in ["", "A=B", "A\0"] {
            let mut invalid = environment(&["A=1"]);
            invalid.set(name, "x");
            assert_eq!(invalid.invalid_name().as_deref(), Some(name));
        }
    }

    #[test]
    fn variables_of_json_are_text_numbers_and_booleans() {
        let object = |json| serde_json::from_str::<serde_json::Map<_, _>>(json).unwrap();
        let variables =
            Environment::from_json(object(r#"{"A": "x y", "N": 3, "B": true}"#)).unwrap();
        assert_eq!(variables.get("N"), Some("3".as_ref()));
        assert_eq!(variables.get("B"), Some("true".as_ref()));
        let refused = Environment::from_json(object(r#"{"A": null}"#));
        assert_eq!(refused.err(), Some(("A".to_owned(), Value::Null)));
    }

    #[test]
    fn the_environment_of_this_process_is_that_of_the_standard_library() {
        let own = Environment::own();
        for (name, value) in std::env::vars() {
            assert_eq!(own.get(&name), Some(value.as_ref()), "{name}");
        }
    }
}
