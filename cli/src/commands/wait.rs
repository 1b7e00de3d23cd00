//! `wait`: return when a condition is reached, or can no longer be reached. `start` and `restart` use
//! the same requests and reports.

use std::process::ExitCode;

use persistproc_api::Status;
use persistproc_api::start::Started;
use persistproc_api::wait::{Goal, WaitRequest, Waited};

use super::target;
use crate::args::{GoalChoice, WaitAfterStartArgs, WaitArgs};
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render::{self, wait_result, words};
use crate::terminal::notify;

pub(crate) fn run(args: &WaitArgs, context: &Context) -> Outcome {
    let target = target::from_args(&args.target);
    let request = request(args);
    let waited = context.client()?.wait_across_daemons(&target, &request)?;
    if context.json() {
        render::json(&waited)?;
    } else {
        print(&waited, &request)?;
    }
    if args.notify {
        let process = &waited.process;
        notify(&words::shown(&format!(
            "{} {}",
            process.name(),
            words::status_phrase(&process.status)
        )));
    }
    if args.exit_code
        && let Some(code) = process_code(&waited.process.status)
    {
        return Ok(ExitCode::from(code));
    }
    Ok(exit_code(&waited))
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

/// Prints the answer to a start or a restart: its `summary`, and the result of the wait if one was
/// asked for.
pub(super) fn report_start(
    started: &Started,
    wait: Option<&WaitRequest>,
    context: &Context,
    summary: impl FnOnce(&Started) -> Vec<String>,
) -> Outcome {
    let waited = started.waited.as_deref();
    if context.json() {
        render::json(started)?;
    } else {
        render::escaped_lines(summary(started))?;
        if !started.note.is_empty() {
            context.note(&words::shown(&started.note));
        }
        if let (Some(waited), Some(request)) = (waited, wait) {
            print(waited, request)?;
        }
    }
    Ok(waited.map_or(ExitCode::SUCCESS, exit_code))
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
pub(super) fn after_start(args: &WaitAfterStartArgs) -> Option<WaitRequest> {
    let is_wanted = args.wait_for.is_some()
        || args.wait_pattern.is_some()
        || args.wait_port.is_some()
        || args.wait_timeout.is_some();
    if !is_wanted {
        return None;
    }
    let request = WaitRequest {
        pattern: args.wait_pattern.clone(),
        port: args.wait_port,
        timeout: args.wait_timeout,
        ..WaitRequest::default()
    };
    Some(request.with_goal(args.wait_for.map(GoalChoice::into)))
}

fn print(waited: &Waited, request: &WaitRequest) -> Result<(), Failure> {
    render::lines(wait_result::lines(waited, request.goal, request.lines.is_some()))
}

/// Success only if the condition was reached.
fn exit_code(waited: &Waited) -> ExitCode {
    if waited.reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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
