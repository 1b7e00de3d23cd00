//! [`LabelReservations`]: the labels that processes are about to get.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use persistproc_api::{Problem, Process};

use super::problems;

/// The labels that processes are about to get, with the process of each.
#[derive(Default)]
pub(crate) struct LabelReservations {
    processes: Mutex<BTreeMap<String, Process>>,
}

/// A label that is reserved until this is dropped.
pub(crate) struct LabelReservation<'a> {
    reservations: &'a LabelReservations,
    label: String,
}

impl LabelReservations {
    /// Reserves a label. Fails if it is reserved.
    pub(crate) fn reserve(
        &self,
        label: &str,
        process: &Process,
    ) -> Result<LabelReservation<'_>, Problem> {
        self.check_free(label)?;
        self.lock().insert(label.to_owned(), process.clone());
        Ok(LabelReservation { reservations: self, label: label.to_owned() })
    }

    /// Fails if a process is about to get this label.
    pub(crate) fn check_free(&self, label: &str) -> Result<(), Problem> {
        match self.lock().get(label) {
            Some(process) => Err(problems::name_in_use(label, process)),
            None => Ok(()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Process>> {
        // Nothing that can panic runs under this lock.
        self.processes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for LabelReservation<'_> {
    fn drop(&mut self) {
        self.reservations.lock().remove(&self.label);
    }
}
