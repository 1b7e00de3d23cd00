//! The assigned port of a process: chosen or confirmed before each run, and recorded with it.

use persistproc_api::record::AssignedPort;

use super::Task;
use crate::platform::sockets::{self, PortHolder};
use crate::supervisor::ports::flags::port_arguments;

impl Task {
    /// Assigns the port for the next run, if the process is to have one. If the recorded port is
    /// taken, the process gets the next free one, and the answer to the start says so.
    pub(super) fn assign_port(&mut self) {
        self.start_note.clear();
        if self.process.launch.assign_port != Some(true) {
            self.process.assigned_port = None;
            self.context.ports.release(&self.process.id);
            return;
        }
        let recorded = self.process.assigned_port.as_ref().map(|assigned| assigned.port);
        let Some(port) = self.context.ports.assign(&self.process) else {
            self.process.assigned_port = None;
            "No port could be assigned: all are taken.".clone_into(&mut self.start_note);
            return;
        };
        if let Some(taken) = recorded.filter(|recorded| *recorded != port) {
            self.start_note = port_changed(taken, port);
        }
        let launch = &self.process.launch;
        let arguments = port_arguments(&launch.command, &launch.directory(), port);
        self.process.assigned_port = Some(AssignedPort { port, arguments });
    }
}

/// Says that the recorded port is taken, and by which process.
fn port_changed(taken: u16, port: u16) -> String {
    let holder = match sockets::holder_of(taken) {
        Some(PortHolder { pid, command }) => format!("is held by PID {pid}, `{command}`"),
        None => "is taken".to_owned(),
    };
    format!("Port {taken} {holder}; the process has port {port} from now on.")
}
