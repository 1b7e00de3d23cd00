//! Start requests that inherit the environment, the umask and the resource limits of this process.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use persistproc_api::launch::variables_from_json;
use persistproc_api::start::{Command, StartRequest};
use persistproc_api::{Problem, limits};

/// A start of `command` that inherits the environment, the umask and the limits of this process.
/// `additional` variables override inherited ones.
pub(super) fn start_request(
    command: Command,
    directory: PathBuf,
    additional: BTreeMap<String, String>,
) -> StartRequest {
    let mut request = StartRequest::new(command, directory);
    request.inherit_environment = false;
    request.launch.environment = inherited(additional);
    request.launch.umask = Some(umask());
    request.launch.limits = limits::own();
    request
}

/// The environment of this process, overridden by `additional`. Variables that are not valid UTF-8
/// are left out, since the request is JSON.
fn inherited(additional: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> = env::vars_os().filter_map(as_text).collect();
    variables.extend(additional);
    variables
}

fn as_text((name, value): (OsString, OsString)) -> Option<(String, String)> {
    Some((name.into_string().ok()?, value.into_string().ok()?))
}

/// The umask of this process. The system call can only set it and return the old one, so it is set
/// twice.
fn umask() -> u32 {
    let mask = rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    rustix::process::umask(mask);
    // `mode_t` is narrower than `u32` on some platforms.
    #[allow(clippy::useless_conversion, reason = "a no-op only where `mode_t` is `u32`")]
    mask.as_raw_mode().into()
}

/// Parses `--environment`: a JSON object of strings. Numbers and booleans become text.
pub(super) fn parse_variables(json: Option<&str>) -> Result<BTreeMap<String, String>, Problem> {
    let Some(json) = json else { return Ok(BTreeMap::new()) };
    let object = serde_json::from_str(json).map_err(|error| not_an_object(&error.to_string()))?;
    variables_from_json(object)
        .map_err(|(name, value)| not_an_object(&format!("{name:?} has the value {value}")))
}

fn not_an_object(why: &str) -> Problem {
    Problem::invalid(format!("`--environment` is not a JSON object of strings: {why}."))
        .hint("Example: --environment '{\"PORT\": \"3000\", \"DEBUG\": \"1\"}'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_an_object_of_strings() {
        let variables = parse_variables(Some(r#"{"A": "x y", "PORT": 3000, "ON": true}"#)).unwrap();
        let expected = [("A", "x y"), ("ON", "true"), ("PORT", "3000")];
        assert!(variables.iter().map(|(k, v)| (k.as_str(), v.as_str())).eq(expected));
        for invalid in ["A=1", "[]", r#"{"A": null}"#, r#"{"A": {}}"#] {
            assert!(parse_variables(Some(invalid)).is_err(), "{invalid}");
        }
    }
}
