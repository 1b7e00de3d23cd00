//! The shell that asks: its directory, its variables and what its settings say about us. The
//! plugin's own are those of the moment it was started, and never looked at.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use nu_plugin::{EngineInterface, EvaluatedCall};
use nu_protocol::{LabeledError, Span, Value};
use persistproc_api::client::{Client, Launcher};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{ErrorCode, Problem};

use crate::value;

/// `$env.config.plugins.persistproc`; Nushell itself evaluates a closure that stands there.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Settings {
    pub(crate) data_dir: Option<String>,
    /// Whether a daemon is started when none answers.
    pub(crate) autostart: Option<bool>,
    /// How many lines `logs` begins with.
    pub(crate) lines: Option<i64>,
}

const SETTINGS: [&str; 3] = ["data_dir", "autostart", "lines"];

impl Settings {
    fn of(engine: &EngineInterface) -> Result<Self, LabeledError> {
        match engine.get_plugin_config()? {
            None | Some(Value::Nothing { .. }) => Ok(Self::default()),
            Some(Value::Record { val, .. }) => Self::read(val.iter()),
            Some(other) => Err(wrong("The settings are not a record", other.span())),
        }
    }

    fn read<'a>(
        fields: impl Iterator<Item = (&'a String, &'a Value)>,
    ) -> Result<Self, LabeledError> {
        let mut settings = Self::default();
        for (name, value) in fields {
            match (name.as_str(), value) {
                (_, Value::Nothing { .. }) => {}
                ("data_dir", Value::String { val, .. } | Value::Glob { val, .. }) => {
                    settings.data_dir = Some(val.clone());
                }
                ("autostart", Value::Bool { val, .. }) => settings.autostart = Some(*val),
                ("lines", Value::Int { val, .. }) if *val >= 0 => settings.lines = Some(*val),
                (known, _) if SETTINGS.contains(&known) => {
                    let kind = match known {
                        "data_dir" => "a path",
                        "autostart" => "true or false",
                        _ => "a number of lines",
                    };
                    return Err(wrong(
                        format!("The setting `{known}` is not {kind}"),
                        value.span(),
                    ));
                }
                (unknown, _) => {
                    return Err(wrong(format!("There is no setting `{unknown}`"), value.span()));
                }
            }
        }
        Ok(settings)
    }
}

fn wrong(what: impl std::fmt::Display, span: Span) -> LabeledError {
    let problem = Problem::invalid(format!("{what} in $env.config.plugins.persistproc."));
    let example = "{data_dir: ~/other, autostart: true, lines: 100}";
    value::error(&problem.hint(format!("Settings are a record like {example}.")), span)
}

/// A shell, as far as it matters here.
pub(crate) struct Shell<'a> {
    engine: &'a EngineInterface,
    pub(crate) settings: Settings,
    dirs: DataDirs,
    launcher: Option<Launcher>,
}

impl<'a> Shell<'a> {
    /// With what the flags of a call say about the place of the data.
    pub(crate) fn new(
        engine: &'a EngineInterface,
        call: &EvaluatedCall,
    ) -> Result<Self, LabeledError> {
        let port: Option<u16> = call.get_flag("port").ok().flatten();
        Self::find(engine, call.get_flag("data-dir")?, port)
    }

    /// Without any flags, as Tab has it.
    pub(crate) fn find(
        engine: &'a EngineInterface,
        data_dir: Option<String>,
        port: Option<u16>,
    ) -> Result<Self, LabeledError> {
        let settings = Settings::of(engine)?;
        let variable = |name: &str| match engine.get_env_var(name) {
            Ok(Some(Value::String { val, .. })) if !val.is_empty() => Some(OsString::from(val)),
            _ => None,
        };
        let from_env = || variable("PERSISTPROC_DATA_DIR").and_then(|dir| dir.into_string().ok());
        let given = data_dir.or_else(from_env).or_else(|| settings.data_dir.clone());
        let given = given.map(|dir| absolute(engine, &dir)).transpose()?;
        let found = DataDirs::resolve_with(given.as_deref(), &variable);
        let dirs = found.map_err(|problem| value::error(&problem, Span::unknown()))?;
        let port =
            port.map(|port| port.to_string().into()).or_else(|| variable("PERSISTPROC_PORT"));
        let launcher = match settings.autostart {
            Some(false) => None,
            _ => launcher(engine, &dirs, port),
        };
        Ok(Self { engine, settings, dirs, launcher })
    }

    /// Whoever answers for the processes of this shell.
    pub(crate) fn client(&self) -> Client {
        Client::new("nushell", self.dirs.clone(), self.launcher.clone())
    }

    /// A client that starts no daemon.
    pub(crate) fn client_of_running_daemon(&self) -> Client {
        Client::new("nushell", self.dirs.clone(), None)
    }

    /// Where it is.
    pub(crate) fn directory(&self) -> Result<PathBuf, LabeledError> {
        Ok(self.engine.get_current_dir()?.into())
    }

    /// A path as it is meant there.
    pub(crate) fn path(&self, path: &str) -> Result<PathBuf, LabeledError> {
        absolute(self.engine, path)
    }

    /// What a program gets that is started there: all that is text, or lists of it.
    pub(crate) fn variables(&self) -> Result<BTreeMap<String, String>, LabeledError> {
        let text = |(name, value): (String, Value)| Some((name, value::variable(&value)?));
        Ok(self.engine.get_env_vars()?.into_iter().filter_map(text).collect())
    }
}

fn absolute(engine: &EngineInterface, path: &str) -> Result<PathBuf, LabeledError> {
    let home = || engine.get_env_var("HOME").ok().flatten()?.into_string().ok();
    let path = match path.strip_prefix('~').map(|rest| (rest, home())) {
        Some((rest, Some(home))) if rest.is_empty() || rest.starts_with('/') => home + rest,
        _ => path.to_owned(),
    };
    if path.starts_with('/') {
        return Ok(path.into());
    }
    // `..` is meant as the shell means it: by name.
    let mut whole = PathBuf::from(engine.get_current_dir()?);
    for part in Path::new(&path).components() {
        match part {
            std::path::Component::ParentDir => drop(whole.pop()),
            std::path::Component::CurDir => {}
            other => whole.push(other),
        }
    }
    Ok(whole)
}

/// The executable on the shell's PATH, or the one beside us; without one, a daemon that runs is
/// still found.
fn launcher(engine: &EngineInterface, dirs: &DataDirs, port: Option<OsString>) -> Option<Launcher> {
    let folders = match engine.get_env_var("PATH").ok().flatten()? {
        Value::List { vals, .. } => {
            vals.iter().filter_map(|folder| folder.as_str().ok().map(PathBuf::from)).collect()
        }
        Value::String { val, .. } => env::split_paths(&val).collect(),
        _ => Vec::new(),
    };
    let ours = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned()));
    let mut files = folders.into_iter().chain(ours).map(|folder| folder.join("persistproc"));
    let program = files.find(|file| file.is_file())?;
    let mut arguments: Vec<OsString> =
        vec!["serve".into(), "--detached".into(), "--data-dir".into(), dirs.data().into()];
    arguments.extend(port.into_iter().flat_map(|port| ["--port".into(), port]));
    Some(Launcher { program, arguments })
}

/// What to say when no daemon may be started.
pub(crate) fn unreachable(problem: Problem, settings: &Settings) -> Problem {
    match (problem.code, settings.autostart) {
        (ErrorCode::DaemonUnreachable, Some(false)) => {
            problem.hint("Start one with `^persistproc serve`, or set `autostart: true`.")
        }
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[(&str, Value)]) -> Result<Settings, LabeledError> {
        let fields: Vec<_> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        Settings::read(fields.iter().map(|(name, value)| (name, value)))
    }

    #[test]
    fn settings_are_read_and_what_is_none_is_said() {
        let all = [
            ("data_dir", Value::test_string("/x")),
            ("autostart", Value::test_bool(false)),
            ("lines", Value::test_int(7)),
        ];
        let expected =
            Settings { data_dir: Some("/x".into()), autostart: Some(false), lines: Some(7) };
        assert_eq!(read(&all).unwrap(), expected);
        assert_eq!(read(&[("lines", Value::test_nothing())]).unwrap(), Settings::default());
        for wrong in [("colour", Value::test_int(1)), ("lines", Value::test_string("many"))] {
            let error = read(std::slice::from_ref(&wrong)).unwrap_err();
            assert!(error.msg.contains(wrong.0), "{}", error.msg);
            assert_eq!(error.code.as_deref(), Some("persistproc::invalid_request"));
        }
    }
}
