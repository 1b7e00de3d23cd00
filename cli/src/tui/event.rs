//! [`UiEvent`]: what happens, and [`UiEffect`]: what is done about it.

use std::path::PathBuf;

use persistproc_api::process::ProcessList;
use persistproc_api::{Problem, Process};

use super::keys::UiKey;
use super::log_request::{FollowReport, FollowRequest, LogAnswer, LogRequest};

/// What the threads send to the main one.
pub(super) enum UiEvent {
    Keys(Vec<UiKey>),
    /// The terminal has hung up.
    InputEnded,
    /// The processes after a change.
    List(ProcessList),
    /// The same with the facts of those that run.
    Facts(ProcessList),
    /// The daemon was shut down, or a request has failed.
    ListEnded(Result<(), Problem>),
    /// News of the process with this index.
    Followed {
        generation: u64,
        source: usize,
        report: FollowReport,
    },
    /// The answer to a request for a part of the log.
    Answered {
        generation: u64,
        answer: Result<LogAnswer, Problem>,
    },
    /// An action is done, or has failed.
    Acted(Result<String, Problem>),
    Signal(i32),
    /// The program to which the terminal was given has ended.
    ProgramEnded,
    /// A thread has panicked.
    Panicked,
}

/// What the main thread does after an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum UiEffect {
    Quit,
    Suspend,
    /// Give the terminal to `pp attach`.
    Attach(String),
    /// Give the terminal to `less`.
    Less(PathBuf, FilePosition),
    /// Put a text on the clipboard of the terminal.
    Copy(String),
    /// Take the mouse, or give it back.
    UseMouse(bool),
    Act(UiAction, Box<Process>),
    Follow(FollowRequest),
    Read(LogRequest),
}

/// Where `less` begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FilePosition {
    Line(u64),
    End,
}

/// A request about one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum UiAction {
    Start,
    Stop,
    Restart,
    Forget,
    OpenUrl,
    /// A line for its standard input.
    Send(String),
    /// A signal by its name.
    Signal(String),
}
