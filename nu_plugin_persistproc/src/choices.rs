//! `Choice`: a word that a flag or argument accepts, with the description that completion shows.

use persistproc_api::output::Stream;
use persistproc_api::process::StatusKind;
use persistproc_api::start::IfRunning;
use persistproc_api::wait::Goal;

/// One of the words that a flag accepts.
pub(crate) struct Choice<T> {
    pub(crate) word: &'static str,
    pub(crate) description: &'static str,
    pub(crate) value: T,
}

const fn choice<T>(word: &'static str, description: &'static str, value: T) -> Choice<T> {
    Choice { word, description, value }
}

/// How a command formats its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

pub(crate) const FORMATS: [Choice<Format>; 2] = [
    choice("text", "a table", Format::Text),
    choice("json", "JSON, as the executable prints it", Format::Json),
];

pub(crate) const STREAMS: [Choice<Stream>; 3] = [
    choice("combined", "both streams, in order of arrival", Stream::Combined),
    choice("stdout", "standard output", Stream::Stdout),
    choice("stderr", "standard error", Stream::Stderr),
];

pub(crate) const STATUSES: [Choice<StatusKind>; 6] = [
    choice("running", "running", StatusKind::Running),
    choice("stopping", "asked to stop, but not yet ended", StatusKind::Stopping),
    choice("exited", "ended by itself", StatusKind::Exited),
    choice("terminated", "ended on request", StatusKind::Terminated),
    choice("failed", "could not be started", StatusKind::Failed),
    choice("lost", "ended without a recorded exit status", StatusKind::Lost),
];

pub(crate) const GOALS: [Choice<Goal>; 6] = [
    choice("ready", "the process listens, or says so for lack of a port", Goal::Ready),
    choice("port", "a port accepts connections", Goal::Port),
    choice("pattern", "a line matches the pattern", Goal::Pattern),
    choice("exit", "the process ends", Goal::Exit),
    choice("quiet", "there is no output for a while", Goal::Quiet),
    choice("change", "there is new output, then half a second of silence", Goal::Change),
];

pub(crate) const IF_RUNNING: [Choice<IfRunning>; 3] = [
    choice("return", "return the running process", IfRunning::Return),
    choice("error", "fail", IfRunning::Error),
    choice("restart", "stop it and start a new run", IfRunning::Restart),
];

/// The signals that completion offers. The daemon knows more signals, so any word is passed to it.
pub(crate) const SIGNALS: [Choice<()>; 10] = [
    choice("HUP", "hang up; servers often reload their configuration", ()),
    choice("INT", "interrupt, as Ctrl+C does", ()),
    choice("QUIT", "quit, as Ctrl+\\ does; often with a stack dump", ()),
    choice("USR1", "user-defined", ()),
    choice("USR2", "user-defined", ()),
    choice("TERM", "terminate", ()),
    choice("KILL", "kill; cannot be handled", ()),
    choice("STOP", "suspend; cannot be handled", ()),
    choice("CONT", "resume after a suspension", ()),
    choice("WINCH", "the terminal size has changed", ()),
];
