//! `wait`: return when a condition is reached, or can no longer be reached. `start` and `restart` use
//! the same requests and reports.

use persistproc_api::selection::SelectedState;
use persistproc_api::start::Started;
use persistproc_api::wait::{Goal, WaitRequest, Waited};
use persistproc_api::{Problem, Status};

use super::each::{self, ProcessReport};
use super::selected::{Purpose, SelectionRequest, WithoutTarget, select};
use crate::args::{GoalChoice, WaitAfterStartArgs, WaitArgs};
use crate::context::Context;
use crate::error::Outcome;
use crate::render::{wait_result, words};
use crate::terminal::notify;

const PURPOSE: Purpose<'static> = Purpose {
    command: "wait",
    question: "Wait for",
    changes: false,
    state: SelectedState::Alive,
    without_target: WithoutTarget::Running,
};

pub(crate) fn run(args: &WaitArgs, context: &Context) -> Outcome {
    let client = context.client()?;
    let selected = select(&client, &SelectionRequest::new(&args.target, PURPOSE), context)?;
    check_goal_of_exit_code(args.exit_code, args.goal, "--for")?;
    let request = request(args);
    each::run(&selected, &client, context, "", |client, target| {
        let waited = client.wait_across_daemons(target, &request)?;
        if args.notify {
            let process = &waited.process;
            let phrase = words::status_phrase(&process.status);
            notify(&words::shown(&format!("{} {phrase}", process.name())));
        }
        let process_code = args.exit_code.then(|| process_code(&waited.process.status)).flatten();
        Ok(ProcessReport {
            lines: Vec::new(),
            details: lines(&waited, &request),
            note: String::new(),
            exit_code: process_code.unwrap_or_else(|| exit_code(&waited)),
            answer: waited,
        })
    })
}

/// The exit code of a process that has ended, as a shell reports it: 128 and the signal after a signal.
fn process_code(status: &Status) -> Option<u8> {
    match status {
        Status::Exited { exit, .. } | Status::Terminated { exit, .. } => {
            u8::try_from(exit.shell_code()).ok()
        }
        Status::Running { .. } | Status::Stopping { .. } => None,
        Status::Failed { .. } | Status::Lost { .. } => None,
    }
}

/// The exit code of a process is known only after a wait for its end.
fn check_goal_of_exit_code(
    exit_code: bool,
    goal: Option<GoalChoice>,
    flag: &str,
) -> Result<(), Problem> {
    if !exit_code || goal.is_none_or(|goal| goal == GoalChoice::Exit) {
        return Ok(());
    }
    Err(Problem::invalid(format!("`--exit-code` needs `{flag} exit`."))
        .hint(format!("Leave out `{flag}`: `--exit-code` waits for the end.")))
}

/// The wait that follows a start, as its flags say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct WaitAfterStart {
    /// `None` if no flag is given.
    pub(super) request: Option<WaitRequest>,
    /// Whether the exit code is that of the process.
    passes_exit_code: bool,
}

impl WaitAfterStart {
    pub(super) fn new(args: &WaitAfterStartArgs) -> Result<Self, Problem> {
        check_goal_of_exit_code(args.exit_code, args.wait_for, "--wait-for")?;
        Ok(Self { request: after_start(args), passes_exit_code: args.exit_code })
    }

    /// The report of a start or a restart: its `summary`, and the result of the wait if one was asked
    /// for.
    pub(super) fn report(
        &self,
        started: Started,
        summary: impl FnOnce(&Started) -> Vec<String>,
    ) -> ProcessReport<Started> {
        let waited = started.waited.as_deref();
        let of_process = waited.filter(|_| self.passes_exit_code);
        let of_process = of_process.and_then(|waited| process_code(&waited.process.status));
        ProcessReport {
            lines: summary(&started),
            details: waited
                .zip(self.request.as_ref())
                .map_or_else(Vec::new, |(waited, request)| lines(waited, request)),
            note: started.note.clone(),
            exit_code: of_process.unwrap_or_else(|| waited.map_or(0, exit_code)),
            answer: started,
        }
    }
}

fn request(args: &WaitArgs) -> WaitRequest {
    let request = WaitRequest {
        pattern: args.pattern.clone(),
        port: args.port,
        quiet: args.quiet_for,
        after: args.after.clone(),
        timeout: args.timeout,
        lines: args.lines,
        ..WaitRequest::default()
    };
    let goal = if args.exit_code { Some(Goal::Exit) } else { args.goal.map(GoalChoice::into) };
    request.with_goal(goal)
}

/// The wait that follows a start, if any of its flags is given.
fn after_start(args: &WaitAfterStartArgs) -> Option<WaitRequest> {
    let is_wanted = args.wait_for.is_some()
        || args.wait_pattern.is_some()
        || args.wait_port.is_some()
        || args.wait_timeout.is_some()
        || args.exit_code;
    if !is_wanted {
        return None;
    }
    let request = WaitRequest {
        pattern: args.wait_pattern.clone(),
        port: args.wait_port,
        timeout: args.wait_timeout,
        ..WaitRequest::default()
    };
    let goal = if args.exit_code { Some(Goal::Exit) } else { args.wait_for.map(GoalChoice::into) };
    Some(request.with_goal(goal))
}

fn lines(waited: &Waited, request: &WaitRequest) -> Vec<String> {
    wait_result::lines(waited, request.goal, request.lines.is_some())
}

/// Success only if the condition was reached.
fn exit_code(waited: &Waited) -> u8 {
    u8::from(!waited.reached)
}

#[cfg(test)]
mod tests {
    use persistproc_api::seconds::Seconds;
    use persistproc_api::{Exit, Time};

    use super::*;

    #[test]
    fn the_exit_code_of_a_process_is_that_of_a_shell() {
        let end_time = Time::now();
        let exited = |exit| Status::Exited { pid: 1, start_time: end_time, end_time, exit };
        assert_eq!(process_code(&exited(Exit::Code(3))), Some(3));
        assert_eq!(process_code(&exited(Exit::Signal(9))), Some(137));
    }

    #[test]
    fn start_waits_only_if_a_wait_flag_is_given() {
        assert_eq!(after_start(&WaitAfterStartArgs::default()), None);
        let args = WaitAfterStartArgs { wait_port: Some(3000), ..Default::default() };
        let request = after_start(&args).unwrap();
        assert_eq!(request.goal, Goal::Port);
        assert_eq!(request.port, Some(3000));
        let args = WaitAfterStartArgs { wait_for: Some(GoalChoice::Ready), ..args };
        assert_eq!(after_start(&args).unwrap().goal, Goal::Ready);
        let wait_timeout = Seconds::try_from(5.0).ok();
        let args = WaitAfterStartArgs { wait_timeout, ..Default::default() };
        assert_eq!(after_start(&args).unwrap().goal, Goal::Ready);
    }
}
