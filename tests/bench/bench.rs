//! `Bench`: one run of the benchmark, with its options, its folders and its results so far.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::check::Faults;
use crate::watchdog::{self, MARK, Watchdog};
use crate::{Fallible, child, machine};

/// One run.
pub(crate) struct Bench {
    quick: bool,
    /// For large files: next to the build, on a real disk.
    files: TempDir,
    /// For sockets, whose paths have to be short.
    sockets: TempDir,
    faults: Cell<Faults>,
    notes: RefCell<Vec<String>>,
    load: String,
    // Held for its drop.
    _watchdog: Watchdog,
}

impl Bench {
    pub(crate) fn new(quick: bool) -> Fallible<Self> {
        let files =
            tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let sockets = tempfile::Builder::new().prefix("ppb-").tempdir_in("/tmp")?;
        let watchdog = Watchdog::start([files.path(), sockets.path()])?;
        let bench = Self {
            quick,
            files,
            sockets,
            faults: Cell::default(),
            notes: RefCell::default(),
            load: machine::load(),
            _watchdog: watchdog,
        };
        bench.note(similar_programs());
        Ok(bench)
    }

    pub(crate) fn is_quick(&self) -> bool {
        self.quick
    }

    /// The amount for a full run or for a quick one.
    pub(crate) fn either<T>(&self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    pub(crate) fn files(&self) -> &Path {
        self.files.path()
    }

    pub(crate) fn sockets(&self) -> &Path {
        self.sockets.path()
    }

    /// Adds the faults of a check to the total, and returns them.
    pub(crate) fn count(&self, faults: Faults) -> Faults {
        self.faults.set(self.faults.get() + faults);
        faults
    }

    pub(crate) fn faults(&self) -> Faults {
        self.faults.get()
    }

    /// Adds a note below the table, unless it is there already.
    pub(crate) fn note(&self, note: impl Into<String>) {
        let note = note.into();
        let mut notes = self.notes.borrow_mut();
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.borrow().clone()
    }

    /// The load average at the start.
    pub(crate) fn load(&self) -> &str {
        &self.load
    }

    /// This program as a child in a role.
    pub(crate) fn child(&self, role: &[&str]) -> Fallible<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(child::FLAG).args(role).env(MARK, watchdog::mark());
        Ok(command)
    }
}

/// A program of the system. It is looked up here because a search of the PATH takes time.
pub(crate) fn program(name: &str) -> Fallible<Command> {
    let path = find_on_path(name).ok_or_else(|| format!("{name} is not on the PATH"))?;
    let mut command = Command::new(path);
    command.env(MARK, watchdog::mark());
    Ok(command)
}

/// The path of a program, if it is on the PATH.
pub(crate) fn find_on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn similar_programs() -> String {
    let found: Vec<&str> =
        ["pueue", "pitchfork"].into_iter().filter(|name| find_on_path(name).is_some()).collect();
    if found.is_empty() {
        "Of similar programs, only pm2 is measured, if it is on the PATH.".into()
    } else {
        format!("On the PATH, but not measured: {}.", found.join(", "))
    }
}
