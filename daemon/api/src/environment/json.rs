//! The JSON of an environment: an object of names and values where that holds all of it, and else a
//! list of entries, each `"NAME=value"` or, where it is not UTF-8, `{"base64": "…"}`. Both keep the
//! order of the entries.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::OsStringExt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Entry, Environment};
use crate::raw_bytes::RawBytes;

/// An entry of the list.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum EntryJson {
    Text(String),
    Bytes { base64: RawBytes },
}

impl Environment {
    /// The names and values, if an object can hold them: all UTF-8, with values, and no name twice.
    fn as_object(&self) -> Option<Vec<(&str, &str)>> {
        let mut names = BTreeSet::new();
        let mut variables = Vec::with_capacity(self.entries.len());
        for Entry { name, value } in &self.entries {
            let name = name.to_str()?;
            if !names.insert(name) {
                return None;
            }
            variables.push((name, value.as_ref()?.to_str()?));
        }
        Some(variables)
    }
}

impl Serialize for Environment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(object) = self.as_object() {
            return serializer.collect_map(object);
        }
        let mut list = serializer.serialize_seq(Some(self.entries.len()))?;
        for entry in self.to_entries() {
            let json = match String::from_utf8(entry) {
                Ok(text) => EntryJson::Text(text),
                Err(error) => {
                    let bytes = OsString::from_vec(error.into_bytes());
                    EntryJson::Bytes { base64: RawBytes::new(&bytes) }
                }
            };
            list.serialize_element(&json)?;
        }
        list.end()
    }
}

impl<'de> Deserialize<'de> for Environment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EnvironmentVisitor)
    }
}

struct EnvironmentVisitor;

impl<'de> Visitor<'de> for EnvironmentVisitor {
    type Value = Environment;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of variables")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Environment, A::Error> {
        let mut entries = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, String>()? {
            entries.push((name, value));
        }
        Ok(entries.into_iter().collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Environment, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = list.next_element::<EntryJson>()? {
            entries.push(match entry {
                EntryJson::Text(text) => text.into(),
                EntryJson::Bytes { base64 } => base64.to_os_string(),
            });
        }
        Ok(entries.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(entries: &[&[u8]]) -> Environment {
        entries.iter().map(|entry| OsString::from_vec(entry.to_vec())).collect()
    }

    #[track_caller]
    fn assert_json(environment: &Environment, json: &str) {
        assert_eq!(serde_json::to_string(environment).unwrap(), json);
        assert!(*environment == serde_json::from_str(json).unwrap(), "{json}");
    }

    #[test]
    fn plain_variables_are_an_object_in_their_order() {
        assert_json(&environment(&[b"B=1", b"A=x=y", b"E="]), r#"{"B":"1","A":"x=y","E":""}"#);
        assert_json(&Environment::default(), "{}");
    }

    #[test]
    fn other_environments_are_a_list() {
        assert_json(&environment(&[b"A=1", b"A=2"]), r#"["A=1","A=2"]"#);
        assert_json(&environment(&[b"A=1", b"alone"]), r#"["A=1","alone"]"#);
        assert_json(&environment(&[b"A=1", b"X=a\xff"]), r#"["A=1",{"base64":"WD1h/w=="}]"#);
    }

    #[test]
    fn a_value_that_is_no_text_is_refused() {
        let refused = serde_json::from_str::<Environment>(r#"{"A": 1}"#).err().unwrap();
        assert!(refused.to_string().contains("expected a string"), "{refused}");
    }
}
