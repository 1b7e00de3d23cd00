//! Explains why a body does not match its type. Names are compared with the type's schema; only the
//! message about a wrong value is serde's.

use std::fmt;

use persistproc_api::Problem;
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::invalid::{self, Location};
use crate::http::schema::{RequestField, Schemas};

/// The problem with a body that the deserializer of `T` rejected with `error`.
pub(super) fn body_problem<T: DeserializeOwned + JsonSchema>(
    body: &[u8],
    error: &serde_json::Error,
) -> Problem {
    let object: Object = match serde_json::from_slice(body) {
        Ok(object) => object,
        Err(error) => {
            return Problem::invalid(format!("The body is not valid JSON: {error}."))
                .hint("Send an object with the fields of this route, or `{}`.");
        }
    };
    let mut schemas = Schemas::default();
    let fields = schemas.fields::<T>();
    if let Some(problem) = check_names("", &object, &fields, &schemas) {
        return problem;
    }
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    // Deserialize from a value: the message of `from_slice` ends with a line and a column.
    match serde_path_to_error::deserialize::<_, T>(value.clone()) {
        Err(error) => {
            let reason = error.inner().to_string();
            value_problem(error.path(), &value, fields, &schemas, &reason)
        }
        Ok(_) => Problem::invalid(format!("The body is not valid: {error}.")),
    }
}

/// The problem with the first unknown or repeated field, at any depth.
fn check_names(
    parent: &str,
    object: &Object,
    fields: &[RequestField],
    schemas: &Schemas,
) -> Option<Problem> {
    let names: Vec<&str> = object.0.iter().map(|(name, _)| name.as_str()).collect();
    if let Some(problem) = invalid::check_names(Location::Body, parent, &names, fields) {
        return Some(problem);
    }
    for (name, node) in &object.0 {
        let object = match node {
            Node::Object(object) => object,
            Node::Other(IgnoredAny) => continue,
        };
        let Some(field) = fields.iter().find(|field| field.name == *name) else { continue };
        let nested = schemas.fields_of(&field.schema);
        // A map such as `environment` declares no fields and accepts every name.
        if nested.is_empty() {
            continue;
        }
        let path = invalid::join(parent, name);
        if let Some(problem) = check_names(&path, object, &nested, schemas) {
            return Some(problem);
        }
    }
    None
}

/// The problem at the path of a deserializer's error: an object that lacks a required field, or
/// else a wrong value.
fn value_problem(
    path: &Path,
    body: &Value,
    mut fields: Vec<RequestField>,
    schemas: &Schemas,
    reason: &str,
) -> Problem {
    let mut name = String::new();
    let mut value = body;
    for segment in path {
        match segment {
            Segment::Map { key } => {
                name = invalid::join(&name, key);
                value = &value[key];
                let field = fields.into_iter().find(|field| field.name == *key);
                fields = field.map_or_else(Vec::new, |field| schemas.fields_of(&field.schema));
            }
            Segment::Seq { index } => {
                name = format!("{name}[{index}]");
                value = &value[index];
                fields = Vec::new();
            }
            Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    let is_missing = |field: &&RequestField| field.is_required && value.get(&field.name).is_none();
    match fields.iter().find(is_missing) {
        Some(field) if value.is_object() => {
            invalid::missing(Location::Body, &invalid::join(&name, &field.name))
        }
        _ => invalid::wrong_value(Location::Body, &name, value, reason),
    }
}

/// A JSON object that keeps entries with a repeated name.
struct Object(Vec<(String, Node)>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Node {
    Object(Object),
    Other(IgnoredAny),
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;

        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(ObjectVisitor)
    }
}

#[cfg(test)]
mod tests {
    use persistproc_api::control::ResizeRequest;
    use persistproc_api::start::StartRequest;

    use super::*;

    fn message<T: DeserializeOwned + JsonSchema>(body: &str) -> String {
        let error = serde_json::from_str::<T>(body).err().unwrap();
        body_problem::<T>(body.as_bytes(), &error).message
    }

    #[test]
    fn an_invalid_body_names_its_field() {
        for (body, expected) in [
            (r#"{"comand": "x"}"#, "`comand` is not a field of this route."),
            (r#"{"wait": {"timeuot": 1}}"#, "`wait.timeuot` is not a field of this route."),
            (r#"{"command": "x", "command": "y"}"#, "`command` is given more than once."),
            (r#"{"wait": {"for": "exit", "for": "port"}}"#, "`wait.for` is given more than once."),
            (r#"{"command": "x"}"#, "`working_directory` is missing."),
            (r#"{"tty": {"rows": 1}}"#, "`tty.columns` is missing."),
            (
                r#"{"label": 7}"#,
                "`label` cannot be 7: invalid type: integer `7`, expected a string.",
            ),
            (
                r#"{"wait": {"port": 70000}}"#,
                "`wait.port` cannot be 70000: invalid value: integer `70000`, expected u16.",
            ),
            (
                r#"{"environment": {"A": 1}}"#,
                "`environment.A` cannot be 1: invalid type: integer `1`, expected a string.",
            ),
        ] {
            assert_eq!(message::<StartRequest>(body), expected, "{body}");
        }
    }

    #[test]
    fn a_long_value_is_shortened() {
        let body = format!(r#"{{"wait": {{"port": "{}"}}}}"#, "x".repeat(10_000));
        assert!(message::<StartRequest>(&body).chars().count() < 500);
    }

    #[test]
    fn a_newtype_has_the_fields_of_its_inner_type() {
        let missing = message::<ResizeRequest>(r#"{"rows": 24}"#);
        assert_eq!(missing, "`columns` is missing.");
    }

    #[test]
    fn a_syntax_error_keeps_its_position() {
        let expected = "The body is not valid JSON: EOF while parsing a value at line 1 column 12.";
        assert_eq!(message::<StartRequest>(r#"{"command": "#), expected);
    }
}
