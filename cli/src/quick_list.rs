//! The list of processes for completion and the shell prompt, which cannot wait. It is empty if no
//! daemon is running or if the daemon does not answer within a few milliseconds.

use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use persistproc_api::client::Client;
use persistproc_api::client_names;
use persistproc_api::data_dirs::DataDirs;
use persistproc_api::process::{ListQuery, Process};

/// The processes that the daemon knows; empty if it does not answer within the timeout.
pub(crate) fn processes(dirs: DataDirs, timeout: Duration) -> Vec<Process> {
    let client = Client::new(client_names::CLI, dirs, None);
    let (sender, answer) = sync_channel(1);
    thread::spawn(move || {
        // Fails only after the timeout, when the receiver is gone.
        sender.send(client.list(&ListQuery::default())).ok();
    });
    match answer.recv_timeout(timeout) {
        Ok(Ok(list)) => list.processes,
        Ok(Err(_)) | Err(_) => Vec::new(),
    }
}
