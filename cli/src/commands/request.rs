//! What `run` and `start` send: the words, this environment, this directory.

use std::collections::BTreeMap;
use std::env;

use persistproc_api::Problem;
use serde_json::Value;

/// Our environment, with these variables over it. A variable that is not text cannot travel.
pub(super) fn environment(more: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let mut all: BTreeMap<String, String> = env::vars_os().filter_map(text).collect();
    all.extend(more);
    all
}

/// The bits that files made here do not get. The only way to ask is to set it.
pub(super) fn umask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    rustix::process::umask(mask);
    // Not every platform has so many bits for it.
    #[allow(clippy::useless_conversion, reason = "it is the same only here")]
    mask.as_raw_mode().into()
}

/// `--environment`: a JSON object of strings. Numbers and booleans are taken as they look.
pub(super) fn variables(json: Option<&str>) -> Result<BTreeMap<String, String>, Problem> {
    let Some(json) = json else { return Ok(BTreeMap::new()) };
    let wrong = |why: String| {
        Problem::invalid(format!("--environment is not an object of strings: {why}."))
            .hint("Write it as --environment '{\"PORT\": \"3000\", \"DEBUG\": \"1\"}'.")
    };
    let object: BTreeMap<String, Value> =
        serde_json::from_str(json).map_err(|error| wrong(error.to_string()))?;
    let text = |(name, value): (String, Value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err(wrong(format!("{name:?} has the value {value}")))
        }
    };
    object.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_an_object_of_strings() {
        let found = variables(Some(r#"{"A": "x y", "PORT": 3000, "ON": true}"#)).unwrap();
        let expected = [("A", "x y"), ("ON", "true"), ("PORT", "3000")];
        assert!(found.iter().map(|(k, v)| (k.as_str(), v.as_str())).eq(expected));
        for wrong in ["A=1", "[]", r#"{"A": null}"#, r#"{"A": {}}"#] {
            assert!(variables(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
