//! Whether all is well here: what the daemon says, what the system says, and what to do. It only
//! looks. Each part gathers facts in one function and judges them in another, which is pure.

mod agents;
mod daemon;
mod folders;
mod names;
mod shells;

use persistproc_api::client::Client;
use persistproc_api::data_dirs::DataDirs;
use serde::Serialize;

use crate::agents::Endpoint;

/// What was looked at, how it is, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Finding {
    /// For programs.
    pub(crate) check: &'static str,
    pub(crate) ok: bool,
    pub(crate) message: String,
    /// What to do now. Where all is well, what could be done; empty: nothing.
    pub(crate) fix: String,
}

impl Finding {
    fn ok(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, ok: true, message: message.into(), fix: String::new() }
    }

    fn problem(check: &'static str, message: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { check, ok: false, message: message.into(), fix: fix.into() }
    }

    fn advice(mut self, fix: impl Into<String>) -> Self {
        self.fix = fix.into();
        self
    }
}

/// What to look at, and whom to ask who holds a port.
pub(crate) struct Patient<'a> {
    pub(crate) dirs: &'a DataDirs,
    pub(crate) client: Client,
    pub(crate) port: u16,
    /// Where agents are to find persistproc.
    pub(crate) door: Endpoint,
    pub(crate) holder_of: fn(u16) -> Option<String>,
}

/// Everything there is to look at, in the order in which one thing needs the other.
pub(crate) fn findings(patient: Patient) -> Vec<Finding> {
    let Patient { dirs, client, port, door, holder_of } = patient;
    let mut all = names::findings();
    all.extend(folders::findings(dirs));
    all.extend(daemon::findings(client, port, holder_of));
    all.extend(shells::findings());
    all.extend(agents::findings(&door));
    all
}
