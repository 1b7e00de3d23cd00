//! [`Failure`]: why a command failed, with its exit code or the signal by which it ends.
//! [`crate::render::problem`] prints it.

use std::io;
use std::process::ExitCode;

use persistproc_api::{ErrorCode, Problem};

use crate::death::DeathSignal;

/// Exit code after a write to a closed pipe: 128 + SIGPIPE, as a shell reports it.
const BROKEN_PIPE: u8 = 141;

/// The result of a command.
pub(crate) type Outcome = Result<ExitCode, Failure>;

/// Why a command failed.
#[derive(Debug)]
pub(crate) struct Failure {
    /// `None` after a broken pipe, when there is no reader to print it for, and for a death by a
    /// signal, which needs no words.
    problem: Option<Box<Problem>>,
    exit_code: u8,
    death: Option<DeathSignal>,
}

impl Failure {
    /// A problem with an exit code other than the usual one.
    pub(crate) fn with_code(problem: Problem, exit_code: u8) -> Self {
        Self { problem: Some(Box::new(problem)), exit_code, death: None }
    }

    /// The reader of our output closed the pipe.
    pub(crate) fn broken_pipe() -> Self {
        Self { problem: None, exit_code: BROKEN_PIPE, death: None }
    }

    /// This program ends by a signal, as the process did for which it stands.
    pub(crate) fn death(death: DeathSignal) -> Self {
        Self { problem: None, exit_code: death.shell_code(), death: Some(death) }
    }

    /// Ctrl+C was pressed before this failure.
    pub(crate) fn after_interrupt_key(mut self) -> Self {
        self.death = self.death.map(DeathSignal::after_interrupt_key);
        self
    }

    /// The signal by which this program ends.
    pub(crate) fn death_signal(&self) -> Option<DeathSignal> {
        self.death
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.problem.is_none() && self.death.is_none()
    }

    pub(crate) fn problem(&self) -> Option<&Problem> {
        self.problem.as_deref()
    }

    /// The exit code as a number.
    pub(crate) fn code(&self) -> u8 {
        self.exit_code
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.exit_code)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let exit_code = match problem.code {
            ErrorCode::InvalidRequest => 2,
            ErrorCode::NotFound | ErrorCode::Ambiguous => 3,
            ErrorCode::DaemonUnreachable | ErrorCode::DaemonUnresponsive => 4,
            _ => 1,
        };
        Self::with_code(with_flag_names(problem), exit_code)
    }
}

/// The daemon names a parameter of the REST API. The message shows the flag that sets it.
fn with_flag_names(problem: Problem) -> Problem {
    let flag = match problem.parameter.as_deref() {
        Some("since") => "--since-time",
        Some("before") => "--before-time",
        Some("after") => "--after",
        Some("lines") => "--lines",
        Some("label") => "--label",
        Some("program") => "--program",
        _ => return problem,
    };
    problem.with_parameter_shown_as(flag)
}

impl From<io::Error> for Failure {
    /// For writes to our own output only: the message of any other error should name its file.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::broken_pipe();
        }
        Problem::new(ErrorCode::Storage, format!("Cannot write the output: {error}."))
            .hint("Check where stdout and stderr are redirected.")
            .into()
    }
}

/// The exit code that a shell uses for a program that cannot be run.
pub(crate) fn shell_code(problem: &Problem) -> u8 {
    match problem.code {
        ErrorCode::CommandNotFound => 127,
        ErrorCode::PermissionDenied => 126,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_failure_has_its_exit_code() {
        for (code, expected) in [
            (ErrorCode::InvalidRequest, 2),
            (ErrorCode::NotFound, 3),
            (ErrorCode::Ambiguous, 3),
            (ErrorCode::DaemonUnreachable, 4),
            (ErrorCode::DaemonUnresponsive, 4),
            (ErrorCode::StartFailed, 1),
        ] {
            assert_eq!(Failure::from(Problem::new(code, "x")).exit_code, expected, "{code:?}");
        }
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).exit_code, 141);
        assert_eq!(shell_code(&Problem::new(ErrorCode::CommandNotFound, "x")), 127);
    }

    #[test]
    fn a_parameter_is_shown_as_its_flag() {
        let problem = Problem::parameter("since", "is not a time: \"soon\"");
        let failure = Failure::from(problem);
        assert_eq!(failure.problem().unwrap().message, "`--since-time` is not a time: \"soon\".");
    }
}
