//! `Shell`: the calling shell's directory, environment and settings, read from Nushell at each call.
//! The plugin process's own directory and environment are those of its start, so they are not used.

use std::env;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use nu_plugin::{EngineInterface, EvaluatedCall};
use nu_protocol::{LabeledError, Span, Value};
use persistproc_api::client::{Client, DaemonLauncher};
use persistproc_api::client_names;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::environment::Environment;

use crate::settings::Settings;
use crate::value;

/// The name under which the daemon records what this client starts and stops.
const CLIENT_NAME: &str = client_names::NUSHELL;

/// The calling shell, and the daemon that its settings select.
pub(crate) struct Shell<'a> {
    engine: &'a EngineInterface,
    pub(crate) settings: Settings,
    dirs: DataDirs,
    launcher: Option<DaemonLauncher>,
}

impl<'a> Shell<'a> {
    /// The shell of a call, whose flags override the environment and the settings.
    pub(crate) fn from_call(
        engine: &'a EngineInterface,
        call: &EvaluatedCall,
        daemon_port: Option<u16>,
    ) -> Result<Self, LabeledError> {
        Self::new(engine, call.get_flag("data-dir")?, daemon_port)
    }

    /// The shell without a call, as completion needs it.
    pub(crate) fn without_flags(engine: &'a EngineInterface) -> Result<Self, LabeledError> {
        Self::new(engine, None, None)
    }

    fn new(
        engine: &'a EngineInterface,
        data_dir: Option<String>,
        port: Option<u16>,
    ) -> Result<Self, LabeledError> {
        let settings = Settings::from_config(engine)?;
        let data_dir = data_dir
            .or_else(|| variable(engine, "PERSISTPROC_DATA_DIR")?.into_string().ok())
            .or_else(|| settings.data_dir.clone())
            .map(|path| absolute_path(engine, &path))
            .transpose()?;
        let dirs = DataDirs::resolve_with(data_dir.as_deref(), &|name| variable(engine, name))
            .map_err(|problem| value::error(&problem, Span::unknown()))?;
        let port = port
            .map(|port| port.to_string().into())
            .or_else(|| variable(engine, "PERSISTPROC_PORT"));
        let launcher = if settings.autostart == Some(false) {
            None
        } else {
            find_launcher(engine, &dirs, port)
        };
        Ok(Self { engine, settings, dirs, launcher })
    }

    /// A client that starts the daemon if none is running, unless autostart is off.
    pub(crate) fn client(&self) -> Client {
        let client = Client::new(CLIENT_NAME, self.dirs.clone(), self.launcher.clone());
        client.reporting_delays(report)
    }

    /// A client that never starts a daemon.
    pub(crate) fn client_without_autostart(&self) -> Client {
        Client::new(CLIENT_NAME, self.dirs.clone(), None)
    }

    /// The shell's current directory.
    pub(crate) fn directory(&self) -> Result<PathBuf, LabeledError> {
        Ok(self.engine.get_current_dir()?.into())
    }

    /// An absolute path for a path that is relative to the shell's current directory.
    pub(crate) fn absolute_path(&self, path: &str) -> Result<PathBuf, LabeledError> {
        absolute_path(self.engine, path)
    }

    /// The shell's environment as a child process gets it. Variables that are neither simple values
    /// nor lists of them are left out.
    pub(crate) fn environment(&self) -> Result<Environment, LabeledError> {
        let variables = self.engine.get_env_vars()?.into_iter();
        let strings =
            variables.filter_map(|(name, value)| Some((name, value::to_env_string(&value)?)));
        Ok(strings.collect())
    }
}

/// Prints a sentence about a daemon that does not answer. The standard error of a plugin is that of
/// its shell.
fn report(text: &str) {
    eprintln!("{text}");
}

/// A variable of the shell's environment that is a non-empty string.
fn variable(engine: &EngineInterface, name: &str) -> Option<OsString> {
    match engine.get_env_var(name) {
        Ok(Some(Value::String { val, .. })) if !val.is_empty() => Some(val.into()),
        _ => None,
    }
}

fn absolute_path(engine: &EngineInterface, path: &str) -> Result<PathBuf, LabeledError> {
    let path = expand_home(engine, path);
    if path.starts_with('/') {
        return Ok(path.into());
    }
    // Resolve `..` by name, as the shell does, without following symbolic links.
    let mut absolute = PathBuf::from(engine.get_current_dir()?);
    for component in Path::new(&path).components() {
        match component {
            Component::ParentDir => {
                absolute.pop();
            }
            Component::CurDir => {}
            other => absolute.push(other),
        }
    }
    Ok(absolute)
}

/// Replaces a leading `~` with the shell's home directory.
fn expand_home(engine: &EngineInterface, path: &str) -> String {
    let Some(rest) = path.strip_prefix('~') else { return path.to_owned() };
    let home = engine.get_env_var("HOME").ok().flatten();
    match home.and_then(|home| home.into_string().ok()) {
        Some(home) if rest.is_empty() || rest.starts_with('/') => home + rest,
        _ => path.to_owned(),
    }
}

/// How to start the daemon: with the executable on the shell's PATH, or the one beside the plugin.
/// `None` if there is neither; a running daemon can still be used then.
fn find_launcher(
    engine: &EngineInterface,
    dirs: &DataDirs,
    port: Option<OsString>,
) -> Option<DaemonLauncher> {
    let mut folders: Vec<PathBuf> = match engine.get_env_var("PATH").ok().flatten()? {
        Value::List { vals, .. } => {
            vals.iter().filter_map(|folder| folder.as_str().ok().map(PathBuf::from)).collect()
        }
        Value::String { val, .. } => env::split_paths(&val).collect(),
        _ => Vec::new(),
    };
    folders.extend(plugin_folder());
    let program =
        folders.iter().map(|folder| folder.join("persistproc")).find(|file| file.is_file())?;
    let mut arguments: Vec<OsString> =
        vec!["serve".into(), "--detached".into(), "--data-dir".into(), dirs.data().into()];
    if let Some(port) = port {
        arguments.extend(["--port".into(), port]);
    }
    Some(DaemonLauncher { program, arguments, on_sandboxed: None, on_started: None })
}

fn plugin_folder() -> Option<PathBuf> {
    let executable = env::current_exe().ok()?;
    Some(executable.parent()?.to_owned())
}
