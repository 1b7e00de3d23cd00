//! [`Context`]: the global flags, the data directories and the client that every command uses. It
//! starts a daemon only if a command asks for a client that may.

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, Write, stderr};
use std::path::Path;

use persistproc_api::client::{Client, DaemonLauncher};
use persistproc_api::data_dirs::{DEFAULT_PORT, DataDirs};
use persistproc_api::environment::Environment;
use persistproc_api::serve_flags::ServeFlags;
use persistproc_api::{Problem, client_names};

use crate::args::{Format, Globals};
use crate::error::Failure;
use crate::render::style;
use crate::render::wrapping::wrap;
use crate::settings::Settings;
use crate::terminal;

/// The global flags, resolved.
#[derive(Debug)]
pub(crate) struct Context {
    dirs: DataDirs,
    globals: Globals,
}

impl Context {
    pub(crate) fn new(globals: Globals) -> Result<Self, Failure> {
        let dirs = DataDirs::resolve(globals.data_dir.as_deref())?;
        let context = Self { dirs, globals };
        context.detail(&format!("data directory: {}", context.dirs.data().display()));
        context.detail(&format!("socket: {}", context.dirs.socket().display()));
        Ok(context)
    }

    /// The directories of data and sockets.
    pub(crate) fn data_dirs(&self) -> &DataDirs {
        &self.dirs
    }

    /// Whether a flag or a variable sets the data directory.
    pub(crate) fn has_custom_data_dir(&self) -> bool {
        let variable = env::var_os("PERSISTPROC_DATA_DIR");
        self.globals.data_dir.is_some() || variable.is_some_and(|value| !value.is_empty())
    }

    /// The data directory that a flag sets.
    pub(crate) fn data_dir_flag(&self) -> Option<&Path> {
        self.globals.data_dir.as_deref()
    }

    /// The port for a new daemon, if one is set.
    pub(crate) fn port(&self) -> Option<u16> {
        self.globals.port
    }

    /// The port that a daemon opens: that of a flag or variable, or the remembered one, or that of the
    /// configuration file, or the default.
    pub(crate) fn daemon_port(&self) -> u16 {
        let remembered = || ServeFlags::remembered(&self.dirs).ok()?.port;
        let configured = || Settings::read().file.port;
        self.port().or_else(remembered).or_else(configured).unwrap_or(DEFAULT_PORT)
    }

    /// Whether `--verbose` is given.
    pub(crate) fn verbose(&self) -> bool {
        self.globals.verbose > 0
    }

    pub(crate) fn quiet(&self) -> bool {
        self.globals.quiet > 0
    }

    pub(crate) fn json(&self) -> bool {
        self.globals.format() == Format::Json
    }

    /// The name of this client in `started_by` of a process: that of the agent whose shell runs it.
    pub(crate) fn client_name(&self) -> &'static str {
        Environment::own().agent().unwrap_or(client_names::CLI)
    }

    /// A client that starts a daemon if none is running.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.client_with_port(None)
    }

    /// A client that starts a daemon on this port if none is running. A port that the user has set
    /// takes precedence.
    pub(crate) fn client_with_port(&self, port: Option<u16>) -> Result<Client, Failure> {
        let program = env::current_exe().map_err(|error| {
            Problem::internal(format!("Cannot find the executable of persistproc: {error}."))
        })?;
        let launcher = DaemonLauncher {
            program,
            arguments: self.daemon_arguments(port),
            on_started: (!self.quiet()).then_some(note_settings as fn()),
            on_sandboxed: (!self.quiet()).then_some(note_sandbox as fn(&[String])),
        };
        Ok(self.reporting(Client::new(self.client_name(), self.dirs.clone(), Some(launcher))))
    }

    /// A client that never starts a daemon.
    pub(crate) fn client_of_running_daemon(&self) -> Client {
        self.reporting(Client::new(self.client_name(), self.dirs.clone(), None))
    }

    /// The same client, which says on stderr that the daemon does not answer, unless `--quiet` is
    /// given.
    fn reporting(&self, client: Client) -> Client {
        if self.quiet() { client } else { client.reporting_delays(print_dimmed) }
    }

    fn daemon_arguments(&self, port: Option<u16>) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            vec!["serve".into(), "--detached".into(), "--data-dir".into(), self.dirs.data().into()];
        if let Some(port) = self.port().or(port) {
            arguments.extend(["--port".into(), port.to_string().into()]);
        }
        arguments
    }

    /// Prints a note for the user on stderr, unless `--quiet` is given.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet() {
            print_dimmed(text);
        }
    }

    /// Prints a detail on stderr if `--verbose` is given.
    fn detail(&self, text: &str) {
        if self.verbose() {
            print_dimmed(text);
        }
    }
}

/// Says that the daemon that was just started is in a sandbox, with everything that it will start.
/// Among the output of a program that goes to a pipe or a file, the note would be an error.
fn note_sandbox(sandbox: &[String]) {
    if stderr().is_terminal() {
        print_dimmed(&format!(
            "The daemon was started inside a sandbox ({}), and so are all processes that it \
             starts. A command from outside replaces it.",
            sandbox.join(", ")
        ));
    }
}

/// Says what the daemon that was just started could not use of its settings.
fn note_settings() {
    let settings = Settings::read();
    if let Some(error) = settings.error_text() {
        print_dimmed(&format!(
            "{error} The daemon has started without it, and drops no run and no process. {}",
            settings.fix()
        ));
    }
}

fn print_dimmed(text: &str) {
    let mut stderr = stderr().lock();
    let is_terminal = stderr.is_terminal();
    let lines = if is_terminal {
        wrap(text, terminal::size().columns.into())
    } else {
        text.lines().map(str::to_owned).collect()
    };
    let lines: Vec<String> = lines.iter().map(|line| style::dim(line, is_terminal)).collect();
    // One write: other output may come at the same time. Fails if stderr is closed. Notes are optional,
    // so the command continues.
    stderr.write_all(format!("{}\n", lines.join("\n")).as_bytes()).ok();
}
