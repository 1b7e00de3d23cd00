//! `wait`: returns when it has happened, or cannot any more. `start` and `restart` ask for the
//! same, and tell of it in the same words.

use std::process::ExitCode;

use persistproc_api::seconds::Seconds;
use persistproc_api::start::Started;
use persistproc_api::wait::{Goal, WaitRequest, Waited};

use super::target;
use crate::args::{GoalChoice, WaitArgs, WaitForArgs};
use crate::context::Context;
use crate::error::{Failure, Outcome};
use crate::render::{self, waited, words};
use crate::terminal::notify;

pub(crate) fn run(args: &WaitArgs, context: &Context) -> Outcome {
    let target = target::from_args(&args.target);
    let request = request(args);
    let waited = context.client()?.wait(&target, &request)?;
    if context.json() {
        render::json(&waited)?;
    } else {
        tell(&waited, &request)?;
    }
    if args.notify {
        let process = &waited.process;
        notify(&words::shown(&format!("{} {}", process.name(), words::fate(&process.status))));
    }
    Ok(exit(&waited))
}

/// The answer to a start or a restart: what was started, as `lines` has it, and what came of
/// the wait, if there was one.
pub(super) fn outcome(
    started: &Started,
    wait: Option<&WaitRequest>,
    context: &Context,
    lines: impl FnOnce(&Started) -> Vec<String>,
) -> Outcome {
    let waited = started.waited.as_deref();
    if context.json() {
        render::json(started)?;
    } else {
        render::said(lines(started))?;
        if let (Some(waited), Some(request)) = (waited, wait) {
            tell(waited, request)?;
        }
    }
    Ok(waited.map_or(ExitCode::SUCCESS, exit))
}

fn request(args: &WaitArgs) -> WaitRequest {
    let implied = implied(args.pattern.as_deref(), args.port, args.quiet_for);
    WaitRequest {
        goal: args.goal.map_or(implied, Into::into),
        pattern: args.pattern.clone(),
        port: args.port,
        quiet: args.quiet_for,
        after: args.after.clone(),
        timeout: args.timeout,
        lines: args.lines,
    }
}

/// What to wait for after a start, if any of its flags was given.
pub(super) fn after_start(args: &WaitForArgs) -> Option<WaitRequest> {
    let WaitForArgs { wait_for, wait_pattern, wait_port, wait_timeout } = args;
    let wanted = wait_for.is_some()
        || wait_pattern.is_some()
        || wait_port.is_some()
        || wait_timeout.is_some();
    let implied = implied(wait_pattern.as_deref(), *wait_port, None);
    wanted.then(|| WaitRequest {
        goal: wait_for.map_or(implied, GoalChoice::into),
        pattern: wait_pattern.clone(),
        port: *wait_port,
        quiet: None,
        after: None,
        timeout: *wait_timeout,
        lines: None,
    })
}

/// What a flag means that stands alone. Two of them are two rules for being ready.
fn implied(pattern: Option<&str>, port: Option<u16>, quiet: Option<Seconds>) -> Goal {
    match (pattern, port, quiet) {
        (Some(_), None, None) => Goal::Pattern,
        (None, Some(_), None) => Goal::Port,
        (None, None, Some(_)) => Goal::Quiet,
        _ => Goal::Ready,
    }
}

/// Says what came of it.
fn tell(waited: &Waited, request: &WaitRequest) -> Result<(), Failure> {
    render::lines(waited::lines(waited, request.goal, request.lines.is_some()))
}

/// 0 only when that is what was waited for.
fn exit(waited: &Waited) -> ExitCode {
    if waited.reached { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_alone_says_what_to_wait_for() {
        let some = Seconds::try_from(1.0).ok();
        assert_eq!(implied(Some("x"), None, None), Goal::Pattern);
        assert_eq!(implied(None, Some(1), None), Goal::Port);
        assert_eq!(implied(None, None, some), Goal::Quiet);
        assert_eq!(implied(None, None, None), Goal::Ready);
        assert_eq!(implied(Some("x"), Some(1), None), Goal::Ready);
    }

    #[test]
    fn start_waits_only_when_told_to() {
        assert_eq!(after_start(&WaitForArgs::default()), None);
        let args = WaitForArgs { wait_port: Some(3000), ..WaitForArgs::default() };
        let request = after_start(&args).unwrap();
        assert_eq!((request.goal, request.port), (Goal::Port, Some(3000)));
        let args = WaitForArgs { wait_for: Some(GoalChoice::Ready), ..args };
        assert_eq!(after_start(&args).unwrap().goal, Goal::Ready);
        let args = WaitForArgs { wait_timeout: Seconds::try_from(5.0).ok(), ..Default::default() };
        assert_eq!(after_start(&args).unwrap().goal, Goal::Ready);
    }
}
