//! What every command needs: where the daemon is, how to reach it, how to answer.
//! It starts nothing by itself and knows no command.

use std::env;
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use persistproc_api::client::{Client, Launcher};
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::{ErrorCode, Problem};

use crate::args::{Format, Globals};
use crate::error::Failure;
use crate::render::style;

/// What the daemon calls us when someone asks who started a process.
const NAME: &str = "cli";

/// The flags of every command, understood.
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

    /// Where the data and the daemon are.
    pub(crate) fn data_dirs(&self) -> &DataDirs {
        &self.dirs
    }

    /// Whether somebody chose the place: by a flag or by a variable.
    pub(crate) fn has_own_place(&self) -> bool {
        let variable = env::var_os("PERSISTPROC_DATA_DIR");
        self.globals.data_dir.is_some() || variable.is_some_and(|value| !value.is_empty())
    }

    /// The port for a new daemon, if one was asked for.
    pub(crate) fn port(&self) -> Option<u16> {
        self.globals.port
    }

    /// How often `-v` was given.
    pub(crate) fn verbose(&self) -> u8 {
        self.globals.verbose
    }

    pub(crate) fn quiet(&self) -> bool {
        self.globals.quiet > 0
    }

    pub(crate) fn json(&self) -> bool {
        self.globals.format == Format::Json
    }

    /// A client that starts a daemon when none answers.
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let program = env::current_exe().map_err(|error| {
            Problem::internal(format!("persistproc cannot find its own file: {error}."))
        })?;
        let launcher = Launcher { program, arguments: self.daemon_arguments() };
        Ok(Client::new(NAME, self.dirs.clone(), Some(launcher)))
    }

    /// A client that leaves it at that when no daemon answers.
    pub(crate) fn client_of_running_daemon(&self) -> Client {
        Client::new(NAME, self.dirs.clone(), None)
    }

    fn daemon_arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            vec!["serve".into(), "--detached".into(), "--data-dir".into(), self.dirs.data().into()];
        if let Some(port) = self.port() {
            arguments.extend(["--port".into(), port.to_string().into()]);
        }
        arguments
    }

    /// A dim line for the person at the terminal, unless they want none.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet() {
            say(text);
        }
    }

    /// A line for those who gave `-v`.
    fn detail(&self, text: &str) {
        if self.verbose() > 0 {
            say(text);
        }
    }
}

fn say(text: &str) {
    let mut stderr = std::io::stderr().lock();
    // Nobody left to tell is no reason to fail.
    writeln!(stderr, "{}", style::dim(text, stderr.is_terminal())).ok();
}

/// The directory a command is about: as given, or the present one; absolute, links resolved,
/// so that two spellings of it are one.
pub(crate) fn directory(given: Option<&Path>) -> Result<PathBuf, Problem> {
    let missing = |error: std::io::Error| {
        Problem::new(
            ErrorCode::DirectoryMissing,
            format!("The present directory is gone: {error}."),
        )
        .hint("Change to another directory, or give one with --working-directory.")
    };
    match given {
        None => env::current_dir().map_err(missing),
        Some(path) => {
            let path = std::path::absolute(path).map_err(missing)?;
            Ok(path.canonicalize().unwrap_or(path))
        }
    }
}
