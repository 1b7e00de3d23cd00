//! The dashboard in the terminal: the list of processes, the log of one or of several merged, and
//! what can be done with them.
//!
//! Threads send [`event::UiEvent`]s to one bounded queue: keys, signals, the list after each change,
//! the newest lines of logs, and answers. The main thread ([`dashboard`]) takes all that wait, passes
//! each to [`update`], a pure table that changes the [`model`] and returns what is to be done, and draws
//! once. Nothing polls: without an event, the next time to draw is when an age in the list changes.
//!
//! | module | contents |
//! |---|---|
//! | [`dashboard`] | the main thread |
//! | [`event`], [`update`] | what happens, and what follows from it |
//! | [`model`], [`list_pane`], [`log_pane`] | what the dashboard knows |
//! | [`keys`], [`key_parser`], [`key_reader`] | the table of keys; keys from bytes; bytes from the terminal |
//! | [`layout`], [`draw`], [`styled_text`] | the model as a screen of characters |
//! | [`screen`], [`painter`] | the terminal, and what changes on it |
//! | [`log_window`], [`log_request`] | lines in one order; which lines are asked for |
//! | [`log_reader`], [`follower`] | reads parts of logs; follows their newest lines |
//! | [`worker`], [`clipboard`] | threads; the clipboard of the terminal |

mod clipboard;
mod dashboard;
mod draw;
mod event;
mod follower;
mod key_parser;
mod key_reader;
mod keys;
mod layout;
mod list_pane;
mod log_pane;
mod log_reader;
mod log_request;
mod log_window;
mod model;
mod painter;
mod screen;
mod styled_text;
mod update;
mod worker;

use std::sync::Arc;

use persistproc_api::client::Client;
use persistproc_api::{Problem, Process};

use crate::error::Failure;

pub(crate) use event::UiAction;

/// Does something with a process, and returns what was done.
pub(crate) type ActionFn =
    Arc<dyn Fn(&UiAction, &Process) -> Result<String, Problem> + Send + Sync>;

/// What the dashboard needs.
pub(crate) struct UiOptions {
    /// Starts a daemon if none is running.
    pub(crate) client: Client,
    /// The id of the process whose log is shown first.
    pub(crate) target: Option<String>,
    /// The client name of this command.
    pub(crate) reader: &'static str,
    /// How to detach from a process, as a text.
    pub(crate) detach_keys: Option<String>,
    pub(crate) act: ActionFn,
}

/// Why the dashboard has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UiEnd {
    /// The user has left.
    Left,
    /// The daemon was shut down.
    ShutDown,
}

/// Shows the dashboard until the user leaves it.
pub(crate) fn run(options: UiOptions) -> Result<UiEnd, Failure> {
    dashboard::Dashboard::open(options)?.run()
}
