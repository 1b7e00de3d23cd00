//! Start requests that inherit the environment, the umask, the resource limits and the other
//! attributes of this process.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use persistproc_api::environment::Environment;
use persistproc_api::inherited::Inherited;
use persistproc_api::start::{IfRunning, StartRequest};
use persistproc_api::{Problem, limits};
use serde_json::{Map, Value};

use crate::args::Assignment;
use crate::programs;

/// A start of these words, as they were typed. The child inherits everything that this process
/// would pass to a child, apart from the settings of its terminal.
pub(super) fn start_request(words: &[OsString], directory: PathBuf) -> StartRequest {
    let mut request = StartRequest::typed(words, directory);
    request.inherit_environment = false;
    request.launch.environment = Environment::own();
    request.launch.umask = Some(umask());
    request.launch.limits = limits::own();
    request.launch.inherited = Inherited::own();
    request
}

/// Gives the variable `_` the value that it would have without us. A shell sets it to the path of the
/// program that it executes, which is ours.
pub(super) fn set_program_variable(environment: &mut Environment, words: &[OsString]) {
    let Some(program) = words.first() else { return };
    let file = |path: &Path| fs::metadata(path).map(|file: Metadata| (file.dev(), file.ino())).ok();
    let Ok(own) = std::env::current_exe() else { return };
    let named = environment.get("_").and_then(|path| file(Path::new(path)));
    // `pp` has executed us.
    let ours = [file(&own), file(&own.with_file_name("pp"))];
    if named.is_none() || !ours.contains(&named) {
        return;
    }
    let path = match program.as_bytes().contains(&b'/') {
        true => Some(program.clone()),
        false => programs::on_path(program).map(PathBuf::into_os_string),
    };
    if let Some(path) = path {
        environment.set("_", path);
    }
}

/// Has the daemon name another client that uses the process, once, before this start restarts it: a command
/// in the shell of an agent is not the word of a person.
pub(super) fn spare_other_clients(request: &mut StartRequest) {
    request.unless_used =
        request.if_running == IfRunning::Restart && Environment::own().agent().is_some();
}

/// Sets the variables that were given with `--env`.
pub(super) fn assign(environment: &mut Environment, assignments: &[Assignment]) {
    for Assignment { name, value } in assignments {
        environment.set(name.clone(), value.clone());
    }
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
pub(super) fn parse_variables(json: Option<&str>) -> Result<Environment, Problem> {
    let Some(json) = json else { return Ok(Environment::default()) };
    let object: Map<String, Value> =
        serde_json::from_str(json).map_err(|error| not_an_object(&error.to_string()))?;
    Environment::from_json(object)
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
    fn the_variable_of_the_program_is_set_if_it_names_us() {
        let own = std::env::current_exe().unwrap();
        let changed = |value: &std::ffi::OsStr, word: &str| {
            let mut environment = Environment::from_iter([("_", value)]);
            set_program_variable(&mut environment, &[word.into()]);
            environment.get("_").unwrap().to_owned()
        };
        assert_eq!(changed(own.as_os_str(), "./program"), "./program");
        assert!(Path::new(&changed(own.as_os_str(), "sh")).ends_with("sh"));
        assert_eq!(changed(own.as_os_str(), "no such program"), own);
        assert_eq!(changed("/bin/sh".as_ref(), "./program"), "/bin/sh");
    }

    #[test]
    fn variables_are_an_object_of_strings() {
        let variables = parse_variables(Some(r#"{"A": "x y", "PORT": 3000, "ON": true}"#)).unwrap();
        let expected = [("A", "x y"), ("PORT", "3000"), ("ON", "true")];
        assert_eq!(variables, Environment::from_iter(expected));
        for invalid in ["A=1", "[]", r#"{"A": null}"#, r#"{"A": {}}"#] {
            assert!(parse_variables(Some(invalid)).is_err(), "{invalid}");
        }
    }
}
