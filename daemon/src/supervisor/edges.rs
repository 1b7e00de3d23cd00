//! [`Edges`]: starts and ends of runs, passed on to the task that shows notices. Nothing is passed on while
//! notices are off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use persistproc_api::Process;
use tokio::sync::mpsc;

/// How many edges may wait for the task.
const MAX_QUEUED_EDGES: usize = 1024;

/// What has happened to a process.
#[derive(Debug)]
pub(crate) enum Edge {
    /// A run has started.
    Started { process: Process },
    /// A run has ended, or is lost.
    Ended { process: Process, end: EndCircumstances },
    /// A run is ready, this many seconds after its start; what it can be reached by.
    Ready { process: Process, seconds: f64, place: Option<String>, is_watched: bool },
    /// The process was forgotten.
    Forgotten { id: String },
}

/// What an end depends on beside the status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct EndCircumstances {
    /// The run was meant to go on.
    pub(crate) is_service: bool,
    /// A client was watching.
    pub(crate) is_watched: bool,
    /// A client has just sent a signal or input.
    pub(crate) is_answer: bool,
}

/// The sending side. Clones share the queue.
#[derive(Clone)]
pub(crate) struct Edges {
    sender: mpsc::Sender<Edge>,
    are_wanted: Arc<AtomicBool>,
}

impl Edges {
    /// The two sides of a new queue.
    pub(crate) fn channel() -> (Self, mpsc::Receiver<Edge>) {
        let (sender, receiver) = mpsc::channel(MAX_QUEUED_EDGES);
        (Self { sender, are_wanted: Arc::default() }, receiver)
    }

    /// From now on edges are passed on, or not.
    pub(crate) fn want(&self, are_wanted: bool) {
        self.are_wanted.store(are_wanted, Ordering::SeqCst);
    }

    /// Passes an edge on, if edges are wanted.
    pub(crate) fn send(&self, edge: impl FnOnce() -> Edge) {
        if self.are_wanted.load(Ordering::SeqCst) && self.sender.try_send(edge()).is_err() {
            tracing::warn!("too many processes start and end: no notice is shown of one");
        }
    }
}
