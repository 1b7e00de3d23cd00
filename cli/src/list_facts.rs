//! The facts of running processes in a list: [`add`] measures their URLs and ports, and
//! [`awaits_port`] says whether to measure again, since a port that opens is no event.

use persistproc_api::client::Client;
use persistproc_api::process::{ListQuery, ProcessList, StatusKind};
use persistproc_api::{Problem, Process, Status, Time};

/// How long a process that has just started may take to open its port.
const PORT_SECONDS: f64 = 60.0;

/// Adds the facts of running processes, which have their URLs and ports. Those of ended ones would
/// cost time and not be shown.
pub(crate) fn add(client: &Client, query: &ListQuery, list: &mut ProcessList) {
    if !list.processes.iter().any(|process| process.status.is_alive()) {
        return;
    }
    // Without an answer, the list has no URLs.
    let Ok(measured) = of_running(client, query) else { return };
    for measured in measured.processes {
        let is_same =
            |process: &&mut Process| process.id == measured.id && process.run == measured.run;
        if let Some(process) = list.processes.iter_mut().find(is_same) {
            process.facts = measured.facts;
        }
    }
}

/// The running processes with their facts.
pub(crate) fn of_running(client: &Client, query: &ListQuery) -> Result<ProcessList, Problem> {
    let status = Some(StatusKind::Running.into());
    client.list(&ListQuery { facts: true, status, ..query.clone() })
}

/// Whether a process that has just started listens on no port yet.
pub(crate) fn awaits_port(processes: &[Process], now: Time) -> bool {
    processes.iter().any(|process| match &process.status {
        Status::Running { start_time, .. } => {
            let has_port = process.facts.as_ref().is_some_and(|facts| !facts.ports.is_empty());
            !has_port && now.seconds_since(*start_time) < PORT_SECONDS
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use persistproc_api::facts::Facts;

    use super::*;
    use crate::render::table::tests::process;

    #[test]
    fn a_new_process_without_a_port_is_measured_again() {
        let start_time = Time::from_micros(0);
        let mut server =
            process("web", None, &["npm"], "/", Status::Running { pid: 7, start_time });
        let awaits = |process: &Process, second: i64| {
            awaits_port(std::slice::from_ref(process), Time::from_micros(second * 1_000_000))
        };
        assert!(awaits(&server, 59));
        assert!(!awaits(&server, 60));
        server.facts = Some(Box::new(Facts { ports: vec![3000], ..Facts::default() }));
        assert!(!awaits(&server, 1));
    }
}
