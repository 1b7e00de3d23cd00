//! [`UiModel`]: everything that the dashboard knows and shows. Events change it, and drawing reads it.

use std::path::PathBuf;

use persistproc_api::{Problem, Process, Time};
use ratatui_core::layout::Size;

use super::event::UiAction;
use super::list_pane::ListPane;
use super::log_pane::LogPane;

/// The state of the dashboard.
#[derive(Debug)]
pub(super) struct UiModel {
    pub(super) settings: UiSettings,
    pub(super) size: Size,
    pub(super) now: Time,
    pub(super) list: ListPane,
    pub(super) log: LogPane,
    /// Whether the log has the whole screen.
    pub(super) shows_log: bool,
    pub(super) overlay: Overlay,
    /// What has happened, until the next key; empty: nothing.
    pub(super) notice: String,
    pub(super) uses_mouse: bool,
}

/// What does not change.
#[derive(Debug)]
pub(super) struct UiSettings {
    pub(super) home: Option<PathBuf>,
    /// The client name of this command, for texts that name who did something.
    pub(super) reader: &'static str,
    /// How to detach from a process, as a text; `None`: no keys do that.
    pub(super) detach_keys: Option<String>,
    pub(super) has_colours: bool,
}

/// What takes the keys, and covers a part of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Overlay {
    Nothing,
    Help,
    /// A line that is typed.
    Prompt(PromptKind, String),
    /// A question about an action.
    Question(UiAction, Box<Process>),
    Problem(Box<Problem>),
}

/// What a line is typed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PromptKind {
    /// A pattern for the log.
    Search,
    /// A line for the standard input of the process.
    Send(Box<Process>),
    /// The name of a signal for the process.
    Signal(Box<Process>),
}

impl UiModel {
    pub(super) fn new(settings: UiSettings, size: Size, target: Option<String>) -> Self {
        Self {
            size,
            now: Time::now(),
            shows_log: target.is_some(),
            list: ListPane::new(target),
            log: LogPane::new(settings.has_colours),
            settings,
            overlay: Overlay::Nothing,
            notice: String::new(),
            uses_mouse: false,
        }
    }
}
