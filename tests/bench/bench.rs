//! What one run of the benchmark knows: how thorough it is, where its files are, what it found.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::check::Faults;
use crate::keeper::{self, Keeper, MARK};
use crate::{Fallible, child, machine};

/// One run.
pub(crate) struct Bench {
    quick: bool,
    /// Large files: beside the build, on a real disk.
    files: TempDir,
    /// Sockets, whose paths have to be short.
    sockets: TempDir,
    faults: Cell<Faults>,
    notes: RefCell<Vec<String>>,
    load: String,
    // Held for its drop.
    _keeper: Keeper,
}

impl Bench {
    pub(crate) fn new(quick: bool) -> Fallible<Self> {
        let files =
            tempfile::Builder::new().prefix("bench-").tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let sockets = tempfile::Builder::new().prefix("ppb-").tempdir_in("/tmp")?;
        let keeper = Keeper::start([files.path(), sockets.path()])?;
        let bench = Self {
            quick,
            files,
            sockets,
            faults: Cell::default(),
            notes: RefCell::default(),
            load: machine::load(),
            _keeper: keeper,
        };
        bench.note(peers());
        Ok(bench)
    }

    pub(crate) fn quick(&self) -> bool {
        self.quick
    }

    /// One of two amounts.
    pub(crate) fn either<T>(&self, thorough: T, quick: T) -> T {
        if self.quick { quick } else { thorough }
    }

    pub(crate) fn files(&self) -> &Path {
        self.files.path()
    }

    pub(crate) fn sockets(&self) -> &Path {
        self.sockets.path()
    }

    /// Counts what a check found, for the sum at the end; hands it back.
    pub(crate) fn found(&self, faults: Faults) -> Faults {
        self.faults.set(self.faults.get() + faults);
        faults
    }

    pub(crate) fn faults(&self) -> Faults {
        self.faults.get()
    }

    /// Says something below the table, once.
    pub(crate) fn note(&self, note: impl Into<String>) {
        let (note, mut notes) = (note.into(), self.notes.borrow_mut());
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.borrow().clone()
    }

    pub(crate) fn load(&self) -> &str {
        &self.load
    }

    /// This program as a child of this program.
    pub(crate) fn child(&self, role: &[&str]) -> Fallible<Command> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(child::FLAG).args(role).env(MARK, keeper::mark());
        Ok(command)
    }
}

/// A program of the system, found before the clock runs: looking along the PATH takes its time.
pub(crate) fn program(name: &str) -> Fallible<Command> {
    let path = on_path(name).ok_or_else(|| format!("there is no {name} on the PATH"))?;
    let mut command = Command::new(path);
    command.env(MARK, keeper::mark());
    Ok(command)
}

/// Where a program is, if it is on the PATH.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn peers() -> String {
    let found: Vec<&str> =
        ["pueue", "pitchfork"].into_iter().filter(|name| on_path(name).is_some()).collect();
    match &found[..] {
        [] => "Of the peers, this program measures pm2 where it is on the PATH.".into(),
        found => {
            format!("On the PATH as well, not measured by this program: {}.", found.join(", "))
        }
    }
}
