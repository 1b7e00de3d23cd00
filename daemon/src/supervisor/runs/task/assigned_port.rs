//! The assigned port of a process: chosen or confirmed before each run, and recorded with it.

use persistproc_api::record::AssignedPort;

use super::Task;
use crate::platform::sockets::{self, PortHolder};
use crate::supervisor::ports::flags::{chooses_port, port_arguments};

/// Said of a command that has a flag for its port.
const CHOOSES_PORT: &str =
    "The command chooses a port itself, so the assigned one is in PORT only.";

impl Task {
    /// Assigns the port for the next run, if the process is to have one. If the recorded port is
    /// taken, the process gets the next free one, and the answer to the start says so.
    pub(super) fn assign_port(&mut self) {
        self.start_note = std::mem::take(&mut self.environment_note);
        if self.process.launch.assign_port != Some(true) {
            self.process.assigned_port = None;
            self.context.ports.release(&self.process.id);
            return;
        }
        // Tries ports, and may look for the holder of one among all processes.
        let notes = tokio::task::block_in_place(|| self.choose_port());
        let environment_note = std::mem::take(&mut self.start_note);
        let notes: Vec<String> = [environment_note].into_iter().chain(notes).collect();
        self.start_note = notes.join(" ").trim_start().to_owned();
    }

    /// Records the port for the next run. Returns what the answer to the start says about it.
    fn choose_port(&mut self) -> Vec<String> {
        let mut notes = Vec::new();
        let recorded = self.process.assigned_port.as_ref().map(|assigned| assigned.port);
        let Some(port) = self.context.ports.assign(&self.process) else {
            self.process.assigned_port = None;
            notes.push("No port could be assigned: all are taken.".to_owned());
            return notes;
        };
        if let Some(taken) = recorded.filter(|recorded| *recorded != port) {
            notes.push(port_changed(taken, port));
        }
        let launch = &self.process.launch;
        if chooses_port(&launch.command) {
            notes.push(CHOOSES_PORT.to_owned());
        }
        let arguments = port_arguments(&launch.command, &launch.directory(), port);
        self.process.assigned_port = Some(AssignedPort { port, arguments });
        notes
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
