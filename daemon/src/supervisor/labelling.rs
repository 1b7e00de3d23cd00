//! [`label`]: gives a process another label. The id stays: it is the name of folders, sockets and hosts,
//! and clients keep it.
//!
//! A target may be an id or a label. So a label is refused that another
//! process has as its label or its id, by this request and by a start.

use std::sync::Arc;

use persistproc_api::{Problem, Process, Target};

use super::registry::{Handles, Registry};
use super::requests::spec;
use super::runs::task_request::TaskRequest;
use super::{finding, problems};

/// Sets the label of a process.
pub(crate) async fn label(
    registry: &Registry,
    target: &Target,
    label: String,
) -> Result<Process, Problem> {
    spec::check_label(&label)?;
    let handle = finding::handle_to_change(registry, target)?;
    // No start and no other request takes the label until this process has it.
    let _reservation = {
        let handles = registry.handles();
        if let Some(other) = named(&handles, &label, &handle.id) {
            return Err(problems::name_in_use(&label, &other));
        }
        registry.labels_in_transit().reserve(&label, &handle.process())?
    };
    handle.ask(|reply| TaskRequest::Label { label, reply }).await
}

/// Another process whose label or id is this name.
pub(super) fn named(handles: &Handles, name: &str, own_id: &str) -> Option<Arc<Process>> {
    let others = handles.values().filter(|handle| handle.id != own_id);
    let mut processes = others.map(|handle| handle.process());
    processes.find(|process| process.id == name || process.label == name)
}
