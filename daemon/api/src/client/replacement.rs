//! Replacing a daemon that is more confined than its client: [`Client::replace_confined_daemon`].

use super::Client;
use crate::confinement::Confinement;
use crate::daemon::{DaemonRecord, ShutdownRequest};
use crate::problem::{ErrorCode, Problem};

/// The difference between this process and the daemon.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ConfinementCheck {
    /// What the daemon could not give to a child. It was asked to exit, its processes keep running,
    /// and the next request starts another one.
    pub replaced_for: Vec<String>,
    /// What confines this process and will not confine a child of the daemon.
    pub not_passed_on: Vec<String>,
}

impl Client {
    /// Compares this process with the running daemon, which takes no request: the daemon has
    /// written down its own confinement. A daemon that could not give a child what this process
    /// has is asked to exit.
    pub fn replace_confined_daemon(&self) -> Result<ConfinementCheck, Problem> {
        let Some(record) = DaemonRecord::of_running(&self.dirs) else {
            return Ok(ConfinementCheck::default());
        };
        let own = Confinement::own();
        let replaced_for = record.confinement.withheld_from(&own);
        if replaced_for.is_empty() || self.launcher.is_none() {
            let not_passed_on = record.confinement.not_passed_on(&own);
            return Ok(ConfinementCheck { not_passed_on, ..ConfinementCheck::default() });
        }
        let running = Self { launcher: None, ..self.clone() };
        match running.shutdown(&ShutdownRequest { keep: true }) {
            // It had exited before. The next one has the confinement of this process.
            Err(problem) if problem.code == ErrorCode::DaemonUnreachable => {
                Ok(ConfinementCheck::default())
            }
            Err(problem) => Err(problem),
            Ok(_) => Ok(ConfinementCheck { replaced_for, ..ConfinementCheck::default() }),
        }
    }
}
