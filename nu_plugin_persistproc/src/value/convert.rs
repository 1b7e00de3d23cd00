//! Conversions between Nushell values and text: results as JSON, variables as environment strings.

use nu_protocol::{LabeledError, Span, Value};
use persistproc_api::Problem;
use serde::Serialize;

use super::error::error;

/// Formats a result as JSON, as the executable prints it.
pub(crate) fn to_json(result: &impl Serialize, span: Span) -> Result<Value, LabeledError> {
    match serde_json::to_string_pretty(result) {
        Ok(json) => Ok(Value::string(json, span)),
        Err(cause) => Err(error(&Problem::internal(cause), span)),
    }
}

/// Results of the same request for several processes. A single one is not wrapped in a list.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany<'a, T> {
    One(&'a T),
    Many(&'a [T]),
}

impl<'a, T> From<&'a [T]> for OneOrMany<'a, T> {
    fn from(results: &'a [T]) -> Self {
        match results {
            [only] => Self::One(only),
            all => Self::Many(all),
        }
    }
}

/// An environment variable of the shell as a child process gets it, with lists joined by colons.
/// `None` for other structured values, which have no string form.
pub(crate) fn to_env_string(value: &Value) -> Option<String> {
    match value {
        Value::String { val, .. } | Value::Glob { val, .. } => Some(val.clone()),
        Value::Int { val, .. } => Some(val.to_string()),
        Value::Float { val, .. } => Some(val.to_string()),
        Value::Bool { val, .. } => Some(val.to_string()),
        Value::List { vals, .. } => {
            let parts: Option<Vec<String>> = vals.iter().map(to_env_string).collect();
            Some(parts?.join(":"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use nu_protocol::Record;

    use super::*;

    #[test]
    fn lists_become_colon_separated_and_records_are_left_out() {
        let path = Value::test_list(vec![Value::test_string("/a"), Value::test_string("/b")]);
        assert_eq!(to_env_string(&path).as_deref(), Some("/a:/b"));
        assert_eq!(to_env_string(&Value::test_int(7)).as_deref(), Some("7"));
        assert_eq!(to_env_string(&Value::test_record(Record::new())), None);
    }
}
