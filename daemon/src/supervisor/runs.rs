//! Runs: the task that owns a process, and the shims that it starts, asks and replaces.
//!
//! | module | what it holds |
//! |---|---|
//! | [`task`] | the task that owns a process |
//! | [`task_request`] | what a task can be asked to do |
//! | [`access`] | which starts may join a run |
//! | [`adoption`] | a run of an earlier daemon, until its shim answers |
//! | `handle` | how the rest of the supervisor reaches a task |
//! | [`view`] | the published state of a process |
//! | [`lifecycle`] | the table of phases, events and effects |
//! | [`launch`] | starting a shim, for a new run or to take over |
//! | [`link`] | the daemon's end of a shim's socket |
//! | [`state`] | a process as it was found or created |
//! | [`recovery`] | what a new daemon finds on disk |
//! | `restoration` | runs whose records were deleted or damaged |
//! | [`takeover`] | the child of a run whose shim may be killed |
//! | [`reaper`] | exit statuses of the daemon's children |
//! | [`orphan`] | what a killed shim left behind |

pub mod access;
pub mod adoption;
pub(crate) mod handle;
pub mod launch;
pub mod lifecycle;
pub mod link;
pub mod orphan;
pub mod reaper;
pub mod recovery;
pub(crate) mod restoration;
pub mod state;
pub mod takeover;
pub mod task;
pub mod task_request;
pub mod view;
