//! [`PortReservations`]: which process has which port. A port stays reserved while the process is on
//! record, running or not, so that two starts never get the same one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use persistproc_api::record::ProcessRecord;

use super::candidates::candidates;
use crate::platform::sockets;

/// The assigned ports of all processes. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct PortReservations {
    by_id: Arc<Mutex<BTreeMap<String, u16>>>,
}

impl PortReservations {
    /// Reserves the port that is in the record of a process, unless another process has it.
    pub fn restore(&self, process: &ProcessRecord) {
        let Some(assigned) = &process.assigned_port else { return };
        let mut by_id = self.lock();
        if !by_id.values().any(|port| *port == assigned.port) {
            by_id.insert(process.id.clone(), assigned.port);
        }
    }

    /// Reserves a free port for a process that does not run: the one in its record, or else the first
    /// free candidate. `None` if all are taken.
    pub fn assign(&self, process: &ProcessRecord) -> Option<u16> {
        let name = port_name(process);
        let recorded = process.assigned_port.as_ref().map(|assigned| assigned.port);
        let mut by_id = self.lock();
        let is_reserved =
            |port: u16| by_id.iter().any(|(id, held)| *held == port && *id != process.id);
        let mut ports = recorded.into_iter().chain(candidates(&name));
        let port = ports.find(|port| !is_reserved(*port) && sockets::is_free(*port))?;
        by_id.insert(process.id.clone(), port);
        Some(port)
    }

    /// Releases the port of a process.
    pub fn release(&self, id: &str) {
        self.lock().remove(id);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u16>> {
        // Nothing that can panic runs under this lock.
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the port follows from: the label, and the directory, unless the label contains it.
fn port_name(process: &ProcessRecord) -> String {
    let directory = process.launch.working_directory.to_string_lossy();
    if process.label.contains(&*directory) {
        process.label.clone()
    } else {
        format!("{} in {directory}", process.label)
    }
}

#[cfg(test)]
mod tests {
    use persistproc_api::launch::Launch;
    use persistproc_api::record::AssignedPort;

    use super::*;

    fn process(id: &str, port: Option<u16>) -> ProcessRecord {
        let launch = Launch::new(vec!["server".to_owned()], "/project");
        let assigned_port = port.map(|port| AssignedPort { port, arguments: Vec::new() });
        ProcessRecord { assigned_port, ..ProcessRecord::new(id.into(), "web".into(), launch, 0) }
    }

    #[test]
    fn processes_of_the_same_name_get_different_ports() {
        let reservations = PortReservations::default();
        let first = reservations.assign(&process("a", None)).unwrap();
        let second = reservations.assign(&process("b", None)).unwrap();
        assert_ne!(first, second);
        assert_eq!(reservations.assign(&process("a", None)), Some(first));
        reservations.release("a");
        assert_eq!(reservations.assign(&process("c", None)), Some(first));
    }

    #[test]
    fn a_recorded_port_is_kept_unless_it_is_taken() {
        let reservations = PortReservations::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = listener.local_addr().unwrap().port();
        let recorded = process("a", Some(taken));
        reservations.restore(&recorded);
        let other = reservations.assign(&recorded).unwrap();
        assert_ne!(other, taken);
        assert_eq!(reservations.assign(&process("a", Some(other))), Some(other));
    }
}
