//! Flag values from a closed set, each the clap counterpart of a type in the api.

use clap::ValueEnum;
use persistproc_api::output::Stream;
use persistproc_api::start::IfRunning;
use persistproc_api::wait::Goal;

/// [`Goal`] as a flag value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GoalChoice {
    Ready,
    Port,
    Pattern,
    Exit,
    Quiet,
    Change,
}

impl From<GoalChoice> for Goal {
    fn from(choice: GoalChoice) -> Self {
        match choice {
            GoalChoice::Ready => Self::Ready,
            GoalChoice::Port => Self::Port,
            GoalChoice::Pattern => Self::Pattern,
            GoalChoice::Exit => Self::Exit,
            GoalChoice::Quiet => Self::Quiet,
            GoalChoice::Change => Self::Change,
        }
    }
}

/// [`IfRunning`] as a flag value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum IfRunningChoice {
    #[default]
    Return,
    Error,
    Restart,
}

impl From<IfRunningChoice> for IfRunning {
    fn from(choice: IfRunningChoice) -> Self {
        match choice {
            IfRunningChoice::Return => Self::Return,
            IfRunningChoice::Error => Self::Error,
            IfRunningChoice::Restart => Self::Restart,
        }
    }
}

/// [`Stream`] as a flag value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StreamChoice {
    Stdout,
    Stderr,
    Combined,
}

impl From<StreamChoice> for Stream {
    fn from(choice: StreamChoice) -> Self {
        match choice {
            StreamChoice::Stdout => Self::Stdout,
            StreamChoice::Stderr => Self::Stderr,
            StreamChoice::Combined => Self::Combined,
        }
    }
}

/// When text has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// In a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}
